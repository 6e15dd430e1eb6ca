//! `/api/vault/customer/{id}/card|ach|token`: payment methods as requests bring them and answers show them.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::customer::{ExpiryForm, flags};
use super::wallet::{NewApplePay, google_pay_token};
use crate::app::method_trial::{MethodTrial, TrialKind};
use crate::app::payment_method::{ChangeMethod, NewMethod};
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::CardNumber;
use crate::domain::currency::Currency;
use crate::domain::payment_method::{MethodDetails, MethodFlag, PaymentMethod};
use crate::error::{Error, Result};

/// A number that is wiped from memory after use.
type Secret = Option<Zeroizing<String>>;

/// What may stand behind the path of what stores a card: how to try it first. What the issuer refuses is not stored.
#[derive(Deserialize, IntoParams, Default)]
#[into_params(parameter_in = Query)]
pub struct TrialQuery {
    /// Ask the issuer whether the card is good.
    #[param(example = false)]
    pub validate: Option<bool>,
    /// Hold one unit of the currency on the card, then let it go.
    #[param(example = false)]
    pub authorize: Option<bool>,
    /// Accepted; there are no rules to bypass.
    #[param(example = false)]
    pub bypass_rule_engine: Option<bool>,
    /// Currency of the trial, three letters; the merchant's own where there is none.
    #[param(pattern = "^([A-Za-z]{3})?$", example = "usd")]
    pub currency: Option<String>,
}

impl TrialQuery {
    /// The trial that is asked for.
    ///
    /// # Errors
    /// `Invalid` naming `currency`.
    pub fn into_trial(self) -> Result<Option<MethodTrial>> {
        let Self { validate, authorize, bypass_rule_engine: _ /* no rules */, currency } = self;
        let currency = currency.filter(|code| !code.is_empty()).map(|code| {
            Currency::parse(&code).ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as USD"))
        });
        let currency = currency.transpose()?;
        let kind = match (validate == Some(true), authorize == Some(true)) {
            (_, true) => TrialKind::Authorize,
            (true, false) => TrialKind::Validate,
            (false, false) => return Ok(None),
        };
        Ok(Some(MethodTrial { kind, currency }))
    }
}

/// A payment method of a new customer: exactly one of these.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewPayment {
    /// A card.
    pub card: Option<CardBody>,
    /// A bank account.
    pub ach: Option<AchBody>,
    /// A token that stands for a card.
    pub token: Option<String>,
    /// What Apple Pay gave the shop's page.
    pub apple_pay: Option<NewApplePay>,
    /// What Google Pay gave the shop's page, as text or object.
    #[schema(value_type = Option<Object>)]
    pub google_pay_token: Option<Value>,
}

impl NewPayment {
    /// The one method in it.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_method(self) -> Result<NewMethod> {
        let token = self.token.filter(|text| !text.is_empty());
        let read = [
            self.card.map(|card| card.into_method().map_err(|error| error.under("card"))),
            self.ach.map(|ach| ach.into_method().map_err(|error| error.under("ach"))),
            self.apple_pay
                .map(|token| token.into_token().map(NewMethod::Wallet).map_err(|error| error.under("apple_pay"))),
            self.google_pay_token.map(|token| google_pay_token(&token).map(NewMethod::Wallet)),
            token.map(|token| Ok(NewMethod::Token(token))),
        ];
        let mut given = read.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(read), None) => read,
            _ => Err(Error::invalid(
                "card",
                "exactly one of card, ach, token, apple_pay and google_pay_token must be given",
            )),
        }
    }
}

/// A card.
#[derive(Deserialize, ToSchema, Default)]
pub struct CardBody {
    /// 12 to 19 digits with their check digit; spaces and hyphens between them are dropped.
    #[schema(value_type = Option<String>, example = "4111111111111111")]
    pub number: Secret,
    /// As `number`, which comes first.
    #[schema(value_type = Option<String>, example = "")]
    pub card_number: Secret,
    /// "MM/YY" or "MMYY"; a month that is over is stored too.
    #[schema(pattern = "^((0[1-9]|1[0-2])/?[0-9]{2})?$", example = "12/30")]
    pub expiration_date: Option<String>,
    /// Marks, in a change: all that the method has from now on.
    #[schema(value_type = Option<Vec<MethodMark>>, example = json!(["contact"]))]
    pub flags: Option<Vec<String>>,
}

impl CardBody {
    /// A new card.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_method(self) -> Result<NewMethod> {
        let number = self.number()?.ok_or_else(|| Error::invalid("number", "is required"))?;
        method_flags(self.flags)?;
        let expiration_date = self.expiration_date.filter(|text| !text.is_empty());
        let expiration_date = expiration_date.ok_or_else(|| Error::invalid("expiration_date", "is required"))?;
        Ok(NewMethod::Card { number, expiration_date })
    }

    /// A change of an old card.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_change(self) -> Result<ChangeMethod> {
        Ok(ChangeMethod {
            number: self.number()?,
            expiration_date: self.expiration_date.filter(|text| !text.is_empty()),
            flags: method_flags(self.flags)?,
            ..ChangeMethod::default()
        })
    }

    fn number(&self) -> Result<Option<CardNumber>> {
        let read = |field: &str, secret: &Secret| {
            let text = secret.as_ref().map_or("", |text| text.as_str());
            let number = (!text.is_empty()).then(|| CardNumber::parse(text)).transpose();
            number.map_err(|why| Error::invalid(field, why.to_string()))
        };
        let (number, other) = (read("number", &self.number)?, read("card_number", &self.card_number)?);
        Ok(number.or(other))
    }
}

/// A bank account.
#[derive(Deserialize, ToSchema, Default)]
pub struct AchBody {
    /// 4 to 17 digits.
    #[schema(value_type = Option<String>, example = "999999")]
    pub account_number: Secret,
    /// 9 digits with their check digit.
    #[schema(pattern = "^([0-9]{9})?$", example = "490000018")]
    pub routing_number: Option<String>,
    /// "checking" or "savings".
    #[schema(pattern = "^(checking|savings)?$", example = "checking")]
    pub account_type: Option<String>,
    /// "web", "ccd" or "ppd".
    #[schema(pattern = "^(web|ccd|ppd)?$", example = "web")]
    pub sec_code: Option<String>,
    /// Marks, in a change: all that the method has from now on.
    #[schema(value_type = Option<Vec<MethodMark>>, example = json!(["contact"]))]
    pub flags: Option<Vec<String>>,
}

impl AchBody {
    /// A new bank account.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_method(self) -> Result<NewMethod> {
        let missing = |field: &str| Error::invalid(field, "is required");
        let ChangeMethod { routing_number, account_number, account_type, sec_code, .. } = self.into_change()?;
        Ok(NewMethod::Ach {
            routing_number: routing_number.ok_or_else(|| missing("routing_number"))?,
            account_number: account_number.ok_or_else(|| missing("account_number"))?,
            account_type: account_type.ok_or_else(|| missing("account_type"))?,
            sec_code: sec_code.ok_or_else(|| missing("sec_code"))?,
        })
    }

    /// A change of an old bank account.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_change(self) -> Result<ChangeMethod> {
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let account_number = self.account_number.filter(|text| !text.is_empty());
        let sec_code = |text: String| {
            SecCode::parse(&text)
                .filter(|code| *code != SecCode::Tel) // a stored account has no check number, which "tel" needs
                .ok_or_else(|| Error::invalid("sec_code", "must be \"web\", \"ccd\" or \"ppd\""))
        };
        let account_type = |text: String| {
            AccountType::parse(&text)
                .ok_or_else(|| Error::invalid("account_type", "must be \"checking\" or \"savings\""))
        };
        Ok(ChangeMethod {
            routing_number: filled(self.routing_number).map(|text| RoutingNumber::parse(&text)).transpose()?,
            account_number: account_number.map(|text| AccountNumber::parse(&text)).transpose()?,
            account_type: filled(self.account_type).map(account_type).transpose()?,
            sec_code: filled(self.sec_code).map(sec_code).transpose()?,
            flags: method_flags(self.flags)?,
            ..ChangeMethod::default()
        })
    }
}

/// A Google Pay token.
#[derive(Deserialize, ToSchema)]
pub struct GooglePayBody {
    /// What Google Pay gave the shop's page, as text or object.
    #[schema(value_type = Object)]
    pub google_pay_token: Value,
}

impl GooglePayBody {
    /// A new card.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_method(self) -> Result<NewMethod> {
        google_pay_token(&self.google_pay_token).map(NewMethod::Wallet)
    }
}

impl NewApplePay {
    /// A new card.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_method(self) -> Result<NewMethod> {
        self.into_token().map(NewMethod::Wallet)
    }
}

/// A token.
#[derive(Deserialize, ToSchema)]
pub struct TokenBody {
    /// Stands for a card.
    #[schema(example = "tok_visa")]
    pub token: String,
    /// Marks, in a change: all that the method has from now on.
    #[schema(value_type = Option<Vec<MethodMark>>, example = json!(["contact"]))]
    pub flags: Option<Vec<String>>,
}

impl TokenBody {
    /// A new card.
    ///
    /// # Errors
    /// `Invalid` naming the flag.
    pub fn into_method(self) -> Result<NewMethod> {
        method_flags(self.flags)?;
        Ok(NewMethod::Token(self.token))
    }

    /// Another card in place of an old one.
    ///
    /// # Errors
    /// `Invalid` naming the flag.
    pub fn into_change(self) -> Result<ChangeMethod> {
        Ok(ChangeMethod { token: Some(self.token), flags: method_flags(self.flags)?, ..ChangeMethod::default() })
    }
}

/// A mark on a payment method.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MethodMark {
    /// Never surcharged.
    SurchargeExempt,
    /// Came from Apple Pay.
    Applepay,
    /// The account is closed: ask the customer.
    ClosedContact,
    /// The issuer wants the customer to be asked.
    Contact,
    /// Locked after a security decline.
    LockedSecurity,
    /// The holder stopped recurring charges.
    LockedStopRecurring,
}

fn method_flags(names: Option<Vec<String>>) -> Result<Option<Vec<MethodFlag>>> {
    let all: Vec<String> = MethodFlag::ALL.iter().map(|flag| format!("\"{}\"", flag.as_str())).collect();
    names.map(|names| flags(names, MethodFlag::parse, &all.join(", "))).transpose()
}

/// A stored card.
#[derive(Serialize, ToSchema)]
pub struct StoredCard {
    /// "visa".
    pub card_type: String,
    /// "2020-12-31T00:00:00Z"; in what a search found "12/20".
    pub expiration_date: String,
    /// Marks.
    pub flags: Vec<String>,
    /// The payment method's id.
    pub id: String,
    /// "411111******1111".
    pub masked_number: String,
    /// The processor that charges it; "" for the default one.
    pub processor_id: String,
}

/// A stored bank account.
#[derive(Serialize, ToSchema)]
pub struct StoredAch {
    /// "checking" or "savings".
    pub account_type: String,
    /// Marks.
    pub flags: Vec<String>,
    /// The payment method's id.
    pub id: String,
    /// "******1234".
    pub masked_account_number: String,
    /// The processor that charges it; "" for the default one.
    pub processor_id: String,
    /// 9 digits.
    pub routing_number: String,
    /// "web", "ccd" or "ppd".
    pub sec_code: String,
}

impl StoredCard {
    /// The card, if `method` is one.
    pub fn of(method: &PaymentMethod, form: ExpiryForm) -> Option<Self> {
        let MethodDetails::Card { brand, expiry } = &method.details else { return None };
        Some(Self {
            card_type: brand.as_str().to_owned(),
            expiration_date: match form {
                ExpiryForm::MonthEnd => format!("{}T00:00:00Z", expiry.last_day()),
                ExpiryForm::MonthYear => expiry.to_mm_yy(),
            },
            flags: names(method),
            id: method.id.as_str().to_owned(),
            masked_number: method.masked.clone(),
            processor_id: method.processor_id.clone(),
        })
    }
}

impl StoredAch {
    /// The bank account, if `method` is one.
    pub fn of(method: &PaymentMethod) -> Option<Self> {
        let MethodDetails::Ach { routing_number, account_type, sec_code } = &method.details else { return None };
        Some(Self {
            account_type: account_type.as_str().to_owned(),
            flags: names(method),
            id: method.id.as_str().to_owned(),
            masked_account_number: method.masked.clone(),
            processor_id: method.processor_id.clone(),
            routing_number: routing_number.as_str().to_owned(),
            sec_code: sec_code.as_str().to_owned(),
        })
    }
}

fn names(method: &PaymentMethod) -> Vec<String> {
    method.flags.iter().map(|flag| flag.as_str().to_owned()).collect()
}
