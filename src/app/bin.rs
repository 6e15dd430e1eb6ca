//! What the first digits of a card tell: its scheme, how it is paid for, whether it may be surcharged.
//!
//! The source is small and honest: schemes by their published ranges, the way of paying as the default processor knows
//! it. Who issued the card and in which country is not known here, and not guessed.

use super::method_token::{self, Tokenized};
use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::card::{Brand, brand_of};
use crate::domain::fees::surcharge::{CardFacts, Funding, Limit};
use crate::domain::id::{CustomerId, PaymentMethodId};
use crate::domain::payment_method::MethodType;
use crate::error::{Error, Result};
use crate::processors::simulator;
use crate::store;

/// Whose card it is that is asked about.
pub enum BinOf {
    /// The card with these first six digits.
    FirstSix(String),
    /// The card behind a token, which is not used up.
    Token(String),
    /// A card of a stored customer: the default one where none is named.
    Customer(CustomerId, Option<PaymentMethodId>),
}

/// The question.
pub struct LookUpBin {
    /// Which card.
    pub of: BinOf,
    /// Country of the billing address, "" for the US.
    pub country: String,
    /// State of the billing address.
    pub state: String,
}

/// What is known of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinFacts {
    /// The first six digits.
    pub first_six: String,
    /// Its scheme.
    pub brand: Brand,
    /// How it is paid for.
    pub funding: Funding,
    /// Whether a surcharge is allowed there.
    pub is_surchargeable: bool,
}

impl App {
    /// What is known of a card by its first digits; `None` where nothing is.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub fn bin_lookup(&self, caller: &Caller, question: LookUpBin) -> Result<Option<BinFacts>> {
        caller.may(Action::FeesView)?;
        let LookUpBin { of, country, state } = question;
        let first_six = match of {
            BinOf::FirstSix(digits) => digits,
            BinOf::Token(token) => self.bin_of_token(&token)?,
            BinOf::Customer(id, method) => self.bin_of_customer(&id, method.as_ref())?,
        };
        let default = self.store().read(store::processor::fetch_default)?;
        let processor = default.and_then(|found| self.processors().get(found.id.as_str()));
        let funding = processor.and_then(|processor| processor.funding(&first_six));
        let brand = brand_of(&first_six);
        let Some(funding) = funding.filter(|_| brand != Brand::Unknown) else { return Ok(None) };
        let facts = CardFacts { funding: Some(funding), country, state, is_exempt: false };
        let is_surchargeable = facts.surcharge_limit() != Limit::Forbidden;
        Ok(Some(BinFacts { first_six, brand, funding, is_surchargeable }))
    }

    fn bin_of_token(&self, token: &str) -> Result<String> {
        if let Some(card) = simulator::card_of_token(token) {
            return Ok(card.first_six().to_owned());
        }
        let opened = self.method_token_open(token)?.ok_or_else(|| method_token::unknown("temp_token"))?;
        match opened.method {
            Tokenized::Card { number, .. } => Ok(number.first_six().to_owned()),
            Tokenized::Ach { .. } => Err(Error::invalid("temp_token", "stands for a bank account")),
        }
    }

    fn bin_of_customer(&self, id: &CustomerId, method_id: Option<&PaymentMethodId>) -> Result<String> {
        let record = self
            .store()
            .read(|tx| store::customer::fetch_record(tx, id))?
            .ok_or_else(|| Error::invalid("customer_id", "no customer has this id"))?;
        let found = match method_id {
            Some(id) => record.method(id),
            None => record.default_method(),
        };
        let card = found
            .filter(|method| method.method_type() == MethodType::Card)
            .ok_or_else(|| Error::invalid("payment_method_id", "is no card of this customer"))?;
        Ok(card.masked.chars().take(6).collect())
    }
}
