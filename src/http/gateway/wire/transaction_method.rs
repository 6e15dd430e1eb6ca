//! `payment_method` of a transaction: what pays, exactly one of its parts.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::{given, required, word};
use super::transaction_apm::NewApm;
use crate::app::transaction::PayWith;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::id::{Id, Kind};
use crate::domain::text::line;
use crate::error::{Error, Result};

/// Longest text of a field for which the seed names no bound, characters.
const TEXT_MAX: usize = 255;

/// A text that is wiped from memory after use.
type Secret = Zeroizing<String>;

given! {
    /// What pays: exactly one of these.
    NewMethod {
        /// A card typed in or swiped.
        card: Option<NewCard>,
        /// A US bank account.
        ach: Option<NewAch>,
        /// A customer of the vault.
        customer: Option<StoredMethod>,
        /// The card that somebody holds against a terminal.
        terminal: Option<AtTerminal>,
        /// A token that stands for a card.
        token: String,
        /// A payment on another page.
        apm: Option<NewApm>,
        /// Not available.
        #[schema(value_type = Option<Object>)]
        apple_pay_token: Option<Value>,
        /// Not available.
        #[schema(value_type = Option<Object>)]
        google_pay_token: Option<Value>,
        /// Not available.
        #[schema(value_type = Option<Object>)]
        emv: Option<Value>,
    }
}

given! {
    /// A card.
    NewCard {
        /// "keyed" or "swiped"; keyed where it is not given.
        entry_type: String,
        /// 12 to 19 digits.
        #[schema(value_type = String)]
        number: Secret,
        /// "MM/YY"; a month that is over declines with 223.
        expiration_date: String,
        /// 3 or 4 digits.
        #[schema(value_type = String)]
        cvc: Secret,
        /// Used by nobody: the number counts.
        #[schema(value_type = String)]
        track_1: Secret,
        /// Used by nobody: the number counts.
        #[schema(value_type = String)]
        track_2: Secret,
        /// Used by nobody: the number counts.
        #[schema(value_type = String)]
        encrypted_track_1: Secret,
        /// Used by nobody: the number counts.
        #[schema(value_type = String)]
        encrypted_track_2: Secret,
        /// Used by nobody: the number counts.
        #[schema(value_type = String)]
        ksn: Secret,
        /// What an earlier 3-D Secure collected.
        cardholder_authentication: Option<CardholderAuthentication>,
    }
}

given! {
    /// What an earlier 3-D Secure collected.
    CardholderAuthentication {
        /// How it went.
        condition: String,
        /// Two digits, such as "05".
        eci: String,
        /// The proof.
        cavv: String,
        /// Of version 1.
        xid: String,
        /// The proof of a wallet.
        cryptogram: String,
        /// "1" or "2", or longer: "2.1.0".
        version: String,
        /// Of the directory server.
        ds_transaction_id: String,
        /// Of the issuer's server.
        acs_transaction_id: String,
    }
}

given! {
    /// A US bank account.
    NewAch {
        /// 9 digits.
        routing_number: String,
        /// 4 to 17 digits.
        #[schema(value_type = String)]
        account_number: Secret,
        /// "web", "ccd", "ppd" or "tel".
        sec_code: String,
        /// "checking" or "savings".
        account_type: String,
        /// Needed with "tel".
        check_number: String,
        /// "standard" or "sameday".
        funding_speed: String,
        /// Who the holder is, for processors that ask.
        accountholder_authentication: Option<AccountholderAuthentication>,
    }
}

given! {
    /// Who the holder of an account is.
    AccountholderAuthentication {
        /// State of the driver's licence.
        dl_state: String,
        /// Its number.
        #[schema(value_type = String)]
        dl_number: Secret,
    }
}

given! {
    /// A customer of the vault; what is not named is the default.
    StoredMethod {
        /// Whose.
        #[serde(alias = "Id", alias = "ID", alias = "iD")]
        id: String,
        /// Which payment method.
        payment_method_id: String,
        /// "card" or "ach".
        payment_method_type: String,
        /// Which billing address.
        billing_address_id: String,
        /// Which shipping address.
        shipping_address_id: String,
    }
}

given! {
    /// The card that somebody holds against a terminal.
    AtTerminal {
        /// Which terminal.
        id: String,
        /// "MM/YY".
        expiration_date: String,
        /// 3 or 4 digits.
        #[schema(value_type = String)]
        cvc: Secret,
        /// "no", "customer", "merchant" or "both".
        print_receipt: String,
        /// true or false, or the word.
        signature_required: Option<YesNo>,
    }
}

/// true or false, or the word.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum YesNo {
    /// true or false.
    Bool(bool),
    /// "true" or "false".
    Word(String),
}

impl NewMethod {
    /// The one method in it; `today` bounds how far ahead a card may expire.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_pay_with(self, today: Date) -> Result<PayWith> {
        self.refuse_unavailable().map_err(|why| why.under("payment_method"))?;
        let token = Some(self.token).filter(|token| !token.is_empty());
        let read = match (self.card, self.ach, self.customer, self.terminal, self.apm, token) {
            (Some(card), None, None, None, None, None) => card.into_pay_with(today).map_err(|why| why.under("card")),
            (None, Some(ach), None, None, None, None) => ach.into_pay_with().map_err(|why| why.under("ach")),
            (None, None, Some(customer), None, None, None) => {
                customer.into_pay_with().map_err(|why| why.under("customer"))
            }
            (None, None, None, Some(terminal), None, None) => {
                terminal.into_pay_with(today).map_err(|why| why.under("terminal"))
            }
            (None, None, None, None, Some(apm), None) => {
                apm.into_apm().map(PayWith::Apm).map_err(|why| why.under("apm"))
            }
            (None, None, None, None, None, Some(token)) => line("token", &token, TEXT_MAX).map(PayWith::Token),
            _ => {
                return Err(Error::invalid(
                    "payment_method",
                    "must hold exactly one of card, ach, customer, terminal, token, apm",
                ));
            }
        };
        read.map_err(|why| why.under("payment_method"))
    }

    fn refuse_unavailable(&self) -> Result<()> {
        for (name, part) in [
            ("apple_pay_token", &self.apple_pay_token),
            ("google_pay_token", &self.google_pay_token),
            ("emv", &self.emv),
        ] {
            if part.is_some() {
                return Err(Error::invalid(name, "is not available"));
            }
        }
        Ok(())
    }
}

impl NewCard {
    fn into_pay_with(self, today: Date) -> Result<PayWith> {
        let entry_type = word("entry_type", &self.entry_type, &["keyed", "swiped"])?;
        let number = CardNumber::parse(required("number", &self.number)?)?;
        let expiry = Expiry::parse(required("expiration_date", &self.expiration_date)?, today)?;
        if let Some(authentication) = self.cardholder_authentication {
            authentication.check().map_err(|why| why.under("cardholder_authentication"))?;
        }
        Ok(PayWith::Card { number, expiry, keyed: entry_type != "swiped", cvc: security_code(&self.cvc)? })
    }
}

fn security_code(text: &str) -> Result<Option<Cvc>> {
    if text.is_empty() { Ok(None) } else { Ok(Some(Cvc::parse(text)?)) }
}

impl CardholderAuthentication {
    fn check(self) -> Result<()> {
        for (name, value) in [
            ("condition", &self.condition),
            ("cavv", &self.cavv),
            ("xid", &self.xid),
            ("cryptogram", &self.cryptogram),
            ("ds_transaction_id", &self.ds_transaction_id),
            ("acs_transaction_id", &self.acs_transaction_id),
        ] {
            line(name, value, TEXT_MAX)?;
        }
        if self.eci.len() > 2 || !self.eci.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::invalid("eci", "must be two digits such as 05"));
        }
        let version = self.version.as_str();
        if !version.is_empty() && !matches!(version.split('.').next(), Some("1" | "2")) {
            return Err(Error::invalid("version", "must be 1 or 2"));
        }
        line("version", version, 10).map(|_| ())
    }
}

impl NewAch {
    fn into_pay_with(self) -> Result<PayWith> {
        let routing = RoutingNumber::parse(required("routing_number", &self.routing_number)?)?;
        let account = AccountNumber::parse(required("account_number", &self.account_number)?)?;
        let sec_code = SecCode::parse(required("sec_code", &self.sec_code)?)
            .ok_or_else(|| Error::invalid("sec_code", "must be \"web\", \"ccd\", \"ppd\" or \"tel\""))?;
        let account_type = AccountType::parse(required("account_type", &self.account_type)?)
            .ok_or_else(|| Error::invalid("account_type", "must be \"checking\" or \"savings\""))?;
        let check_number = line("check_number", &self.check_number, TEXT_MAX)?;
        if sec_code == SecCode::Tel && check_number.is_empty() {
            return Err(Error::invalid("check_number", "is required with sec_code \"tel\""));
        }
        word("funding_speed", &self.funding_speed, &["standard", "sameday"])?;
        if let Some(AccountholderAuthentication { dl_state, dl_number }) = &self.accountholder_authentication {
            line("accountholder_authentication.dl_state", dl_state, TEXT_MAX)?;
            required("accountholder_authentication.dl_state", dl_state)?;
            required("accountholder_authentication.dl_number", dl_number)?;
        }
        Ok(PayWith::Ach { routing, account, sec_code, account_type })
    }
}

impl StoredMethod {
    fn into_pay_with(self) -> Result<PayWith> {
        Ok(PayWith::Customer {
            id: id("id", required("id", &self.id)?)?,
            payment_method_id: optional_id("payment_method_id", &self.payment_method_id)?,
            payment_method_type: Some(word("payment_method_type", &self.payment_method_type, &["card", "ach"])?)
                .filter(|word| !word.is_empty()),
            billing_address_id: optional_id("billing_address_id", &self.billing_address_id)?,
            shipping_address_id: optional_id("shipping_address_id", &self.shipping_address_id)?,
        })
    }
}

impl AtTerminal {
    fn into_pay_with(self, today: Date) -> Result<PayWith> {
        let id = id("id", required("id", &self.id)?)?;
        if !self.expiration_date.is_empty() {
            Expiry::parse(&self.expiration_date, today)?;
        }
        security_code(&self.cvc)?;
        required("print_receipt", &self.print_receipt)?;
        word("print_receipt", &self.print_receipt, &["no", "customer", "merchant", "both"])?;
        match self.signature_required {
            None => Err(Error::invalid("signature_required", "is required")),
            Some(YesNo::Bool(_)) => Ok(PayWith::Terminal { id }),
            Some(YesNo::Word(text)) if matches!(text.as_str(), "true" | "false") => Ok(PayWith::Terminal { id }),
            Some(YesNo::Word(_)) => Err(Error::invalid("signature_required", "must be true or false")),
        }
    }
}

fn id<K: Kind>(field: &str, text: &str) -> Result<Id<K>> {
    Id::parse(text).ok_or_else(|| Error::invalid(field, "is not an id"))
}

pub(super) fn optional_id<K: Kind>(field: &str, text: &str) -> Result<Option<Id<K>>> {
    if text.is_empty() { Ok(None) } else { id(field, text).map(Some) }
}
