//! The journal as the server uses it: facts are recorded, folded into what is kept in memory, and told to
//! whoever waits for them.

mod draft;
mod entry_page;
mod entry_view;
mod fold;
mod list;
mod list_page;
mod need;
mod quoted;
mod record;
mod redact;
mod rows;
mod sight;
mod since;

pub use draft::Draft;
pub use entry_page::{EntryPage, EntryQuery};
pub use entry_view::{ActorKind, ActorView, EntryView, plain_text};
pub use fold::Fold;
pub use list::{Kept, Lists, Order, Wanted};
pub use need::{Allowed, NeedToKnow};
pub use quoted::{QUOTED_RULE, is_quoted};
pub use record::{Ledger, RecordError};
pub use redact::redacted;
pub use sight::{Sight, permission};
pub use since::{first_since, time};
