//! The key file: one line, readable by its owner only, beside the data folder and never in it.
//!
//! Made under another name and then linked to its own, so that it is there whole or not at all and never replaces one.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Key, keyring};
use crate::error::{Error, Result};
use crate::ids::Random;

/// The name of the setting in refusals.
pub(super) const FIELD: &str = "vault key file";

const PREFIX: &str = "bursar-vault-key-1:";
const READ_MAX_BYTES: u64 = 256;

/// Makes a key file with a fresh key; an existing one stays as it is and is an error.
pub(super) fn create(path: &Path, random: &Random) -> Result<()> {
    let draft = sibling(path, &format!(".draft-{}", random.public_token()));
    let written = write_draft(&draft, random).and_then(|()| fs::hard_link(&draft, path));
    // The draft goes in any case; a left-over one is a spare name of the same secret file.
    let removed = fs::remove_file(&draft);
    written.and(removed).and_then(|()| sync_folder(path)).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Error::Conflict(format!("{} exists and is not overwritten", path.display())),
        _ => failed("cannot make", path, &error),
    })
}

/// Reads a key file after checking its place, owner and mode.
pub(super) fn read(path: &Path, data_dir: &Path) -> Result<Key> {
    if !path.exists() {
        let remedy = "is missing: put it back, or name it with --vault-key-file; no other key opens these books";
        return Err(problem_of(path, remedy));
    }
    check_place(path, data_dir)?;
    let mut file = File::open(path).map_err(|error| failed("cannot read", path, &error))?;
    let about = file.metadata().map_err(|error| failed("cannot read", path, &error))?;
    let me = rustix::process::geteuid().as_raw();
    if !about.is_file() {
        return Err(Error::invalid(FIELD, format!("{} is not a plain file", path.display())));
    }
    check_access(about.mode(), about.uid(), me).map_err(|problem| problem_of(path, &problem))?;
    let mut text = Zeroizing::new(Vec::with_capacity(512));
    (&mut file).take(READ_MAX_BYTES).read_to_end(&mut text).map_err(|error| failed("cannot read", path, &error))?;
    parse(&text).ok_or_else(|| problem_of(path, "is damaged or is not a vault key file"))
}

/// Where a rotation puts the next key file.
pub(super) fn successor(path: &Path) -> PathBuf {
    sibling(path, ".new")
}

/// Puts the successor in the key file's place and keeps the old one under a name of its own.
pub(super) fn promote(path: &Path) -> Result<()> {
    let old = fs::read(path).map(Zeroizing::new).map_err(|error| failed("cannot read", path, &error))?;
    let mark = hex::encode(&keyring::hmac(&old, &[b"name of an old key file"])[..8]);
    let kept = match fs::hard_link(path, sibling(path, &format!(".old-{mark}"))) {
        // An earlier try got this far.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other,
    };
    kept.and_then(|()| fs::rename(successor(path), path))
        .and_then(|()| sync_folder(path))
        .map_err(|error| failed("cannot replace", path, &error))
}

/// Refuses files others can read or another user owns (RELIABILITY.md S54).
pub(super) fn check_access(mode: u32, owner: u32, me: u32) -> std::result::Result<(), String> {
    if owner != me {
        return Err(format!("belongs to user {owner}, and the program runs as user {me}"));
    }
    let mode = mode & 0o7777;
    if mode & !0o600 != 0 {
        return Err(format!("has mode {mode:04o}, which is wider than 0600: run chmod 600 on it"));
    }
    Ok(())
}

fn check_place(path: &Path, data_dir: &Path) -> Result<()> {
    let file = fs::canonicalize(path).map_err(|error| failed("cannot read", path, &error))?;
    let lexical = std::path::absolute(path).map_err(|error| failed("cannot read", path, &error))?;
    let folder = fs::canonicalize(data_dir).or_else(|_| std::path::absolute(data_dir));
    let folder = folder.map_err(|error| failed("cannot find", data_dir, &error))?;
    if file.starts_with(&folder) || lexical.starts_with(&folder) {
        let inside = format!("is inside the data folder {}, where backups would take it along", folder.display());
        return Err(problem_of(path, &inside));
    }
    Ok(())
}

fn write_draft(draft: &Path, random: &Random) -> std::io::Result<()> {
    let mut key = Zeroizing::new([0u8; 32]);
    random.fill(&mut key[..]);
    let line = Zeroizing::new(format!("{PREFIX}{}\n", *Zeroizing::new(hex::encode(&key[..]))));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

fn parse(text: &[u8]) -> Option<Key> {
    let line = std::str::from_utf8(text).ok()?.trim_end();
    let mut key = Zeroizing::new([0u8; 32]);
    hex::decode_to_slice(line.strip_prefix(PREFIX)?, &mut key[..]).ok()?;
    Some(key)
}

fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn problem_of(path: &Path, problem: &str) -> Error {
    Error::invalid(FIELD, format!("{} {problem}", path.display()))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Error {
    Error::invalid(FIELD, format!("{what} {}: {error}", path.display()))
}
