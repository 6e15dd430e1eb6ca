//! Keys of accounts: what a customer's own page shows to see and change what is theirs, for three days.

use super::{App, Caller, customer};
use crate::auth::jwt::{self, AccountClaims};
use crate::domain::access::Action;
use crate::domain::id::{CustomerId, PaymentMethodId};
use crate::error::{Error, Result};
use crate::store;

/// The purpose of the key that signs them.
const TOKEN_KEY: &str = "jwt";
/// Characters of the number by which clients know the merchant: the random half of its id.
const MERCHANT_NUMBER_LENGTH: usize = 8;

impl App {
    /// A key of the account, good for three days.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn account_key_issue(&self, caller: &Caller, id: &CustomerId) -> Result<String> {
        caller.may(Action::CustomerUpdate)?;
        self.store().read(|tx| customer::require(tx, id))?;
        self.account_key(id)
    }

    /// A key of the account for somebody who has proved to be its customer.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(super) fn account_key(&self, id: &CustomerId) -> Result<String> {
        let claims = AccountClaims {
            sub: self.merchant_number()?,
            account: id.to_string(),
            iss: self.settings().public_url.clone(),
            iat: self.now(),
        };
        Ok(jwt::issue_account(&self.vault().derive(TOKEN_KEY), &claims))
    }

    /// The caller behind the key of an account.
    ///
    /// # Errors
    /// `Unauthenticated` for everything that is not good now, also where the account is gone.
    pub fn account_caller_of(&self, token: &str, correlation_id: &str) -> Result<Caller> {
        let account = jwt::verify_account(&self.vault().derive(TOKEN_KEY), token, self.now())?;
        let id = CustomerId::from_stored(account);
        let is_there = self.store().read(|tx| Ok(store::customer::is_deleted(tx, &id)? == Some(false)))?;
        if is_there { Ok(Caller::of_account(id, correlation_id.to_owned())) } else { Err(Error::Unauthenticated) }
    }

    /// The number by which clients know the merchant, eight characters.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn merchant_number(&self) -> Result<String> {
        let id = self.company_id()?;
        let text = id.as_str();
        Ok(text.get(text.len().saturating_sub(MERCHANT_NUMBER_LENGTH)..).unwrap_or(text).to_owned())
    }

    /// The token that names a stored payment method.
    pub fn method_name(&self, id: &PaymentMethodId) -> String {
        jwt::issue_method(&self.vault().derive(TOKEN_KEY), id.as_str())
    }

    /// The payment method that a token names, if it is one of ours.
    pub fn method_named(&self, token: &str) -> Option<PaymentMethodId> {
        jwt::verify_method(&self.vault().derive(TOKEN_KEY), token).ok().map(PaymentMethodId::from_stored)
    }
}
