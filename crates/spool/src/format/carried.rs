//! What was known of sources and places when a segment was begun, so that it reads by itself.

use super::frame::{self, Kind};
use super::wire::{Take, put_count, put_name, put_time};
use crate::book::{Account, Book};
use crate::status::SourceStatus;
use std::sync::Arc;

impl Book {
    /// A frame without its place.
    pub fn frame(&self, first: u64) -> Vec<u8> {
        let mut frame = frame::begin(4096);
        self.table(&mut frame);
        let table_end = frame.len();
        frame::finish(&mut frame, Kind::Carried, first, 0, table_end);
        frame
    }

    fn table(&self, out: &mut Vec<u8>) {
        let accounts = self.accounts();
        put_count(out, accounts.len());
        for account in accounts {
            let SourceStatus { source, taken, doubled, bytes, last_arrival } = &account.status;
            put_name(out, source);
            for number in [taken, doubled, bytes] {
                out.extend_from_slice(&number.to_le_bytes());
            }
            out.push(u8::from(last_arrival.is_some()));
            put_time(out, last_arrival.unwrap_or_default());
            let places = account.places();
            put_count(out, places.len());
            for place in places {
                out.extend_from_slice(&place.file);
                out.extend_from_slice(&place.next.to_le_bytes());
            }
        }
    }

    /// Reads a table; none when it is not one.
    pub fn parse(table: &[u8], places: usize) -> Option<Book> {
        let mut take = Take(table);
        let mut book = Book::new(places);
        for _ in 0..take.count(43)? {
            let source: Arc<str> = Arc::from(take.name()?);
            let (taken, doubled, bytes) = (take.u64()?, take.u64()?, take.u64()?);
            let has_arrival = take.u8()? == 1;
            let last_arrival = Some(take.time()?).filter(|_| has_arrival);
            let mut account = Account::new(source);
            account.status = SourceStatus { taken, doubled, bytes, last_arrival, ..account.status };
            for _ in 0..take.count(24)? {
                account.moved(take.array()?, take.u64()?, places);
            }
            book.push(account);
        }
        take.0.is_empty().then_some(book)
    }
}
