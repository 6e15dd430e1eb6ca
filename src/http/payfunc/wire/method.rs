//! Payment methods of accounts: cards, which come as tokens.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::schema::Array;

use super::{Given, instant, member, numbers};
use crate::app::payment_method::NewMethod;
use crate::domain::card::CardNumber;
use crate::domain::payment_method::{MethodDetails, PaymentMethod};
use crate::error::{Error, Result};

/// The end of a card that is given by its number alone, as in tests with the numbers of the simulator.
const UNSAID_END: &str = "12/39";

/// A card of an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct MethodShown {
    /// Always a card.
    #[serde(rename = "type")]
    #[schema(pattern = "^card$", example = "card")]
    pub kind: String,
    /// When it was added.
    #[schema(max_length = 30, example = "2026-01-01T00:00:00.000Z")]
    pub created: String,
    /// Names the card; it opens nothing.
    #[schema(max_length = 1000, example = "abc.def.ghi")]
    pub token: String,
    /// The scheme.
    #[schema(max_length = 20, example = "visa")]
    pub scheme: String,
    /// The first six digits.
    #[schema(max_length = 6, example = "424242")]
    pub iin: String,
    /// The last four.
    #[schema(max_length = 4, example = "4242")]
    pub last4: String,
    /// Month and year of the end.
    #[schema(schema_with = expires_shown)]
    pub expires: (i8, i16),
}

impl From<(PaymentMethod, String)> for MethodShown {
    fn from((method, token): (PaymentMethod, String)) -> Self {
        let (scheme, expires) = match &method.details {
            MethodDetails::Card { brand, expiry } => (brand.as_str(), (expiry.month(), expiry.year().rem_euclid(100))),
            MethodDetails::Ach { .. } => ("unknown", (1, 0)),
        };
        Self {
            kind: "card".to_owned(),
            created: instant(method.created_at),
            token,
            scheme: scheme.to_owned(),
            iin: method.masked.chars().take(6).collect(),
            last4: method.last_four,
            expires,
        }
    }
}

/// A card to add.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewAccountMethod {
    /// "token", or "card".
    #[serde(rename = "type")]
    #[schema(pattern = "^(token|card)$", example = "token")]
    pub kind: String,
    /// The token that stands for the card, or its number.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 4096, example = "tok_visa")]
    pub card: Option<Value>,
    /// Month and year of the end, where `card` is a number.
    #[serde(default)]
    #[schema(schema_with = expires_given)]
    pub expires: Option<Value>,
}

impl NewAccountMethod {
    /// The card to store.
    ///
    /// # Errors
    /// `Invalid` naming `type`, `card` or `expires`.
    pub fn into_command(self) -> Result<NewMethod> {
        if !matches!(self.kind.as_str(), "token" | "card") {
            return Err(Error::invalid("type", "must be \"token\" or \"card\""));
        }
        let card = self.card.filter(|card| !card.is_null()).ok_or_else(|| Error::invalid("card", "is required"))?;
        card_of(&Given::of("card", &card).text()?, self.expires.as_ref().filter(|given| !given.is_null()))
    }
}

/// A card as a token or by its number.
///
/// # Errors
/// `Invalid` naming `card` or `expires`.
pub(in crate::http::payfunc) fn card_of(text: &str, expires: Option<&Value>) -> Result<NewMethod> {
    let is_number = (12..=19).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !is_number {
        return Ok(NewMethod::Token(text.to_owned()));
    }
    let number = CardNumber::parse(text).map_err(|_| Error::invalid("card", "is not a card number"))?;
    let expires = expires.map(expires_of).transpose()?;
    let expiration_date = expires.unwrap_or_else(|| UNSAID_END.to_owned());
    Ok(NewMethod::Card { number, expiration_date })
}

fn expires_shown() -> Array {
    numbers((2, 2), (0, 99), json!([12, 29]), false)
}

fn expires_given() -> Array {
    numbers((2, 2), (0, 99), json!([12, 29]), true)
}

fn expires_of(value: &Value) -> Result<String> {
    let problem = "must be [month, year], such as [2, 29]";
    let refused = || Error::invalid("expires", problem);
    let [month, year] = value.as_array().map(Vec::as_slice).unwrap_or_default() else { return Err(refused()) };
    let (month, year) = (month.as_u64().ok_or_else(refused)?, year.as_u64().ok_or_else(refused)?);
    if !(1..=12).contains(&month) || year > 99 {
        return Err(refused());
    }
    Ok(format!("{month:02}/{year:02}"))
}

/// The tokens of a list of methods, in order.
///
/// # Errors
/// `Invalid` naming what is no method.
pub(in crate::http::payfunc) fn tokens_of(value: &Value) -> Result<Vec<String>> {
    let several = value.as_array().ok_or_else(|| Error::invalid("body", "must be a list of methods"))?;
    let tokens = several.iter().enumerate().map(|(at, method)| {
        if let Some(token) = method.as_str() {
            return Ok(token.to_owned());
        }
        let place = format!("method[{at}]");
        let token = member(Given::of(&place, method).object()?, "token");
        let place = format!("{place}.token");
        let token = token.ok_or_else(|| Error::invalid(&place, "is required"))?;
        Given::of(&place, token).text()
    });
    tokens.collect()
}
