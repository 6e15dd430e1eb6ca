//! `POST /api/tokenizer`: what a shop's page sends, and what it gets.

use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::given;
use crate::app::method_token::Tokenized;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};

given! {
    /// What becomes a token: exactly one of these.
    NewToken {
        /// A card.
        card: Option<TokenCard>,
        /// A US bank account.
        ach: Option<TokenAch>,
    }
}

given! {
    /// A card as the customer types it.
    TokenCard {
        /// 12 to 19 digits; spaces and hyphens between them are dropped.
        #[schema(value_type = String, pattern = r"^[0-9](?:[ -]?[0-9]){11,18}$", example = "4111111111111111")]
        number: Zeroizing<String>,
        /// "MM/YY", "MMYY" or "MM/YYYY"; the month must not be over.
        #[schema(pattern = r"^(?:0[1-9]|1[0-2])/?[0-9]{2}$", example = "12/35")]
        expiration_date: String,
        /// 3 or 4 digits; "" where the shop asks for none. It is kept in memory only, until the token is used.
        #[schema(value_type = String, pattern = "^(?:[0-9]{3,4})?$", example = "999")]
        cvc: Zeroizing<String>,
    }
}

given! {
    /// A US bank account as the customer types it.
    TokenAch {
        /// 9 digits with a valid check digit.
        #[schema(pattern = "^[0-9]{9}$", example = "490000018")]
        routing_number: String,
        /// 4 to 17 digits.
        #[schema(value_type = String, pattern = "^[0-9]{4,17}$", example = "999999")]
        account_number: Zeroizing<String>,
        /// "checking" or "savings".
        #[schema(pattern = "^(?:checking|savings)$", example = "checking")]
        account_type: String,
        /// "web", "ccd" or "ppd"; "web" where it is not given, because the customer agreed on a page.
        #[schema(pattern = "^(?:web|ccd|ppd)?$", example = "web")]
        sec_code: String,
    }
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct TokenAnswer {
    /// "success", "validation" where a field does not fit, else "error".
    #[schema(pattern = "^(?:success|validation|error)$", example = "success")]
    pub status: String,
    /// For people.
    #[schema(example = "success")]
    pub message: String,
    /// The token: `payment_method.token` of a transaction. "" where there is none.
    #[schema(max_length = 64, example = "7Vb2mQx0YtT4k1cWn8ZsUe5RfLh3JpDaG9iKoXrB6yM")]
    pub token: String,
    /// The fields that do not fit: "cc", "exp", "cvv", "account", "routing", "account_type", "sec_code"; "payment"
    /// where not exactly one method is given.
    #[schema(example = json!([]))]
    pub invalid: Vec<String>,
}

/// The method read, and its security code; or the names of the fields that do not fit.
type Read = Result<(Tokenized, Option<Cvc>), Vec<&'static str>>;

impl NewToken {
    /// The one method in it; `today` says which cards have expired.
    ///
    /// # Errors
    /// The names of all fields that do not fit.
    pub fn into_method(self, today: Date) -> Read {
        match (self.card, self.ach) {
            (Some(card), None) => card.into_method(today),
            (None, Some(ach)) => ach.into_method(),
            (Some(_), Some(_)) | (None, None) => Err(vec!["payment"]),
        }
    }
}

impl TokenCard {
    fn into_method(self, today: Date) -> Read {
        let number = CardNumber::parse(&self.number).ok();
        let expiry = Expiry::parse(&self.expiration_date, today).ok().filter(|expiry| !expiry.is_expired(today));
        let cvc = if self.cvc.is_empty() { Some(None) } else { Cvc::parse(&self.cvc).ok().map(Some) };
        match (number, expiry, cvc) {
            (Some(number), Some(expiry), Some(cvc)) => Ok((Tokenized::Card { number, expiry }, cvc)),
            (number, expiry, cvc) => {
                Err(names(&[("cc", number.is_some()), ("exp", expiry.is_some()), ("cvv", cvc.is_some())]))
            }
        }
    }
}

impl TokenAch {
    fn into_method(self) -> Read {
        let routing = RoutingNumber::parse(&self.routing_number).ok();
        let account = AccountNumber::parse(&self.account_number).ok();
        let account_type = AccountType::parse(&self.account_type);
        // "tel" is agreed to on the telephone, not on a page.
        let sec_code = if self.sec_code.is_empty() { "web" } else { &self.sec_code };
        let sec_code = SecCode::parse(sec_code).filter(|code| *code != SecCode::Tel);
        match (routing, account, account_type, sec_code) {
            (Some(routing), Some(account), Some(account_type), Some(sec_code)) => {
                Ok((Tokenized::Ach { routing, account, sec_code, account_type }, None))
            }
            (routing, account, account_type, sec_code) => Err(names(&[
                ("routing", routing.is_some()),
                ("account", account.is_some()),
                ("account_type", account_type.is_some()),
                ("sec_code", sec_code.is_some()),
            ])),
        }
    }
}

/// The names of those that do not fit.
fn names(fits: &[(&'static str, bool)]) -> Vec<&'static str> {
    fits.iter().filter(|(_, fits)| !fits).map(|(name, _)| *name).collect()
}

impl TokenAnswer {
    /// A token.
    pub fn success(token: String) -> Self {
        Self { status: "success".to_owned(), message: "success".to_owned(), token, invalid: Vec::new() }
    }

    /// Fields that do not fit.
    pub fn invalid(names: Vec<&'static str>) -> Self {
        let message = format!("invalid: {}", names.join(", "));
        let invalid = names.into_iter().map(str::to_owned).collect();
        Self { status: "validation".to_owned(), message, token: String::new(), invalid }
    }

    /// Anything else that went wrong.
    pub fn error(message: String) -> Self {
        Self { status: "error".to_owned(), message, token: String::new(), invalid: Vec::new() }
    }
}
