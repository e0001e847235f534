//! Who somebody is: users as the journal has them, sessions and attempts in memory, secrets in their own file.

mod attempts;
mod cookie;
mod fingerprint;
mod password;
mod pending;
mod prove;
mod roster;
mod second_factor;
mod sessions;
mod setup;

pub use attempts::{Attempts, Throttled};
pub use cookie::{clear_cookie, session_cookie, set_cookie};
pub use fingerprint::{Bearer, Fingerprint, TOKEN_PREFIX};
pub use password::{Passwords, WeakPassword};
pub use pending::Pending;
pub use prove::Identity;
pub use roster::{Known, Roster};
pub use second_factor::{SecondFactor, recovery_codes, recovery_hash};
pub use sessions::{Began, Ended, Over, Session, Sessions};
pub use setup::Setup;
