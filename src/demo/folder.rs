//! Which folders may be furnished, and which hold a demo already: a small file in the folder says so.
//!
//! The file is written before the books and changed when they are whole, so a demo that was interrupted is known as
//! such and begun anew; anybody else's books are never touched.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crate::error::{Error, Result};

/// The file that says what the folder is.
const MARK: &str = "demo";
/// What it says while the story is told.
const UNFINISHED: &str = "unfinished\n";
/// What it says when the books are whole.
const FURNISHED: &str = "furnished\n";
/// Heads of the names of what an unfinished demo leaves.
const LEFT_BEHIND: [&str; 3] = ["bursar.db", "bursar.lock", "simulator.book"];

/// A folder, as far as a demo is concerned.
pub enum Folder {
    /// It holds a whole demo.
    Furnished,
    /// It is new, and held for whoever furnishes it.
    New(Claim),
}

/// The right to furnish a folder, held against other processes.
pub struct Claim(File);

impl Folder {
    /// Looks at `dir` and makes it where there is none.
    ///
    /// # Errors
    /// `Conflict` with a sentence for the operator: the folder holds something else, or is being furnished.
    pub fn look(dir: &Path) -> Result<Self> {
        let mark = dir.join(MARK);
        if !mark.exists() {
            refuse_occupied(dir)?;
        }
        let failed = |why: std::io::Error| Error::internal(format!("cannot use {}: {why}", dir.display()));
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(failed)?;
        let mut options = OpenOptions::new();
        let mut file =
            options.create(true).truncate(false).read(true).write(true).mode(0o600).open(&mark).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Conflict(format!("another bursar is furnishing {}", dir.display())));
            }
            Err(TryLockError::Error(why)) => return Err(failed(why)),
        }
        let mut said = String::new();
        file.read_to_string(&mut said).map_err(failed)?;
        if said == FURNISHED {
            return Ok(Self::Furnished);
        }
        let mut claim = Claim(file);
        claim.say(UNFINISHED)?;
        clear(dir).map_err(failed)?;
        Ok(Self::New(claim))
    }
}

impl Claim {
    /// The books are whole.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn furnished(mut self) -> Result<()> {
        self.say(FURNISHED)
    }

    fn say(&mut self, what: &str) -> Result<()> {
        let said = self.0.set_len(0).and_then(|()| self.0.rewind()).and_then(|()| self.0.write_all(what.as_bytes()));
        said.and_then(|()| self.0.sync_all()).map_err(|why| Error::internal(format!("cannot mark the demo: {why}")))
    }
}

fn refuse_occupied(dir: &Path) -> Result<()> {
    let shown = dir.display();
    let mut entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
        Err(why) => return Err(Error::Conflict(format!("cannot furnish {shown}: {why}"))),
    };
    if dir.join("bursar.db").exists() {
        return Err(Error::Conflict(format!(
            "{shown} has books that are not a demo: name another folder with --data, or serve them with `bursar serve --data {shown}`"
        )));
    }
    match entries.next() {
        None => Ok(()),
        Some(_) => Err(Error::Conflict(format!("{shown} is not empty: name a new folder with --data"))),
    }
}

/// Takes away what an interrupted story left.
fn clear(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        if LEFT_BEHIND.iter().any(|head| name.to_string_lossy().starts_with(head)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_new_folders_and_unfinished_demos_are_furnished() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("demo");
        let Folder::New(claim) = Folder::look(&folder).unwrap() else { panic!("it is new") };
        assert!(matches!(Folder::look(&folder), Err(Error::Conflict(_))), "somebody is at it");
        fs::write(folder.join("bursar.db"), "half").unwrap();
        drop(claim);
        let Folder::New(claim) = Folder::look(&folder).unwrap() else { panic!("it was interrupted") };
        assert!(!folder.join("bursar.db").exists(), "what was begun is begun anew");
        fs::write(folder.join("bursar.db"), "whole").unwrap();
        claim.furnished().unwrap();
        assert!(matches!(Folder::look(&folder), Ok(Folder::Furnished)));
        assert_eq!(fs::read(folder.join("bursar.db")).unwrap(), b"whole");
    }

    #[test]
    fn what_belongs_to_others_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["bursar.db", "holiday.jpg"] {
            let folder = dir.path().join(name);
            fs::create_dir(&folder).unwrap();
            assert!(matches!(Folder::look(&folder), Ok(Folder::New(_))), "an empty folder is free");
            fs::remove_file(folder.join(MARK)).unwrap();
            fs::write(folder.join(name), "mine").unwrap();
            assert!(matches!(Folder::look(&folder), Err(Error::Conflict(_))), "{name}");
            assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        }
        fs::write(dir.path().join("file"), "").unwrap();
        assert!(Folder::look(&dir.path().join("file")).is_err(), "a file is no folder");
    }
}
