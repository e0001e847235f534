//! Passwords: which are taken, and how they are kept and compared.
//!
//! Argon2id with 19 MiB and two passes (OWASP Password Storage Cheat Sheet), two at a time: what a thousand
//! attempts at once need stays within bounds.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;
use zxcvbn::{Score, zxcvbn};

/// Characters of a password at least (ASVS 5.0, 6.2.1 asks for 8 and recommends 15).
pub const LEAST: usize = 12;
/// Bytes of a password at most (ASVS 5.0, 6.2.9 asks for 64 characters at least).
pub const MOST: usize = 1024;
/// What zxcvbn looks at; what comes behind can only make it stronger.
const ESTIMATED: usize = 100;
/// Compared or made at once.
const AT_ONCE: usize = 2;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Why a password is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// Too few characters.
    #[error("a password has at least {LEAST} characters")]
    Short,
    /// Too many bytes.
    #[error("a password has at most {MOST} bytes")]
    Long,
    /// It is guessed soon.
    #[error("this password is guessed too soon{}", why.as_ref().map(|why| format!(": {why}")).unwrap_or_default())]
    Guessable {
        /// Why, if that is known.
        why: Option<String>,
    },
}

/// Makes and compares hashes of passwords.
#[derive(Clone)]
pub struct Passwords {
    argon: Arc<Argon2<'static>>,
    places: Arc<Semaphore>,
    /// What the password of somebody who is not there is compared with, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    /// Ready to hash.
    ///
    /// # Errors
    ///
    /// In words, when the library refuses its parameters or the system has no randomness.
    pub fn new() -> Result<Passwords, String> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None).map_err(|error| error.to_string())?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        // Of the same cost as any other, and of no password: the hash is not of what the salt says.
        let nobody = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGlzIGhlcmUhIQ$\
            AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
        Ok(Passwords {
            argon: Arc::new(argon),
            places: Arc::new(Semaphore::new(AT_ONCE)),
            nobody: Arc::from(nobody),
        })
    }

    /// The hash of a password in PHC form, with a fresh salt.
    ///
    /// # Errors
    ///
    /// In words, when it cannot be made.
    pub async fn hash(&self, password: String) -> Result<String, String> {
        let argon = Arc::clone(&self.argon);
        self.apart(move || {
            argon
                .hash_password(password.as_bytes())
                .map(|hash| hash.to_string())
                .map_err(|error| error.to_string())
        })
        .await?
    }

    /// Whether a password is the one of this hash; without a hash it is not, which takes as long to find out.
    pub async fn is_right(&self, phc: Option<String>, password: String) -> bool {
        let (argon, nobody) = (Arc::clone(&self.argon), Arc::clone(&self.nobody));
        let compared = self.apart(move || {
            let known = phc.is_some();
            let phc = phc.unwrap_or_else(|| nobody.to_string());
            let fits = PasswordHash::new(&phc)
                .is_ok_and(|hash| argon.verify_password(password.as_bytes(), &hash).is_ok());
            known & fits
        });
        compared.await.unwrap_or(false)
    }

    async fn apart<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|error| error.to_string())?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await.map_err(|error| error.to_string())
    }

    /// That a password may be taken. Any characters may stand in it, in any mixture; `own` is what others can find
    /// out about the user.
    ///
    /// # Errors
    ///
    /// [`WeakPassword`].
    pub fn check(password: &str, own: &[&str]) -> Result<(), WeakPassword> {
        if password.chars().count() < LEAST {
            return Err(WeakPassword::Short);
        }
        if password.len() > MOST {
            return Err(WeakPassword::Long);
        }
        let estimated: String = password.chars().take(ESTIMATED).collect();
        let ours = ["cofferdam", "incident", "response"];
        let known: Vec<&str> = own.iter().copied().chain(ours).collect();
        let entropy = zxcvbn(&estimated, &known);
        if entropy.score() >= Score::Three {
            return Ok(());
        }
        let why = entropy
            .feedback()
            .and_then(zxcvbn::feedback::Feedback::warning)
            .map(|warning| warning.to_string());
        Err(WeakPassword::Guessable { why: why.map(|why| why.trim_end_matches('.').to_lowercase()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn only_the_right_password_is_right() {
        let passwords = Passwords::new().unwrap();
        wait(async {
            let phc = passwords.hash("correct horse battery".to_owned()).await.unwrap();
            assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
            assert!(passwords.is_right(Some(phc.clone()), "correct horse battery".to_owned()).await);
            assert!(!passwords.is_right(Some(phc.clone()), "correct horse batterY".to_owned()).await);
            assert!(!passwords.is_right(Some(phc), String::new()).await);
            assert!(!passwords.is_right(None, "correct horse battery".to_owned()).await);
            assert!(!passwords.is_right(Some("nonsense".to_owned()), "nonsense".to_owned()).await);
        });
        assert!(PasswordHash::new(&passwords.nobody).is_ok(), "nobody's costs as much as anybody's");
    }

    #[test]
    fn passwords_that_are_guessed_soon_are_not_taken() {
        let cases = [
            ("short", "a password has at least 12 characters"),
            ("password1234", "this password is guessed too soon"),
            ("aaaaaaaaaaaaaaaaaaaa", "this password is guessed too soon"),
            ("ops1ops1ops1ops1", "this password is guessed too soon"),
            ("tin cloth ladder moss", ""),
            ("мокрый снег идёт с утра", ""),
        ];
        for (password, want) in cases {
            let got = Passwords::check(password, &["ops1"])
                .map_or_else(|weak| weak.to_string(), |()| String::new());
            assert!(
                if want.is_empty() { got.is_empty() } else { got.starts_with(want) },
                "{password}: {got}"
            );
        }
        assert_eq!(Passwords::check(&"x1Ü".repeat(400), &[]), Err(WeakPassword::Long));
        let long = "tin cloth ladder moss ".repeat(20);
        assert_eq!(Passwords::check(&long, &[]), Ok(()));
    }
}
