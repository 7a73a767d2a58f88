//! The secret and its file.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::transport::{Secret, TransportError};

fn written(dir: &Path) -> (Secret, PathBuf) {
    let secret = Secret::generate().unwrap();
    let path = dir.join("secret");
    secret.write_file(&path).unwrap();
    (secret, path)
}

#[test]
fn a_secret_comes_back_from_its_file_which_is_its_owners_only() {
    let dir = tempfile::tempdir().unwrap();
    let (secret, path) = written(dir.path());
    assert_eq!(Secret::from_file(&path).unwrap().expose(), secret.expose());
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(text.len(), 65);
    fs::write(&path, format!("  {}\r\n\n", text.trim().to_uppercase())).unwrap();
    assert_eq!(Secret::from_file(&path).unwrap().expose(), secret.expose());
}

#[test]
fn secrets_differ() {
    assert_ne!(Secret::generate().unwrap().expose(), Secret::generate().unwrap().expose());
}

#[test]
fn a_secret_is_not_written_over_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let (secret, path) = written(dir.path());
    let error = Secret::generate().unwrap().write_file(&path).unwrap_err();
    assert!(matches!(error, TransportError::SecretExists { .. }), "{error}");
    assert_eq!(Secret::from_file(&path).unwrap().expose(), secret.expose());
}

#[test]
fn a_file_that_others_may_read_or_write_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_, path) = written(dir.path());
    for (mode, refused) in [
        (0o400, None),
        (0o440, None),
        (0o640, None),
        (0o604, Some("read")),
        (0o644, Some("read")),
        (0o620, Some("write")),
        (0o602, Some("write")),
    ] {
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        match (Secret::from_file(&path), refused) {
            (Ok(_), None) => {}
            (Err(TransportError::SecretExposed { access, .. }), Some(refused)) => assert_eq!(access, refused),
            (other, _) => panic!("{mode:o}: {other:?}"),
        }
    }
}

#[test]
fn what_is_no_secret_is_refused_with_advice() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("secret");
    let digits = "0123456789abcdef".repeat(4);
    for text in
        ["", "password", &digits[1..], &format!("{digits}0"), &digits.replace('f', "g"), &"0".repeat(9000)]
    {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let error = Secret::from_file(&path).unwrap_err();
        assert!(error.to_string().ends_with("`firesteel keygen FILE` makes one"), "{error}");
    }
    let error = Secret::from_file(&dir.path().join("none")).unwrap_err();
    assert!(error.to_string().starts_with("cannot read the secret in"), "{error}");
}

#[test]
fn a_secret_is_never_shown() {
    assert_eq!(format!("{:?}", Secret::from_bytes([65; 32])), "Secret(..)");
}
