//! Apple Pay and Google Pay: the merchant's keys, and what a token opened with them becomes.
//!
//! A private key comes in once, is sealed, and is never shown again. A token is used up in the commit of what it pays
//! for; it is remembered until it would be too old anyway.

use serde_json::json;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::method_token::Spend;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::WalletKeyId;
use crate::domain::money::Money;
use crate::domain::text::line;
use crate::domain::time::MINUTE;
use crate::domain::wallet::{MERCHANT_ID_MAX, Wallet, WalletKey};
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};
use crate::wallet::{self, WalletCard, WalletError, apple, google};

/// How long after its end a used token is remembered, microseconds.
const REMEMBERED_US: i64 = 60 * MINUTE;

/// What a wallet gave a shop's page. Holds secrets only sealed.
#[derive(Clone)]
pub struct WalletToken {
    /// Whose wallet.
    pub wallet: Wallet,
    /// The token, JSON.
    pub json: String,
    /// The merchant's key to open it with: its id or the merchant's name at the wallet; "" for any.
    pub key_id: String,
}

/// What the customer approved on the device.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ApprovedAmount {
    /// Minor units.
    pub(crate) minor: i64,
    /// ISO 4217 number: "840".
    pub(crate) currency: String,
}

/// A token opened, and how it is used up.
pub(crate) struct OpenedWallet {
    pub(crate) card: WalletCard,
    pub(crate) spend: Spend,
}

/// A key to add.
pub struct NewWalletKey {
    /// Whose wallet.
    pub wallet: Wallet,
    /// Whom tokens are for.
    pub merchant_id: String,
    /// The private key, PEM or the base64 of its DER.
    pub key: Zeroizing<String>,
    /// Google's file of root signing keys.
    pub trusted_json: Option<String>,
}

impl ApprovedAmount {
    /// Refuses to charge more than the customer approved, or in another currency.
    ///
    /// # Errors
    /// `Invalid` naming `amount` or `currency`.
    pub(crate) fn check(&self, amount: Money) -> Result<()> {
        if amount.currency().numeric() != self.currency {
            return Err(Error::invalid("currency", "is not the one that the customer approved"));
        }
        if amount.minor() > self.minor {
            return Err(Error::invalid("amount", "is more than the customer approved"));
        }
        Ok(())
    }
}

impl App {
    /// Takes a key of the merchant's into use.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming what does not fit; `Conflict` where there is one for this merchant.
    pub async fn wallet_key_add(&self, caller: &Caller, new: NewWalletKey) -> Result<WalletKey> {
        caller.may(Action::WalletKeyManage)?;
        let merchant_id = line("merchant-id", &new.merchant_id, MERCHANT_ID_MAX)?;
        if merchant_id.is_empty() {
            return Err(Error::invalid("merchant-id", "is required"));
        }
        wallet::private_key(&new.key).map_err(|why| Error::invalid("key", why.to_string()))?;
        let trusted_json = match (new.wallet, new.trusted_json) {
            (Wallet::ApplePay, None) => "{}".to_owned(),
            (Wallet::ApplePay, Some(_)) => return Err(Error::invalid("google-keys", "belongs to Google Pay")),
            (Wallet::GooglePay, Some(json)) if google::is_root_keys(&json) => json,
            (Wallet::GooglePay, _) => {
                return Err(Error::invalid(
                    "google-keys",
                    "must be Google's file of root signing keys with an ECv2 key",
                ));
            }
        };
        let id: WalletKeyId = self.random().id(self.now());
        let sealed = self.vault().seal(&place_of(&id), new.key.trim().as_bytes(), self.random())?;
        let (whom, wallet) = (caller.clone(), new.wallet);
        self.store()
            .write(move |tx| {
                let created_at = tx.now();
                let key = WalletKey { id, wallet, merchant_id, sealed, trusted_json, created_at };
                store::wallet_key::insert(tx, &key)?;
                let facts = json!({ "wallet": wallet.as_str(), "merchant_id": key.merchant_id });
                event::emit(tx, &whom, Topic::WalletKeyCreated, key.id.as_str(), &facts)?;
                Ok(key)
            })
            .await
    }

    /// Every key, without its private part.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn wallet_keys(&self, caller: &Caller) -> Result<Vec<WalletKey>> {
        caller.may(Action::WalletKeyManage)?;
        self.store().read(store::wallet_key::list)
    }

    /// Takes a key away.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn wallet_key_remove(&self, caller: &Caller, id: &str) -> Result<()> {
        caller.may(Action::WalletKeyManage)?;
        let (whom, id) = (caller.clone(), WalletKeyId::from_stored(id.to_owned()));
        self.store()
            .write(move |tx| {
                if !store::wallet_key::delete(tx, &id)? {
                    return Err(Error::not_found("wallet key", id.as_str()));
                }
                event::emit(tx, &whom, Topic::WalletKeyDeleted, id.as_str(), &json!({}))
            })
            .await
    }

    /// Opens a token with the merchant's keys. Nothing is used up yet.
    ///
    /// # Errors
    /// `Invalid` naming the part below the method.
    pub(crate) fn wallet_token_open(&self, token: &WalletToken) -> Result<OpenedWallet> {
        let (object, part) = match token.wallet {
            Wallet::ApplePay => ("apple_pay_token", "apple_pay_token.pkpaymenttoken"),
            Wallet::GooglePay => ("google_pay_token", "google_pay_token"),
        };
        let keys = self.wallet_keys_of(token, object)?;
        let (now, is_named) = (self.now(), |text: &str| Zeroizing::new(text.to_owned()));
        let refused = |why: WalletError| Error::invalid(part, why.to_string());
        let opened = match token.wallet {
            Wallet::ApplePay => {
                let read = |(key, text): (WalletKey, Zeroizing<String>)| {
                    Ok(apple::MerchantKey { merchant_id: key.merchant_id, key: wallet::private_key(&is_named(&text))? })
                };
                let keys = keys.into_iter().map(read).collect::<std::result::Result<Vec<_>, _>>().map_err(refused)?;
                apple::open(&token.json, &keys, apple::ROOT_PEM, now)
            }
            Wallet::GooglePay => {
                let read = |(key, text): (WalletKey, Zeroizing<String>)| {
                    let (recipient_id, root_keys_json) = (key.merchant_id, key.trusted_json);
                    Ok(google::MerchantKey { recipient_id, key: wallet::private_key(&text)?, root_keys_json })
                };
                let keys = keys.into_iter().map(read).collect::<std::result::Result<Vec<_>, _>>().map_err(refused)?;
                google::open(&token.json, &keys, now)
            }
        };
        let card = opened.map_err(refused)?;
        let hash = Sha256::new().chain_update(token.wallet.as_str()).chain_update(card.identity).finalize().into();
        let spend = Spend::Wallet(hash, card.good_until.plus(REMEMBERED_US), object);
        Ok(OpenedWallet { card, spend })
    }

    /// The merchant's keys that may open the token, opened themselves.
    fn wallet_keys_of(&self, token: &WalletToken, object: &str) -> Result<Vec<(WalletKey, Zeroizing<String>)>> {
        let all: Vec<WalletKey> = self.store().read(store::wallet_key::list)?;
        let all: Vec<WalletKey> = all.into_iter().filter(|key| key.wallet == token.wallet).collect();
        if all.is_empty() {
            let problem = format!("cannot be opened: no key for {} is configured", token.wallet.label());
            return Err(Error::invalid(object, problem));
        }
        let is_meant = |key: &WalletKey| {
            token.key_id.is_empty() || [key.id.as_str(), key.merchant_id.as_str()].contains(&token.key_id.as_str())
        };
        let meant: Vec<WalletKey> = all.into_iter().filter(is_meant).collect();
        if meant.is_empty() {
            return Err(Error::invalid(format!("{object}.key_id"), "is no key of this merchant"));
        }
        let open = |key: WalletKey| {
            let plain = self.vault().open_sealed(&place_of(&key.id), &key.sealed)?;
            let text = std::str::from_utf8(&plain).map_err(|_| Error::internal("a wallet's key is no text"))?;
            Ok((key, Zeroizing::new(text.to_owned())))
        };
        meant.into_iter().map(open).collect()
    }
}

/// Seals every key anew under `current`.
///
/// # Errors
/// `Internal` where a key does not open.
pub(super) fn reseal_in(tx: &mut WriteTx<'_>, vault: &Vault, current: u32) -> Result<()> {
    for key in store::wallet_key::list(tx)?.into_iter().filter(|key| Vault::key_of(&key.sealed) != Some(current)) {
        let secret = vault.open_sealed(&place_of(&key.id), &key.sealed)?;
        let again = vault.seal(&place_of(&key.id), &secret, tx.random())?;
        store::wallet_key::update_sealed(tx, &key.id, &again)?;
    }
    Ok(())
}

fn place_of(id: &WalletKeyId) -> Place<'_> {
    Place { table: "wallet_key", row: id.as_str(), column: "sealed" }
}
