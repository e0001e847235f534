//! Credentials put, changed, swept, and refused.

use super::*;
use std::path::PathBuf;

const ID: CredentialId = CredentialId([1; 8]);

fn password(text: &str) -> Credential {
    Credential::Password { phc: format!("$argon2id$v=19$m=19456,t=2,p=1${text}") }
}

fn factor(last_step: Option<u64>) -> Credential {
    Credential::SecondFactor { secret: "JBSWY3DPEHPK3PXP".to_owned(), last_step }
}

fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CREDENTIALS);
    (folder, path)
}

#[test]
fn what_was_put_is_there_after_a_restart_and_what_nobody_names_is_swept() {
    let (_folder, path) = folder();
    let credentials = Credentials::open(&path).unwrap();
    assert_eq!((credentials.get(ID), path.exists()), (None, false));
    let codes = Credential::RecoveryCodes { hashes: vec!["a".to_owned(), "b".to_owned()] };
    let all = [password("first"), factor(None), codes];
    for (id, credential) in (1..).zip(&all) {
        credentials.put(CredentialId([id; 8]), credential.clone()).unwrap();
    }
    let again = Credentials::open(&path).unwrap();
    for (id, credential) in (1..).zip(&all) {
        assert_eq!(again.get(CredentialId([id; 8])).as_ref(), Some(credential));
    }
    again.remove(CredentialId([3; 8])).unwrap();
    assert_eq!(again.sweep(&[ID].into()).unwrap(), 1);
    assert_eq!(Credentials::look(&path).unwrap(), Some([ID].into()));
    assert_eq!(again.sweep(&[ID].into()).unwrap(), 0);
}

#[test]
fn a_code_is_taken_once_however_many_try() {
    let (_folder, path) = folder();
    let credentials = Credentials::open(&path).unwrap();
    credentials.put(ID, factor(Some(7))).unwrap();
    let take = || {
        let taken = credentials.change(ID, |credential| match credential {
            Credential::SecondFactor { last_step, .. } if *last_step < Some(8) => {
                *last_step = Some(8);
                true
            }
            _ => false,
        });
        usize::from(taken.unwrap().unwrap())
    };
    let taken: usize = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..20).map(|_| scope.spawn(take)).collect();
        tries.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(taken, 1);
    assert_eq!(Credentials::open(&path).unwrap().get(ID), Some(factor(Some(8))));
    assert_eq!(credentials.change(CredentialId([9; 8]), |_| ()).unwrap(), None);
}

#[test]
fn neither_debug_nor_an_error_shows_a_secret() {
    let (_folder, path) = folder();
    let credentials = Credentials::open(&path).unwrap();
    credentials.put(ID, factor(None)).unwrap();
    let shown = format!("{credentials:?} {:?} {:?}", credentials.get(ID), factor(None));
    assert!(!shown.contains("JBSW") && shown.contains("SecondFactor(…)"), "{shown}");
    let text = fs::read_to_string(&path).unwrap();
    for (old, new) in
        [("\"last_step\"", "\"JBSWY3DP\""), ("null", "\"JBSWY3DP\""), ("second-factor", "JBSWY3DP")]
    {
        fs::write(&path, text.replacen(old, new, 1)).unwrap();
        let error = Credentials::open(&path).unwrap_err();
        let said = format!("{error} {error:?} {:?}", error.help());
        assert!(!said.contains("JBSW") && said.contains("column"), "{said}");
    }
}

#[test]
fn a_file_that_is_not_understood_is_never_an_empty_one() {
    let (_folder, path) = folder();
    Credentials::open(&path).unwrap().put(ID, password("first")).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for end in 0..text.len() - 2 {
        fs::write(&path, &text[..end]).unwrap();
        assert!(matches!(Credentials::open(&path), Err(CredentialsError::Damaged { .. })), "cut at {end}");
    }
    fs::write(&path, text.replace("\"format\": 1", "\"format\": 2")).unwrap();
    assert!(matches!(Credentials::open(&path), Err(CredentialsError::Later { found: 2, .. })));
    fs::write(&path, text.replace("\"format\": 1", "\"format\": 0")).unwrap();
    assert!(Credentials::open(&path).unwrap_err().to_string().contains("there never was a format 0"));
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = folder();
    let credentials = Credentials::open(&path).unwrap();
    credentials.put(ID, password("first")).unwrap();
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(), 0o600);
    for open in [0o640, 0o604, 0o660, 0o700, 0o601] {
        fs::set_permissions(&path, fs::Permissions::from_mode(open)).unwrap();
        let error = Credentials::open(&path).unwrap_err();
        assert!(error.to_string().contains(&format!("is open to others ({open:o})")), "{error}");
        assert!(error.help().unwrap().contains("chmod 600"), "{:?}", error.help());
    }
    fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
    Credentials::open(&path).unwrap().put(ID, password("second")).unwrap();
    assert_eq!(mode(), 0o600);
}

#[test]
fn when_it_cannot_be_written_what_was_there_stays() {
    let (folder, path) = folder();
    let credentials = Credentials::open(&path).unwrap();
    credentials.put(ID, password("first")).unwrap();
    // A folder in the place where the file is made whole; a file there would be taken away.
    fs::create_dir(aside(&path)).unwrap();
    assert!(matches!(credentials.put(ID, password("second")), Err(CredentialsError::Io { .. })));
    assert_eq!(credentials.get(ID), Some(password("first")));
    fs::remove_dir(aside(&path)).unwrap();
    credentials.put(ID, password("second")).unwrap();
    assert_eq!(Credentials::open(&path).unwrap().get(ID), Some(password("second")));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn what_a_killed_process_left_aside_is_taken_away() {
    let (folder, path) = folder();
    fs::write(aside(&path), "half of somethi").unwrap();
    assert_eq!(Credentials::open(&path).unwrap().get(ID), None);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
