//! What opens an entry's personal values, as bytes: of each, 16 bytes of salt, the value's length in four bytes
//! with the least first, the value.

use crate::storage::StorageError;
use cofferdam_journal::{SALT_BYTES, Secret};

/// As the database keeps them.
pub fn pack(secrets: &[Secret]) -> Vec<u8> {
    let bytes = secrets.iter().map(|secret| SALT_BYTES + 4 + secret.value.len()).sum();
    let mut packed = Vec::with_capacity(bytes);
    for Secret { salt, value, .. } in secrets {
        packed.extend_from_slice(salt);
        // A value has at most 2 KiB.
        packed.extend_from_slice(&u32::try_from(value.len()).unwrap_or(0).to_le_bytes());
        packed.extend_from_slice(value.as_bytes());
    }
    packed
}

/// As they were.
///
/// # Errors
///
/// [`StorageError::Damaged`] when the bytes are cut off, or a value is no text.
pub fn unpack(packed: &[u8]) -> Result<Vec<Secret>, StorageError> {
    let damaged = || StorageError::Damaged {
        what: "personal values beside an entry are cut off or no text".to_owned(),
    };
    let (mut secrets, mut rest) = (Vec::new(), packed);
    while !rest.is_empty() {
        let (salt, after) = rest.split_first_chunk::<SALT_BYTES>().ok_or_else(damaged)?;
        let (length, after) = after.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| damaged())?;
        let (value, after) = after.split_at_checked(length).ok_or_else(damaged)?;
        let value = std::str::from_utf8(value).map_err(|_| damaged())?;
        secrets.push(Secret::new(*salt, value.to_owned()));
        rest = after;
    }
    Ok(secrets)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_was_packed_comes_out_and_nothing_cut_off_does(values in prop::collection::vec(any::<String>(), 0..5)) {
            let secrets: Vec<Secret> = values.into_iter().map(|value| Secret::new([7; SALT_BYTES], value)).collect();
            let packed = pack(&secrets);
            prop_assert_eq!(unpack(&packed), Ok(secrets.clone()));
            for end in 0..packed.len() {
                prop_assert!(unpack(&packed[..end]).is_err() || unpack(&packed[..end]).is_ok_and(|some| some.len() < secrets.len()));
            }
        }

        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
        }
    }
}
