//! A copy of the books in one file, consistent while they are being written (SQLite's backup interface).

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::connect;
use super::error::failed;
use crate::error::{Error, Result};

/// Copies what `source` sees into the new file `file` (0600).
/// The copy grows as `file.part` and gets its name when it is whole and on disk.
pub(super) fn copy_to(source: &Connection, file: &Path) -> Result<()> {
    if file.exists() {
        return Err(Error::Conflict(format!("{} exists already; a backup overwrites nothing", file.display())));
    }
    let part = part_of(file);
    let copied = copy(source, &part)
        .and_then(|()| std::fs::rename(&part, file).map_err(|why| unwritable(file, &why)))
        .and_then(|()| sync_folder_of(file));
    if copied.is_err() {
        drop(std::fs::remove_file(&part));
    }
    copied
}

fn copy(source: &Connection, part: &Path) -> Result<()> {
    // What an earlier attempt left behind when it was killed.
    if let Err(why) = std::fs::remove_file(part)
        && why.kind() != std::io::ErrorKind::NotFound
    {
        return Err(unwritable(part, &why));
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(part)
        .and_then(|file| file.sync_all())
        .map_err(|why| unwritable(part, &why))?;
    let mut target = connect::backup_target(part)?;
    // In one step: one snapshot, so that writers beside it cannot make the copy start again.
    let step = Backup::new(source, &mut target).and_then(|backup| backup.step(-1));
    match step.map_err(|why| failed("the backup", &why))? {
        StepResult::Done => Ok(()),
        StepResult::Busy | StepResult::Locked => Err(Error::Busy),
        other => Err(Error::internal(format!("the backup stopped early: {other:?}"))),
    }
}

fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// A new name is only sure to survive a power loss once its folder is on disk.
fn sync_folder_of(file: &Path) -> Result<()> {
    let folder = match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|why| unwritable(file, &why))
}

fn unwritable(file: &Path, why: &std::io::Error) -> Error {
    Error::internal(format!("cannot write the backup {}: {why}", file.display()))
}
