//! The keys in memory: the key file's wrapping key, the root key, the data keys; wiped when dropped.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{FIRST_DATA_KEY, Key, ROOT_KEY, WrappedKey, key_file, seal};
use crate::error::{Error, Result};
use crate::ids::Random;

const WRAP_VERSION: u8 = 1;

/// All keys of an open vault.
pub(super) struct Keyring {
    wrapping: Key,
    root: Key,
    data: BTreeMap<u32, Key>,
    current: u32,
}

impl Keyring {
    /// A new installation's ring: a fresh root key and a fresh first data key.
    pub(super) fn new(wrapping: Key, random: &Random) -> Self {
        let data = BTreeMap::from([(FIRST_DATA_KEY, fresh(random))]);
        Self { wrapping, root: fresh(random), data, current: FIRST_DATA_KEY }
    }

    /// Unwraps the stored rows; `None` where the wrapping key is not the one they were wrapped with.
    ///
    /// # Errors
    /// Where some rows unwrap and others do not, or the root key or every data key is missing: the table is damaged.
    pub(super) fn unwrap(wrapping: Key, install_id: &str, rows: &[WrappedKey]) -> Result<Option<Self>> {
        let opened: Vec<_> = rows.iter().map(|row| (row, unwrap_one(&wrapping, install_id, row))).collect();
        if !rows.is_empty() && opened.iter().all(|(_, key)| key.is_none()) {
            return Ok(None);
        }
        let (mut root, mut data, mut current) = (None, BTreeMap::new(), None);
        for (row, key) in opened {
            let key = key.ok_or_else(|| damaged(&format!("key {} does not unwrap though others do", row.id)))?;
            if row.id == ROOT_KEY {
                root = Some(key);
            } else {
                data.insert(row.id, key);
                current = current.max((!row.retired).then_some(row.id));
            }
        }
        let root = root.ok_or_else(|| damaged("the root key is missing"))?;
        let current = current.ok_or_else(|| damaged("no data key is in use"))?;
        Ok(Some(Self { wrapping, root, data, current }))
    }

    /// A fresh data key, wrapped but not yet in use.
    pub(super) fn new_data_key(&self, install_id: &str, id: u32, random: &Random) -> WrappedKey {
        wrap(&self.wrapping, install_id, id, false, &fresh(random), random)
    }

    /// Puts a wrapped data key into use.
    pub(super) fn adopt(&mut self, install_id: &str, row: &WrappedKey) -> Result<()> {
        if row.id <= self.current {
            return Err(Error::Conflict(format!("data key {} is not newer than {}", row.id, self.current)));
        }
        let key = unwrap_one(&self.wrapping, install_id, row)
            .ok_or_else(|| Error::Conflict(format!("data key {} was wrapped with another key file", row.id)))?;
        self.data.insert(row.id, key);
        self.current = row.id;
        Ok(())
    }

    /// Drops a data key out of use.
    pub(super) fn forget(&mut self, id: u32) -> Result<()> {
        if id == ROOT_KEY || id == self.current {
            return Err(Error::Conflict(format!("key {id} is in use")));
        }
        self.data.remove(&id);
        Ok(())
    }

    /// The data key that seals.
    pub(super) fn current(&self) -> u32 {
        self.current
    }

    /// A data key by id.
    pub(super) fn data_key(&self, id: u32) -> Result<&[u8; 32]> {
        self.data.get(&id).map(|key| &**key).ok_or_else(|| Error::internal(format!("vault: no data key {id}")))
    }

    /// A key that follows from the root key and two labels.
    pub(super) fn derived(&self, use_of_it: &str, purpose: &str) -> Key {
        Zeroizing::new(hmac(&self.root[..], &[&seal::fields(&[use_of_it.as_bytes(), purpose.as_bytes()])]))
    }

    /// Every key wrapped under the present wrapping key.
    pub(super) fn wrap_all(&self, install_id: &str, random: &Random) -> Vec<WrappedKey> {
        self.wrap_all_under(&self.wrapping, install_id, random)
    }

    /// Every key wrapped under another wrapping key.
    pub(super) fn wrap_all_under(&self, wrapping: &Key, install_id: &str, random: &Random) -> Vec<WrappedKey> {
        let root = wrap(wrapping, install_id, ROOT_KEY, false, &self.root, random);
        let data = self.data.iter().map(|(id, key)| wrap(wrapping, install_id, *id, *id < self.current, key, random));
        std::iter::once(root).chain(data).collect()
    }

    /// Wraps with another key from now on.
    pub(super) fn wrap_with(&mut self, wrapping: Key) {
        self.wrapping = wrapping;
    }
}

/// HMAC-SHA256 of the parts one after the other.
pub(super) fn hmac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    parts.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

fn fresh(random: &Random) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    random.fill(&mut key[..]);
    key
}

fn wrap(wrapping: &Key, install_id: &str, id: u32, retired: bool, key: &Key, random: &Random) -> WrappedKey {
    let mut bytes = vec![WRAP_VERSION];
    let body = seal::encrypt(wrapping, &wrap_bound_to(install_id, id), &key[..], random);
    bytes.extend_from_slice(&body.expect("32 bytes are never too long for the cipher"));
    WrappedKey { id, bytes, retired }
}

fn unwrap_one(wrapping: &Key, install_id: &str, row: &WrappedKey) -> Option<Key> {
    let (version, body) = row.bytes.split_first()?;
    if *version != WRAP_VERSION {
        return None;
    }
    let opened = seal::decrypt(wrapping, &wrap_bound_to(install_id, row.id), body)?;
    <[u8; 32]>::try_from(&opened[..]).ok().map(Zeroizing::new)
}

fn wrap_bound_to(install_id: &str, id: u32) -> Vec<u8> {
    seal::fields(&[b"bursar wrapped key", &[WRAP_VERSION], install_id.as_bytes(), &id.to_be_bytes()])
}

fn damaged(problem: &str) -> Error {
    Error::invalid(key_file::FIELD, format!("the table vault_key is damaged, restore a backup: {problem}"))
}
