//! One server per folder: an advisory lock on `bursar.lock`, apart from the database so that backup tools still work.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::error::{Error, Result};

/// The lock, held until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct ServerLock(#[expect(dead_code, reason = "held for the lock on it")] File);

impl ServerLock {
    /// Takes the lock of `dir`.
    ///
    /// # Errors
    /// [`Error::Conflict`] where another process (or another store of this one) holds it.
    pub(super) fn take(dir: &Path) -> Result<Self> {
        let path = dir.join("bursar.lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path)
            .map_err(|why| Error::internal(format!("cannot open {}: {why}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                Err(Error::Conflict(format!("another bursar is already serving {}", dir.display())))
            }
            Err(TryLockError::Error(why)) => Err(Error::internal(format!("cannot lock {}: {why}", path.display()))),
        }
    }
}
