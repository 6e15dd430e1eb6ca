//! Rotating the vault's keys: a new data key, every number sealed anew, a new key file.
//!
//! A stop at any moment loses nothing: old keys keep opening what they sealed, and the next run goes on.

use std::path::Path;

use serde_json::json;

use super::bootstrap::stored;
use super::method_token::{self, TokenHash};
use super::{App, Caller, event, file_batch, mail, signing_key, wallet, webhook};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::TransactionId;
use crate::error::Result;
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

/// Numbers sealed anew in one write.
const BATCH_MAX: u32 = 200;

impl App {
    /// Seals everything under a fresh data key, then puts a fresh key file in place; `progress` hears how many numbers
    /// are done. Nobody else may have the file open for serving.
    ///
    /// # Errors
    /// `Forbidden`; `Internal` where a number does not open.
    pub async fn vault_rotate(&self, caller: &Caller, key_file: &Path, progress: impl Fn(u64)) -> Result<u64> {
        caller.may(Action::VaultRotate)?;
        let current = self.vault_key_renew().await?;
        let sealed = self.vault_reseal(current, progress).await?;
        self.in_batches(0, move |tx, vault, after| file_batch::reseal_in(tx, vault, current, after, BATCH_MAX)).await?;
        self.in_batches(0, move |tx, vault, after| mail::reseal_in(tx, vault, current, after, BATCH_MAX)).await?;
        self.in_batches(TokenHash::default(), move |tx, vault, after| {
            method_token::reseal_in(tx, vault, current, &after, BATCH_MAX)
        })
        .await?;
        self.in_batches(TransactionId::from_stored(String::new()), move |tx, vault, after| {
            waiting_reseal_in(tx, vault, current, &after)
        })
        .await?;
        let vault = self.vault().clone();
        self.store()
            .write(move |tx| {
                wallet::reseal_in(tx, &vault, current)?;
                webhook::reseal_in(tx, &vault, current)?;
                signing_key::reseal_in(tx, &vault, current)
            })
            .await?;
        self.vault_key_file_renew(key_file).await?;
        let whom = caller.clone();
        let facts = json!({ "key": current, "sealed": sealed });
        self.store().write(move |tx| event::emit(tx, &whom, Topic::VaultRotated, &current.to_string(), &facts)).await?;
        Ok(sealed)
    }

    async fn vault_key_renew(&self) -> Result<u32> {
        let next = self.vault().current_key().saturating_add(1);
        let key = self.vault().new_data_key(next, self.random());
        let row = stored(&key);
        self.store()
            .write(move |tx| {
                store::vault_key::put(tx, &row)?;
                store::vault_key::retire_all_but(tx, row.id)
            })
            .await?;
        self.vault().adopt(&key)?;
        Ok(next)
    }

    async fn vault_reseal(&self, current: u32, progress: impl Fn(u64)) -> Result<u64> {
        let (mut after, mut count) = (0i64, 0u64);
        loop {
            let (vault, from) = (self.vault().clone(), after);
            let (last, sealed) = self.store().write(move |tx| reseal_in(tx, &vault, current, from)).await?;
            let Some(last) = last else { return Ok(count) };
            (after, count) = (last, count.saturating_add(sealed));
            progress(count);
        }
    }

    /// Does `batch` from row `after` on, a write each, until it has seen the last row.
    async fn in_batches<K: Send + 'static>(
        &self,
        mut after: K,
        batch: impl Fn(&mut WriteTx<'_>, &Vault, K) -> Result<Option<K>> + Copy + Send + 'static,
    ) -> Result<()> {
        loop {
            let vault = self.vault().clone();
            match self.store().write(move |tx| batch(tx, &vault, after)).await? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
    }

    async fn vault_key_file_renew(&self, key_file: &Path) -> Result<()> {
        let successor = Vault::successor_path(key_file);
        if !successor.exists() {
            Vault::create_key_file(&successor, self.random())?;
        }
        let keys = self.vault().rewrap(&successor, self.random())?;
        self.store().write(move |tx| keys.iter().try_for_each(|key| store::vault_key::put(tx, &stored(key)))).await?;
        self.vault().key_file_replaced(key_file)
    }
}

/// Seals a batch of rows after row `after` anew; the last row it saw, if any, and how many it sealed.
fn reseal_in(tx: &mut WriteTx<'_>, vault: &Vault, current: u32, after: i64) -> Result<(Option<i64>, u64)> {
    let rows = store::payment_method::list_sealed(tx, after, BATCH_MAX)?;
    let (last, mut sealed) = (rows.last().map(|row| row.key), 0u64);
    for row in rows.into_iter().filter(|row| Vault::key_of(&row.sealed) != Some(current)) {
        let again = number_again(tx, vault, &row.id, &row.sealed)?;
        store::payment_method::update_sealed(tx, row.key, &again)?;
        sealed = sealed.saturating_add(1);
    }
    Ok((last, sealed))
}

/// The same for the numbers that wait for the outcome of their payment, after that of payment `after`.
fn waiting_reseal_in(
    tx: &mut WriteTx<'_>,
    vault: &Vault,
    current: u32,
    after: &TransactionId,
) -> Result<Option<TransactionId>> {
    let rows = store::payment_method::list_waiting_sealed(tx, after, BATCH_MAX)?;
    let last = rows.last().map(|(payment, ..)| payment.clone());
    for (payment, id, sealed) in rows.into_iter().filter(|(.., sealed)| Vault::key_of(sealed) != Some(current)) {
        let again = number_again(tx, vault, id.as_str(), &sealed)?;
        store::payment_method::update_waiting_sealed(tx, &payment, &again)?;
    }
    Ok(last)
}

fn number_again(tx: &WriteTx<'_>, vault: &Vault, id: &str, sealed: &[u8]) -> Result<Vec<u8>> {
    let place = Place { table: "payment_method", row: id, column: "sealed" };
    vault.seal(&place, &vault.open_sealed(&place, sealed)?, tx.random())
}
