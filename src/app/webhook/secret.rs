//! What an endpoint keeps sealed: its secret, the one before, its password.

use zeroize::Zeroizing;

use crate::domain::id::WebhookId;
use crate::error::{Error, Result};
use crate::ids::Random;
use crate::signature::{SECRET_PREFIX, standard_key};
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

/// The column of the secret.
pub(super) const SECRET: &str = "secret_sealed";
/// The column of the secret before.
pub(super) const PREVIOUS: &str = "previous_sealed";
/// The column of the password.
pub(super) const PASSWORD: &str = "password_sealed";

/// A secret that is brought along: `whsec_` and 24-64 bytes in base64 (RELIABILITY.md S73), or 24-128 printable ASCII
/// characters, as gateways hand them out.
pub(super) fn check(secret: &str) -> Result<()> {
    let fits = if secret.starts_with(SECRET_PREFIX) {
        standard_key(secret) != secret.as_bytes() && (24..=64).contains(&standard_key(secret).len())
    } else {
        (24..=128).contains(&secret.len()) && secret.bytes().all(|byte| byte.is_ascii_graphic())
    };
    let problem = "must be whsec_ and 24-64 bytes in base64, or 24-128 printable ASCII characters";
    if fits { Ok(()) } else { Err(Error::invalid("secret", problem)) }
}

pub(super) fn seal(
    vault: &Vault,
    id: &WebhookId,
    column: &'static str,
    text: &str,
    random: &Random,
) -> Result<Vec<u8>> {
    vault.seal(&Place { table: "webhook", row: id.as_str(), column }, text.as_bytes(), random)
}

pub(super) fn open(vault: &Vault, id: &WebhookId, column: &'static str, sealed: &[u8]) -> Result<Zeroizing<String>> {
    let bytes = vault.open_sealed(&Place { table: "webhook", row: id.as_str(), column }, sealed)?;
    let text =
        std::str::from_utf8(&bytes).map_err(|why| Error::internal(format!("webhook.{column} of {id}: {why}")))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Seals every secret of endpoints anew under data key `current`.
///
/// # Errors
/// `Internal` where one does not open.
pub(in crate::app) fn reseal_in(tx: &mut WriteTx<'_>, vault: &Vault, current: u32) -> Result<()> {
    for mut webhook in store::webhook::list(tx)? {
        let id = webhook.id.clone();
        let again = |column, sealed: &Vec<u8>| -> Result<Vec<u8>> {
            if Vault::key_of(sealed) == Some(current) {
                return Ok(sealed.clone());
            }
            seal(vault, &id, column, &open(vault, &id, column, sealed)?, tx.random())
        };
        webhook.secret_sealed = again(SECRET, &webhook.secret_sealed)?;
        webhook.previous_sealed = webhook.previous_sealed.as_ref().map(|sealed| again(PREVIOUS, sealed)).transpose()?;
        webhook.password_sealed = webhook.password_sealed.as_ref().map(|sealed| again(PASSWORD, sealed)).transpose()?;
        store::webhook::update(tx, &webhook)?;
    }
    Ok(())
}
