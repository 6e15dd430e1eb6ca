//! Tokens that a shop's page makes of a card or a bank account, so that no number passes through the shop's server.
//!
//! A token is good once and for [`limits::METHOD_TOKEN_LIFE_US`]. The number is sealed; the security code is never
//! written anywhere: it waits in memory, so a token that outlives a restart charges without one. Whoever pays with a
//! token, or stores it, uses it up in the same commit ([`redeem_in`]), so that of two at once only one succeeds.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::App;
use crate::auth::token_hash;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::id::ApiKeyId;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, WriteTx};
use crate::vault::{Place, Vault};

/// Security codes kept in memory at most; a token beyond that charges without one.
const CODES_MAX: usize = 10_000;
/// Tokens deleted in one write.
const EXPIRE_MAX: u32 = 1_000;

/// SHA-256 of a token: what is kept of it.
pub(crate) type TokenHash = [u8; 32];

/// What is used up with what it pays for or is stored as.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Spend {
    /// A token that a shop's page made.
    Token(TokenHash),
    /// A token of a wallet, in this field; it is remembered until then.
    Wallet(TokenHash, Timestamp, &'static str),
}

/// What a token stands for.
pub enum Tokenized {
    /// A card.
    Card {
        /// Its number.
        number: CardNumber,
        /// Its last month.
        expiry: Expiry,
    },
    /// A US bank account.
    Ach {
        /// The bank.
        routing: RoutingNumber,
        /// The account.
        account: AccountNumber,
        /// How the holder agreed.
        sec_code: SecCode,
        /// Checking or savings.
        account_type: AccountType,
    },
}

/// What is behind a token that is still good.
pub(crate) struct Opened {
    pub(crate) hash: TokenHash,
    pub(crate) method: Tokenized,
    pub(crate) cvc: Option<Cvc>,
}

/// The sealed form. It holds secrets and is wiped.
#[derive(Serialize, Deserialize)]
enum Sealed {
    Card { number: Zeroizing<String>, expiry: String },
    Ach { routing: String, account: Zeroizing<String>, sec_code: String, account_type: String },
}

/// Security codes that wait for their token's use, by its hash, with when each is forgotten.
#[derive(Default)]
pub(super) struct SecurityCodes(Mutex<HashMap<TokenHash, (Cvc, Timestamp)>>);

impl SecurityCodes {
    fn keep(&self, hash: TokenHash, code: Cvc, until: Timestamp) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if codes.len() < CODES_MAX {
            codes.insert(hash, (code, until));
        }
    }

    fn get(&self, hash: &TokenHash) -> Option<Cvc> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(hash).map(|(code, _)| code.clone())
    }

    fn forget(&self, hash: &TokenHash) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(hash);
    }

    fn forget_expired(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (_, until)| now < *until);
    }
}

impl App {
    /// Makes a token of a card or bank account. `_key` says that a public key was checked; it may do nothing else.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn method_tokenize(&self, _key: ApiKeyId, method: Tokenized, cvc: Option<Cvc>) -> Result<String> {
        let token = self.random().secret();
        let hash = token_hash(&token);
        let plain = Zeroizing::new(serde_json::to_vec(&Sealed::of(&method)).map_err(Error::internal)?);
        let sealed = self.vault().seal(&place_of(&hex::encode(hash)), &plain, self.random())?;
        let expires_at = self
            .store()
            .write(move |tx| {
                let expires_at = tx.now().plus(limits::METHOD_TOKEN_LIFE_US);
                store::method_token::insert(tx, &hash, &sealed, expires_at)?;
                tx.nudge();
                Ok(expires_at)
            })
            .await?;
        if let Some(cvc) = cvc {
            self.security_codes().keep(hash, cvc, expires_at);
        }
        Ok(token)
    }

    /// What is behind `token`, if it is good now. Nothing is used up yet.
    ///
    /// # Errors
    /// `Internal` where the sealed value does not open.
    pub(crate) fn method_token_open(&self, token: &str) -> Result<Option<Opened>> {
        let (hash, now) = (token_hash(token), self.now());
        let Some(sealed) = self.store().read(|tx| store::method_token::fetch(tx, &hash, now))? else {
            return Ok(None);
        };
        let plain = self.vault().open_sealed(&place_of(&hex::encode(hash)), &sealed)?;
        let read: Sealed = serde_json::from_slice(&plain).map_err(|_| damaged())?;
        Ok(Some(Opened { hash, method: read.into_method(now)?, cvc: self.security_codes().get(&hash) }))
    }

    /// Wipes the security code of a token that was used.
    pub(crate) fn security_code_forget(&self, spent: Option<&Spend>) {
        if let Some(Spend::Token(hash)) = spent {
            self.security_codes().forget(hash);
        }
    }

    /// When a token next expires, or a used one of a wallet may be forgotten.
    pub(super) fn next_token_expiry_at(&self) -> Result<Option<Timestamp>> {
        self.store().read(|tx| {
            let expiries = [store::method_token::next_expiry(tx)?, store::wallet_key::next_expiry(tx)?];
            Ok(expiries.into_iter().flatten().min())
        })
    }

    /// Deletes tokens that nobody used in time, with their security codes; answers how many.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) async fn method_tokens_expire(&self) -> Result<usize> {
        self.security_codes().forget_expired(self.now());
        let mut expired = 0;
        loop {
            let expire = |tx: &mut WriteTx<'_>| {
                let tokens = store::method_token::delete_expired(tx, EXPIRE_MAX)?;
                Ok(tokens + store::wallet_key::forget_expired(tx, EXPIRE_MAX)?)
            };
            let count = self.store().write(expire).await?;
            if count == 0 {
                return Ok(expired);
            }
            expired += count;
        }
    }
}

/// Uses a token up, in the commit of what it pays for or is stored as.
///
/// # Errors
/// `Invalid` naming the field below the method where somebody else used it meanwhile.
pub(crate) fn redeem_in(tx: &mut WriteTx<'_>, spend: &Spend) -> Result<()> {
    let (is_good, field) = match spend {
        Spend::Token(hash) => (store::method_token::redeem(tx, hash)?, "token"),
        Spend::Wallet(hash, until, field) => (store::wallet_key::spend(tx, hash, *until)?, *field),
    };
    if is_good { Ok(()) } else { Err(unknown(field)) }
}

/// Seals a batch of tokens after `after` anew; the last one it saw, if any.
///
/// # Errors
/// `Internal` where one does not open.
pub(super) fn reseal_in(
    tx: &mut WriteTx<'_>,
    vault: &Vault,
    current: u32,
    after: &TokenHash,
    limit: u32,
) -> Result<Option<TokenHash>> {
    let rows = store::method_token::list_sealed(tx, after, limit)?;
    let last = rows.last().map(|(hash, _)| *hash);
    for (hash, sealed) in rows.into_iter().filter(|(_, sealed)| Vault::key_of(sealed) != Some(current)) {
        let name = hex::encode(hash);
        let again = vault.seal(&place_of(&name), &vault.open_sealed(&place_of(&name), &sealed)?, tx.random())?;
        store::method_token::update_sealed(tx, &hash, &again)?;
    }
    Ok(last)
}

/// What is said of a token that is not good, whatever the reason: a stranger learns nothing from it.
pub(crate) fn unknown(field: &str) -> Error {
    Error::invalid(field, "is not known, was used already, or has expired")
}

impl Sealed {
    fn of(method: &Tokenized) -> Self {
        match method {
            Tokenized::Card { number, expiry } => {
                Self::Card { number: Zeroizing::new(number.expose().to_owned()), expiry: expiry.to_mm_yy() }
            }
            Tokenized::Ach { routing, account, sec_code, account_type } => Self::Ach {
                routing: routing.as_str().to_owned(),
                account: Zeroizing::new(account.expose().to_owned()),
                sec_code: sec_code.as_str().to_owned(),
                account_type: account_type.as_str().to_owned(),
            },
        }
    }

    fn into_method(self, now: Timestamp) -> Result<Tokenized> {
        match self {
            Self::Card { number, expiry } => Ok(Tokenized::Card {
                number: CardNumber::parse(&number).map_err(|_| damaged())?,
                expiry: Expiry::parse(&expiry, now.utc_date()).map_err(|_| damaged())?,
            }),
            Self::Ach { routing, account, sec_code, account_type } => Ok(Tokenized::Ach {
                routing: RoutingNumber::parse(&routing).map_err(|_| damaged())?,
                account: AccountNumber::parse(&account).map_err(|_| damaged())?,
                sec_code: SecCode::parse(&sec_code).ok_or_else(damaged)?,
                account_type: AccountType::parse(&account_type).ok_or_else(damaged)?,
            }),
        }
    }
}

fn place_of(row: &str) -> Place<'_> {
    Place { table: "method_token", row, column: "sealed" }
}

fn damaged() -> Error {
    Error::internal("what is sealed behind a token is no method")
}
