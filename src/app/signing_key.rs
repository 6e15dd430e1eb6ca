//! The key that signs what others check: made when it is first needed, sealed in the vault, opened once per run.

use std::sync::Arc;

use super::App;
use crate::auth::rs256::{PublicKey, SigningKey, primes_draw};
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

/// The key, once it is open.
pub(super) type Opened = tokio::sync::OnceCell<Arc<SigningKey>>;

impl App {
    /// The JWT of `claims`, a JSON object, signed by this instance.
    ///
    /// # Errors
    /// Whatever the file or the vault refuses.
    pub async fn jwt_sign(&self, claims: &str) -> Result<String> {
        self.signing_key().await?.sign(claims)
    }

    /// What others need to check our signatures.
    ///
    /// # Errors
    /// Whatever the file or the vault refuses.
    pub async fn signing_key_public(&self) -> Result<PublicKey> {
        Ok(self.signing_key().await?.public().clone())
    }

    async fn signing_key(&self) -> Result<Arc<SigningKey>> {
        self.signing_opened().get_or_try_init(|| self.signing_key_open()).await.cloned()
    }

    async fn signing_key_open(&self) -> Result<Arc<SigningKey>> {
        let sealed = match self.store().read(store::signing_key::fetch)? {
            Some(sealed) => sealed,
            None => self.signing_key_make().await?,
        };
        let primes = self.vault().open_sealed(&PLACE, &sealed)?;
        Ok(Arc::new(SigningKey::of_primes(&primes)?))
    }

    /// Another process may have been first: the row that is there counts.
    async fn signing_key_make(&self) -> Result<Vec<u8>> {
        let seed = Random::of_source(self.random());
        let drawn = tokio::task::spawn_blocking(move || primes_draw(&seed)).await;
        let primes = drawn.map_err(|why| Error::internal(format!("no signing key was made: {why}")))??;
        let sealed = self.vault().seal(&PLACE, &primes, self.random())?;
        self.store()
            .write(move |tx| {
                store::signing_key::insert_first(tx, &sealed)?;
                store::signing_key::fetch(tx)?.ok_or_else(|| Error::internal("the signing key is not there"))
            })
            .await
    }
}

const PLACE: Place<'static> = Place { table: "signing_key", row: "1", column: "sealed" };

/// Seals the primes anew.
///
/// # Errors
/// `Internal` where they do not open.
pub(super) fn reseal_in(tx: &mut WriteTx<'_>, vault: &Vault, current: u32) -> Result<()> {
    match store::signing_key::fetch(tx)? {
        Some(sealed) if Vault::key_of(&sealed) != Some(current) => {
            let again = vault.seal(&PLACE, &vault.open_sealed(&PLACE, &sealed)?, tx.random())?;
            store::signing_key::update_sealed(tx, &again)
        }
        _ => Ok(()),
    }
}
