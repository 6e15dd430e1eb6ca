//! Secrets at rest: seals and opens them; no other module sees a key.
//!
//! Three layers (RELIABILITY.md S53-S56). The **key file** beside the data folder holds one key, which wraps all others
//! and nothing else. **Data keys** (id 1 and up) seal values; a value is bound to its installation, table, row, column
//! and data key, so a value moved, swapped or changed does not open. The **root key** (id 0) never changes: what is
//! derived from it (fingerprints, signing keys) outlives every rotation. Wrapped keys are rows of table `vault_key`.

mod core_dump;
mod key_file;
mod keyring;
mod seal;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::ids::Random;

pub use core_dump::core_dumps_off;
use keyring::Keyring;
pub use seal::Place;

/// A key of 256 bits, wiped when dropped.
type Key = Zeroizing<[u8; 32]>;

/// The id of the root key, from which [`Vault::derive`] and [`Vault::fingerprint`] take their keys.
pub const ROOT_KEY: u32 = 0;
/// The id of a new installation's first data key.
pub const FIRST_DATA_KEY: u32 = 1;

/// A key sealed under the key file's key: one row of table `vault_key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// [`ROOT_KEY`], or a data key's number, counting up from [`FIRST_DATA_KEY`].
    pub id: u32,
    /// The wrapped key.
    pub bytes: Vec<u8>,
    /// Whether it only opens what it once sealed.
    pub retired: bool,
}

/// Seals and opens secrets. Clones share one keyring.
#[derive(Clone)]
pub struct Vault {
    shared: Arc<Shared>,
}

struct Shared {
    install_id: String,
    data_dir: PathBuf,
    ring: RwLock<Keyring>,
}

impl Vault {
    /// Makes the key file: mode 0600, on disk with its folder before this returns.
    ///
    /// # Errors
    /// Where `path` exists (a key file is never overwritten) or the disk refuses.
    pub fn create_key_file(path: &Path, random: &Random) -> Result<()> {
        key_file::create(path, random)
    }

    /// The vault of a new database: makes the root key and the first data key, both to be stored before first use.
    ///
    /// Everything is bound to `install_id` for good: pass an id that stays with the database (not one that a clone
    /// replaces).
    ///
    /// # Errors
    /// As [`Vault::open`], for the key file.
    pub fn create(
        key_file: &Path,
        data_dir: &Path,
        install_id: &str,
        random: &Random,
    ) -> Result<(Self, Vec<WrappedKey>)> {
        let wrapping = key_file::read(key_file, data_dir)?;
        let ring = Keyring::new(wrapping, random);
        let rows = ring.wrap_all(install_id, random);
        Ok((Self::around(ring, data_dir, install_id), rows))
    }

    /// Opens the vault of a database with its `vault_key` rows.
    ///
    /// A rotation of the key file that stopped between its commit and the change of files is finished here.
    ///
    /// # Errors
    /// A sentence for the operator where the key file is missing, lies inside the data folder, is readable by others,
    /// belongs to another user, is damaged, or is not the one these keys were wrapped with.
    pub fn open(key_file: &Path, data_dir: &Path, install_id: &str, wrapped: &[WrappedKey]) -> Result<Self> {
        let wrapping = key_file::read(key_file, data_dir)?;
        let ring = match Keyring::unwrap(wrapping, install_id, wrapped)? {
            Some(ring) => ring,
            None => Self::open_with_successor(key_file, data_dir, install_id, wrapped)?,
        };
        Ok(Self::around(ring, data_dir, install_id))
    }

    /// Wraps a fresh data key; store the row, then [`Vault::adopt`] it.
    pub fn new_data_key(&self, id: u32, random: &Random) -> WrappedKey {
        self.ring().new_data_key(&self.shared.install_id, id, random)
    }

    /// Takes a stored data key into use: it seals everything from now on, the ones before it only open.
    ///
    /// # Errors
    /// Where the key does not unwrap, or its id is not above the current key's.
    pub fn adopt(&self, key: &WrappedKey) -> Result<()> {
        self.ring_mut().adopt(&self.shared.install_id, key)
    }

    /// Drops a data key that nothing is sealed under any more.
    ///
    /// # Errors
    /// Where it is the current key or the root key.
    pub fn forget(&self, id: u32) -> Result<()> {
        self.ring_mut().forget(id)
    }

    /// The id of the data key that seals new values.
    pub fn current_key(&self) -> u32 {
        self.ring().current()
    }

    /// Seals `secret` for `place`: version byte, key id, nonce, ciphertext.
    ///
    /// # Errors
    /// Where the secret is too long for the cipher (256 GiB).
    pub fn seal(&self, place: &Place, secret: &[u8], random: &Random) -> Result<Vec<u8>> {
        let ring = self.ring();
        seal::seal(ring.data_key(ring.current())?, ring.current(), &self.shared.install_id, place, secret, random)
    }

    /// Opens what was sealed for `place`; the bytes are wiped when dropped.
    ///
    /// # Errors
    /// [`Error::Internal`] naming the place where the value was changed, moved, or its key is gone.
    pub fn open_sealed(&self, place: &Place, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let id = Self::key_of(sealed).ok_or_else(|| seal::refused(place, "is not a sealed value"))?;
        let ring = self.ring();
        let key = ring.data_key(id).map_err(|_| seal::refused(place, "was sealed under a key that is gone"))?;
        seal::open(key, id, &self.shared.install_id, place, sealed)
    }

    /// The data key a value is sealed under; `None` for bytes that are no sealed value.
    pub fn key_of(sealed: &[u8]) -> Option<u32> {
        seal::key_of(sealed)
    }

    /// A keyed hash for finding equal secrets without opening them (S56); each purpose has its own key.
    pub fn fingerprint(&self, purpose: &str, secret: &[u8]) -> [u8; 32] {
        let key = self.ring().derived("fingerprint", purpose);
        keyring::hmac(&key[..], &[secret])
    }

    /// A key for another use (signing tokens, CSRF, command hashes); the same for ever for the same purpose.
    pub fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        self.ring().derived("derive", purpose)
    }

    /// All keys wrapped under the key of another file, to be stored in one transaction; this vault does not change.
    ///
    /// Name the new file as [`Vault::successor_path`] says (one that is already there was never committed: use it), and call [`Vault::key_file_replaced`] after the commit:
    /// a stop in between is then mended by [`Vault::open`].
    ///
    /// # Errors
    /// As [`Vault::open`], for the new file.
    pub fn rewrap(&self, new_key_file: &Path, random: &Random) -> Result<Vec<WrappedKey>> {
        let wrapping = key_file::read(new_key_file, &self.shared.data_dir)?;
        Ok(self.ring().wrap_all_under(&wrapping, &self.shared.install_id, random))
    }

    /// Where a rotation puts the new key file until its rows are committed: the key file's name with `.new` after it.
    pub fn successor_path(key_file: &Path) -> PathBuf {
        key_file::successor(key_file)
    }

    /// Ends a rotation of the key file: the successor takes the place of the old one, which is kept beside it as
    /// `….old-<mark>` because older backups still need it.
    ///
    /// # Errors
    /// Where the successor cannot be read or the disk refuses.
    pub fn key_file_replaced(&self, key_file: &Path) -> Result<()> {
        let wrapping = key_file::read(&key_file::successor(key_file), &self.shared.data_dir)?;
        key_file::promote(key_file)?;
        self.ring_mut().wrap_with(wrapping);
        Ok(())
    }

    fn around(ring: Keyring, data_dir: &Path, install_id: &str) -> Self {
        let ring = RwLock::new(ring);
        Self { shared: Arc::new(Shared { install_id: install_id.to_owned(), data_dir: data_dir.to_owned(), ring }) }
    }

    fn open_with_successor(path: &Path, data_dir: &Path, install_id: &str, wrapped: &[WrappedKey]) -> Result<Keyring> {
        let successor = key_file::successor(path);
        if successor.exists()
            && let Some(ring) = Keyring::unwrap(key_file::read(&successor, data_dir)?, install_id, wrapped)?
        {
            key_file::promote(path)?;
            return Ok(ring);
        }
        Err(Error::invalid(
            key_file::FIELD,
            format!(
                "{} does not open this database's secrets: put back the key file that was made with the database",
                path.display()
            ),
        ))
    }

    fn ring(&self) -> RwLockReadGuard<'_, Keyring> {
        self.shared.ring.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring_mut(&self) -> RwLockWriteGuard<'_, Keyring> {
        self.shared.ring.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[path = "vault_tests.rs"]
mod tests;
