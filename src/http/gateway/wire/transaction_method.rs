//! `payment_method` of a transaction: what pays, exactly one of its parts.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::{given, required, word};
use super::transaction_apm::NewApm;
use super::wallet::{NewApplePay, google_pay_token};
use crate::app::transaction::PayWith;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::card_read::CardRead;
use crate::domain::id::{Id, Kind};
use crate::domain::text::line;
use crate::error::{Error, Result};

/// Longest text of a field for which the seed names no bound, characters.
const TEXT_MAX: usize = 255;
/// Longest track, bytes: ISO 7813 has 79 and 40 characters, readers add a few.
const TRACK_MAX: usize = 255;
/// Longest encrypted track, bytes.
const ENCRYPTED_TRACK_MAX: usize = 2_048;
/// Longest key serial number, bytes: DUKPT has 20 digits.
const KSN_MAX: usize = 64;
/// Longest data of a chip, hexadecimal digits.
const TLV_MAX: usize = 8_192;

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
        /// What Apple Pay gave the shop's page.
        apple_pay_token: Option<NewApplePay>,
        /// What Google Pay gave the shop's page, as text or object.
        #[schema(value_type = Option<Object>)]
        google_pay_token: Option<Value>,
        /// The data of a chip.
        emv: Option<NewEmv>,
    }
}

given! {
    /// A card.
    NewCard {
        /// "keyed" or "swiped"; keyed where it is not given.
        #[schema(pattern = "^(keyed|swiped)?$", example = "keyed")]
        entry_type: String,
        /// 12 to 19 digits with a valid check digit; spaces and hyphens are dropped. It may be missing where a track
        /// is given; where both are, the number counts.
        #[schema(value_type = String, pattern = r"^(?:[0-9](?:[ -]?[0-9]){11,18})?$", example = "4111111111111111")]
        number: Secret,
        /// "MM/YY", at most 20 years ahead; a month that is over declines with 223.
        #[schema(pattern = r"^(?:(?:0[1-9]|1[0-2])/?[0-9]{2})?$", example = "12/30")]
        expiration_date: String,
        /// 3 or 4 digits; never stored.
        #[schema(value_type = String, pattern = "^(?:[0-9]{3,4})?$", example = "999")]
        cvc: Secret,
        /// Decrypted track 1; sent on, never stored.
        #[schema(value_type = String, max_length = 255, example = "")]
        track_1: Secret,
        /// Decrypted track 2; sent on, never stored.
        #[schema(value_type = String, max_length = 255, example = "")]
        track_2: Secret,
        /// Track 1 under the reader's key; sent on, never stored.
        #[schema(value_type = String, max_length = 2048, example = "")]
        encrypted_track_1: Secret,
        /// Track 2 under the reader's key; sent on, never stored.
        #[schema(value_type = String, max_length = 2048, example = "")]
        encrypted_track_2: Secret,
        /// Which key of the reader that was.
        #[schema(value_type = String, max_length = 64, example = "")]
        ksn: Secret,
        /// What an earlier 3-D Secure collected.
        cardholder_authentication: Option<CardholderAuthentication>,
    }
}

given! {
    /// The data of a chip, as the reader gave it.
    NewEmv {
        /// BER-TLV in hexadecimal digits, with tag 57, or 5A and 5F24; sent on, never stored.
        #[schema(value_type = String, max_length = 8192, example = "57114111111111111111D30122011000000000")]
        tlv_data: Secret,
        /// The reader.
        #[schema(max_length = 255, example = "0821231212")]
        device_serial_number: String,
    }
}

given! {
    /// What an earlier 3-D Secure collected.
    CardholderAuthentication {
        /// How it went.
        #[schema(max_length = 255, example = "")]
        condition: String,
        /// Two digits.
        #[schema(pattern = "^[0-9]{0,2}$", example = "05")]
        eci: String,
        /// The proof; sent on, never stored.
        #[schema(max_length = 255, example = "AAABAWFlmQAAAABjRWWZEEFgFz8=")]
        cavv: String,
        /// Of version 1.
        #[schema(max_length = 255, example = "")]
        xid: String,
        /// The proof of a wallet; sent on, never stored.
        #[schema(max_length = 255, example = "")]
        cryptogram: String,
        /// "1" or "2", or longer.
        #[schema(max_length = 10, pattern = r"^([12](\.[0-9.]*)?)?$", example = "2.1.0")]
        version: String,
        /// Of the directory server.
        #[schema(max_length = 255, example = "d65e93c3-35ab-41ba-b307-767bfc19eae3")]
        ds_transaction_id: String,
        /// Of the issuer's server.
        #[schema(max_length = 255, example = "")]
        acs_transaction_id: String,
    }
}

given! {
    /// A US bank account.
    NewAch {
        /// 9 digits with a valid check digit.
        #[schema(pattern = "^[0-9]{9}$", example = "490000018")]
        routing_number: String,
        /// 4 to 17 digits.
        #[schema(value_type = String, pattern = "^[0-9]{4,17}$", example = "999999")]
        account_number: Secret,
        /// "web", "ccd", "ppd" or "tel".
        #[schema(pattern = "^(web|ccd|ppd|tel)$", example = "web")]
        sec_code: String,
        /// "checking" or "savings".
        #[schema(pattern = "^(checking|savings)$", example = "checking")]
        account_type: String,
        /// Needed with "tel".
        #[schema(max_length = 255, example = "1223")]
        check_number: String,
        /// "standard" or "sameday".
        #[schema(pattern = "^(standard|sameday)?$", example = "standard")]
        funding_speed: String,
        /// Who the holder is, for processors that ask.
        accountholder_authentication: Option<AccountholderAuthentication>,
    }
}

given! {
    /// Who the holder of an account is.
    AccountholderAuthentication {
        /// State of the driver's licence.
        #[schema(min_length = 1, max_length = 255, example = "IL")]
        dl_state: String,
        /// Its number.
        #[schema(value_type = String, min_length = 1, max_length = 255, example = "r500123123")]
        dl_number: Secret,
    }
}

given! {
    /// A customer of the vault; what is not named is the default.
    StoredMethod {
        /// Whose.
        #[serde(alias = "Id", alias = "ID", alias = "iD")]
        #[schema(min_length = 1, max_length = 64, example = "b798ls2q9qq646ksu070")]
        id: String,
        /// Which payment method.
        #[schema(max_length = 64, example = "")]
        payment_method_id: String,
        /// "card" or "ach".
        #[schema(pattern = "^(card|ach)?$", example = "card")]
        payment_method_type: String,
        /// Which billing address.
        #[schema(max_length = 64, example = "")]
        billing_address_id: String,
        /// Which shipping address.
        #[schema(max_length = 64, example = "")]
        shipping_address_id: String,
    }
}

given! {
    /// The card that somebody holds against a terminal.
    AtTerminal {
        /// Which terminal.
        #[schema(min_length = 1, max_length = 64, example = "b798ls2q9qq646ksu070")]
        id: String,
        /// "MM/YY".
        #[schema(pattern = r"^(?:(?:0[1-9]|1[0-2])/?[0-9]{2})?$", example = "12/30")]
        expiration_date: String,
        /// 3 or 4 digits.
        #[schema(value_type = String, pattern = "^(?:[0-9]{3,4})?$", example = "999")]
        cvc: Secret,
        /// Which copies are printed.
        #[schema(pattern = "^(no|customer|merchant|both)$", example = "both")]
        print_receipt: String,
        /// true or false, or the word; required.
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

impl YesNo {
    /// Whether it says true.
    pub fn is_yes(&self) -> bool {
        match self {
            Self::Bool(yes) => *yes,
            Self::Word(word) => word == "true",
        }
    }
}

impl NewMethod {
    /// The one method in it; `today` bounds how far ahead a card may expire.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_pay_with(self, today: Date) -> Result<PayWith> {
        const NAME: &str = "payment_method";
        let several = || {
            Error::invalid(
                NAME,
                "must hold exactly one of card, ach, customer, terminal, token, apm, emv, apple_pay_token, google_pay_token",
            )
        };
        self.read(today).map_err(|why| why.under(NAME))?.ok_or_else(several)
    }

    /// The one method in it, if it is one.
    fn read(self, today: Date) -> Result<Option<PayWith>> {
        let Self { card, ach, customer, terminal, token, apm, emv, apple_pay_token, google_pay_token: google } = self;
        let token = Some(token).filter(|token| !token.is_empty());
        let parts = [
            card.map(|card| card.into_pay_with(today).map_err(|why| why.under("card"))),
            ach.map(|ach| ach.into_pay_with().map_err(|why| why.under("ach"))),
            customer.map(|stored| stored.into_pay_with().map_err(|why| why.under("customer"))),
            terminal.map(|terminal| terminal.into_pay_with(today).map_err(|why| why.under("terminal"))),
            apm.map(|apm| apm.into_apm().map(PayWith::Apm).map_err(|why| why.under("apm"))),
            emv.map(|emv| emv.into_pay_with().map_err(|why| why.under("emv"))),
            apple_pay_token
                .map(|token| token.into_token().map(PayWith::Wallet).map_err(|why| why.under("apple_pay_token"))),
            google.map(|token| google_pay_token(&token).map(PayWith::Wallet)),
            token.map(|token| line("token", &token, TEXT_MAX).map(PayWith::Token)),
        ];
        let mut given = parts.into_iter().flatten();
        match (given.next(), given.next()) {
            (Some(one), None) => one.map(Some),
            _ => Ok(None),
        }
    }

    /// What an earlier 3-D Secure collected.
    pub fn authentication(&self) -> Option<CardholderAuthentication> {
        self.card.as_ref().and_then(|card| card.cardholder_authentication.clone())
    }
}

impl NewCard {
    fn into_pay_with(self, today: Date) -> Result<PayWith> {
        let entry_type = word("entry_type", &self.entry_type, &["keyed", "swiped"])?;
        if let Some(authentication) = self.cardholder_authentication {
            authentication.check().map_err(|why| why.under("cardholder_authentication"))?;
        }
        let cvc = security_code(&self.cvc)?;
        let read = CardRead {
            track_1: secret("track_1", self.track_1, TRACK_MAX)?,
            track_2: secret("track_2", self.track_2, TRACK_MAX)?,
            encrypted_track_1: secret("encrypted_track_1", self.encrypted_track_1, ENCRYPTED_TRACK_MAX)?,
            encrypted_track_2: secret("encrypted_track_2", self.encrypted_track_2, ENCRYPTED_TRACK_MAX)?,
            ksn: secret("ksn", self.ksn, KSN_MAX)?,
            ..CardRead::default()
        };
        if self.number.is_empty() && !read.is_empty() {
            return Ok(PayWith::Read { read, cvc });
        }
        let number = CardNumber::parse(required("number", &self.number)?)?;
        let expiry = Expiry::parse(required("expiration_date", &self.expiration_date)?, today)?;
        Ok(PayWith::Card { number, expiry, keyed: entry_type != "swiped", cvc })
    }
}

impl NewEmv {
    fn into_pay_with(self) -> Result<PayWith> {
        line("device_serial_number", &self.device_serial_number, TEXT_MAX)?;
        required("tlv_data", &self.tlv_data)?;
        let digits = secret("tlv_data", self.tlv_data, TLV_MAX)?;
        let tlv = hex::decode(digits.as_bytes()).map(Zeroizing::new);
        let tlv = tlv.map_err(|_| Error::invalid("tlv_data", "must be hexadecimal digits"))?;
        Ok(PayWith::Read { read: CardRead { tlv, ..CardRead::default() }, cvc: None })
    }
}

fn secret(field: &str, text: Secret, max: usize) -> Result<Secret> {
    if text.len() > max {
        return Err(Error::invalid(field, format!("must have at most {max} characters")));
    }
    Ok(text)
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
            line("accountholder_authentication.dl_number", dl_number, TEXT_MAX)?;
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
