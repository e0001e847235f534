//! Codes from a device (TOTP, RFC 6238), and codes on paper for the day it is lost.

use super::fingerprint::Fingerprint;
use jiff::Timestamp;
use totp_rs::{Builder, Secret, Totp};

/// How many recovery codes are made at once.
pub const CODES: usize = 10;
/// Letters and digits that are not taken for one another.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Characters of a recovery code: 120 random bits, so that one round of SHA-256 is enough to keep (ASVS 5.0, 6.5.2
/// asks for 112).
const CODE_CHARS: usize = 24;

/// What a device and the server share.
pub struct SecondFactor {
    totp: Totp,
    secret: String,
    account: String,
}

impl SecondFactor {
    /// A new one of 160 random bits.
    ///
    /// # Errors
    ///
    /// In words, when the library refuses it.
    ///
    /// # Panics
    ///
    /// When the system has no randomness: nothing here could be kept secret then.
    pub fn fresh(account: &str) -> Result<SecondFactor, String> {
        let mut bytes = [0; 20];
        getrandom::fill(&mut bytes).expect("the system gives no random bytes; nothing could be kept secret");
        SecondFactor::of(&Secret::new_stack(bytes).to_base32(), account)
    }

    /// The one with this secret, in base32.
    ///
    /// # Errors
    ///
    /// In words, when it is none.
    pub fn of(secret: &str, account: &str) -> Result<SecondFactor, String> {
        let key = Secret::try_from_base32(secret).map_err(|error| error.to_string())?;
        let totp = Builder::new().with_secret(key).build().map_err(|error| error.to_string())?;
        Ok(SecondFactor { totp, secret: secret.to_owned(), account: account.to_owned() })
    }

    /// The secret in base32, to be kept.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// The address that a device reads.
    pub fn address(&self) -> String {
        format!(
            "otpauth://totp/Cofferdam:{}?secret={}&issuer=Cofferdam&algorithm=SHA1&digits=6&period=30",
            percent(&self.account),
            self.secret
        )
    }

    /// The step of a code that is right now and was not used: a step counts once, and none before it counts after.
    pub fn step(&self, code: &str, now: Timestamp, last_step: Option<u64>) -> Option<u64> {
        let digits: String = code.chars().filter(|char| !char.is_whitespace()).collect();
        let seconds = u64::try_from(now.as_second()).ok()?;
        let step = self.totp.check(&digits, seconds)?;
        last_step.is_none_or(|last| step > last).then_some(step)
    }

    /// The code of this moment, for tests and for devices in tests.
    #[cfg(test)]
    pub fn code(&self, now: Timestamp) -> String {
        self.totp.generate(u64::try_from(now.as_second()).unwrap_or_default()).to_string()
    }
}

fn percent(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// Fresh recovery codes, to be shown once, and what is kept of them.
///
/// # Panics
///
/// When the system has no randomness.
pub fn recovery_codes() -> Vec<(String, String)> {
    let code = || {
        let mut bytes = [0; CODE_CHARS];
        getrandom::fill(&mut bytes).expect("the system gives no random bytes; nothing could be kept secret");
        let text: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
        let hash = recovery_hash(&text);
        let parts: Vec<String> =
            text.as_bytes().chunks(4).map(|part| String::from_utf8_lossy(part).into()).collect();
        (parts.join("-"), hash)
    };
    (0..CODES).map(|_| code()).collect()
}

/// What is kept of a recovery code, however it was typed.
pub fn recovery_hash(code: &str) -> String {
    let bare: String =
        code.chars().filter(|char| char.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    Fingerprint::of(&format!("recovery:{bare}")).to_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_code_counts_once_and_for_a_minute_and_a_half() {
        let factor = SecondFactor::fresh("ops1").unwrap();
        let now = 1_700_000_010;
        let code = factor.code(at(now));
        let step = factor.step(&code, at(now), None).unwrap();
        assert_eq!(factor.step(&code, at(now + 30), None), Some(step), "a clock may be a step off");
        assert_eq!(factor.step(&code, at(now + 90), None), None);
        assert_eq!(factor.step(&code, at(now - 90), None), None);
        assert_eq!(factor.step(&code, at(now), Some(step)), None, "it was used");
        assert_eq!(factor.step(&code, at(now), Some(step + 1)), None, "a later one was used");
        assert_eq!(factor.step(&format!("{} {}", &code[..3], &code[3..]), at(now), None), Some(step));
        for wrong in ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦"] {
            assert_eq!(factor.step(wrong, at(now), None), None, "{wrong}");
        }
    }

    /// Source: RFC 6238, appendix B, the last six digits of its SHA-1 values.
    #[test]
    fn codes_are_those_of_the_standard() {
        let factor = SecondFactor::of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "a").unwrap();
        for (second, code) in [(59, "287082"), (1_111_111_109, "081804"), (20_000_000_000, "353130")] {
            assert_eq!(factor.code(at(second)), code);
        }
    }

    #[test]
    fn the_address_is_one_that_devices_read() {
        let factor = SecondFactor::of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "ops1@example.org").unwrap();
        assert_eq!(
            factor.address(),
            "otpauth://totp/Cofferdam:ops1%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ\
             &issuer=Cofferdam&algorithm=SHA1&digits=6&period=30"
        );
    }

    #[test]
    fn a_recovery_code_may_be_typed_as_people_type() {
        let codes = recovery_codes();
        assert_eq!(codes.len(), CODES);
        for (code, hash) in codes {
            assert_eq!(recovery_hash(&code), hash);
            assert_eq!(recovery_hash(&format!(" {} ", code.to_uppercase().replace('-', " "))), hash);
        }
    }
}
