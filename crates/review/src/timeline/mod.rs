//! What happened, row by row: filtered, and written for people, spreadsheets and programs.

mod filter;
mod row;
mod write;

pub use filter::Filter;
pub use row::{Row, cell, read};
pub use write::{COLUMNS, Format, write};
