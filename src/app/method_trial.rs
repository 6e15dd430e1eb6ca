//! Trying a card before it is stored: a verification that moves nothing, or one unit of the currency that is held and
//! let go again. What the issuer refuses is not stored.

use super::payment_method::SealedMethod;
use super::transaction::{ChargeTransaction, PayWith};
use super::write_once::Asked;
use super::{App, Caller};
use crate::domain::access::Role;
use crate::domain::card::CardNumber;
use crate::domain::currency::Currency;
use crate::domain::payment_method::MethodDetails;
use crate::domain::transaction::{Transaction, TransactionStatus, TransactionType};
use crate::error::{Error, Result};

/// How to try a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrialKind {
    /// Ask the issuer whether the card is good.
    Validate,
    /// Hold one unit of the currency, then let it go.
    Authorize,
}

/// A trial that a caller asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodTrial {
    /// How.
    pub kind: TrialKind,
    /// In which currency; the company's where `None`.
    pub currency: Option<Currency>,
}

impl MethodTrial {
    /// What is asked, with the trial in it.
    pub(super) fn told(trial: Option<Self>, asked: Asked) -> Asked {
        let Some(Self { kind, currency }) = trial else { return asked };
        let kind = match kind {
            TrialKind::Validate => "validate",
            TrialKind::Authorize => "authorize",
        };
        asked.with(kind).with_some(currency.as_ref().map(Currency::code))
    }
}

impl App {
    /// Tries a card; a bank account has no issuer to ask and passes. `asked` is the write that the trial is for: sent
    /// again with its idempotency key, it is answered by the first trial.
    ///
    /// # Errors
    /// `Forbidden` without the right to verify or to authorize; `Declined`; `Conflict` where the answer is not known.
    pub(super) async fn method_try(
        &self,
        caller: &Caller,
        method: &SealedMethod,
        trial: MethodTrial,
        postal_code: Option<String>,
        asked: &Asked,
    ) -> Result<()> {
        let MethodDetails::Card { expiry, .. } = &method.details else { return Ok(()) };
        let number = self.card_of_sealed(method)?;
        let pay_with = PayWith::Card { number, expiry: *expiry, keyed: true, cvc: None };
        let mut command = self.trial_command(trial, pay_with)?;
        command.postal_code = postal_code.filter(|code| !code.is_empty());
        command.description = "Trial of a card before it is stored".to_owned();
        command.canonical = asked.canonical();
        let mut by = caller.clone();
        // The key as it came may belong to a transaction of the caller.
        by.idempotency_key = caller.idempotency_key.as_ref().map(|key| format!("trial/{}", self.key_hash(key)));
        let tried = self.transaction_charge(by.clone(), command).await?;
        if tried.status == TransactionStatus::Authorized && trial.kind == TrialKind::Authorize {
            // Letting go what we held ourselves needs no right of the caller's.
            by.role = Role::Admin;
            by.idempotency_key = None;
            self.transaction_void(by, tried.id).await?;
            return Ok(());
        }
        passed(&tried)
    }

    fn trial_command(&self, trial: MethodTrial, pay_with: PayWith) -> Result<ChargeTransaction> {
        let currency = match trial.currency {
            Some(currency) => currency,
            None => self.company()?.currency,
        };
        let one = 10_i64.checked_pow(u32::from(currency.decimals()));
        let (kind, amount_minor) = match trial.kind {
            TrialKind::Validate => (TransactionType::Verification, 0),
            TrialKind::Authorize => (TransactionType::Authorize, one.unwrap_or(i64::MAX)),
        };
        Ok(ChargeTransaction::of(kind, currency, amount_minor, pay_with))
    }

    fn key_hash(&self, key: &str) -> String {
        hex::encode(self.command_hash(key.as_bytes()))
    }

    fn card_of_sealed(&self, method: &SealedMethod) -> Result<CardNumber> {
        let opened = self.method_open(method)?;
        let digits =
            std::str::from_utf8(&opened).map_err(|_| Error::internal("what was sealed just now is no text"))?;
        CardNumber::parse(digits).map_err(|_| Error::internal("what was sealed just now is no card number"))
    }
}

fn passed(tried: &Transaction) -> Result<()> {
    use TransactionStatus as S;
    match tried.status {
        S::Authorized | S::PendingSettlement | S::Settled | S::Voided | S::Reversed => Ok(()),
        S::Unknown | S::Pending => {
            Err(Error::Conflict("the issuer has not said whether the card is good: nothing was stored".to_owned()))
        }
        _ => Err(Error::Declined { code: tried.response_code, text: tried.answer.processor_text.clone() }),
    }
}
