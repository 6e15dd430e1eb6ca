//! `POST /api/lookup/bin/protected`: what it asks and what it answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::fees::first_six;
use super::given::given;
use super::transaction_method::optional_id;
use crate::app::bin::{BinFacts, BinOf, LookUpBin};
use crate::domain::fees::surcharge::Funding;
use crate::domain::text::line;
use crate::error::{Error, Result};

/// Longest state, characters.
const STATE_MAX: usize = 50;
/// Longest token, characters.
const TOKEN_MAX: usize = 255;

given! {
    /// Which card: exactly one of `bin`, `temp_token` and `customer_id`.
    BinForm {
        /// 6 to 19 digits of the card; only the first six count.
        #[schema(max_length = 19, pattern = "^(?:[0-9]{6,19})?$", example = "400551")]
        bin: String,
        /// A token of `POST /api/tokenizer`; it stays good.
        #[schema(max_length = 255, example = "")]
        temp_token: String,
        /// A customer of the vault.
        #[schema(max_length = 40, pattern = "^(?:[A-Za-z0-9.^_-]{2,40})?$", example = "")]
        customer_id: String,
        /// The customer's card; the default one where it is not given.
        #[schema(max_length = 40, pattern = "^(?:[A-Za-z0-9.^_-]{2,40})?$", example = "")]
        payment_method_id: String,
        /// Country of the billing address; the US where it is not given.
        #[schema(max_length = 2, pattern = "^(?:[A-Za-z]{2})?$", example = "US")]
        country: String,
        /// State of the billing address: without one, no card of the US is surchargeable.
        #[schema(max_length = 50, example = "IL")]
        state: String,
    }
}

impl BinForm {
    /// The question in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_question(self) -> Result<LookUpBin> {
        let digits = first_six("bin", &self.bin)?;
        let token = line("temp_token", &self.temp_token, TOKEN_MAX)?;
        let customer = optional_id("customer_id", &self.customer_id)?;
        let method = optional_id("payment_method_id", &self.payment_method_id)?;
        let of = match (digits.is_empty(), token.is_empty(), customer) {
            (false, true, None) => BinOf::FirstSix(digits),
            (true, false, None) => BinOf::Token(token),
            (true, true, Some(id)) => BinOf::Customer(id, method),
            _ => return Err(Error::invalid("bin", "exactly one of bin, temp_token and customer_id must be given")),
        };
        let is_country = matches!(self.country.len(), 0 | 2) && self.country.bytes().all(|b| b.is_ascii_alphabetic());
        if !is_country {
            return Err(Error::invalid("country", "must be two letters such as US"));
        }
        Ok(LookUpBin { of, country: self.country, state: line("state", &self.state, STATE_MAX)? })
    }
}

/// What is known of the card; nothing at all where its range is not.
#[derive(Default, Serialize, ToSchema)]
pub struct BinBody {
    /// The first six digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 6, max_length = 6, example = "400551")]
    pub bin: Option<String>,
    /// Its scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Visa")]
    pub card_brand: Option<String>,
    /// "": issuers are not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "")]
    pub issuing_bank: Option<String>,
    /// "credit" or "debit".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(?:credit|debit)$", example = "credit")]
    pub card_type: Option<String>,
    /// "": levels are not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "")]
    pub card_level_generic: Option<String>,
    /// "": the issuer's country is not known here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "")]
    pub country: Option<String>,
    /// Whether a surcharge is allowed on it in the country and state asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = true)]
    pub is_surchargeable: Option<bool>,
    /// "card".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^card$", example = "card")]
    pub payment_method_type: Option<String>,
}

impl From<BinFacts> for BinBody {
    fn from(facts: BinFacts) -> Self {
        let BinFacts { first_six, brand, funding, is_surchargeable } = facts;
        let kind = match funding {
            Funding::Credit => "credit",
            Funding::Debit => "debit",
        };
        Self {
            bin: Some(first_six),
            card_brand: Some(brand.label().to_owned()),
            issuing_bank: Some(String::new()),
            card_type: Some(kind.to_owned()),
            card_level_generic: Some(String::new()),
            country: Some(String::new()),
            is_surchargeable: Some(is_surchargeable),
            payment_method_type: Some("card".to_owned()),
        }
    }
}
