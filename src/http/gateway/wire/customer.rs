//! `/api/vault`: customers with their addresses and payment methods, as requests bring them and answers show them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::payment_method::{NewPayment, StoredAch, StoredCard};
use crate::app::address::ChangeAddress;
use crate::app::customer::{ChangeCustomer, ChangeProfile, CreateCustomer};
use crate::domain::address::{Address, CustomerAddress};
use crate::domain::customer::{Customer, CustomerFlag, CustomerRecord, Profile};
use crate::domain::id::{AddressId, CustomerId, Id, Kind, PaymentMethodId};
use crate::domain::payment_method::MethodType;
use crate::error::{Error, Result};

/// Words that are part of our own paths below `/api/vault`.
const OWN_WORDS: [&str; 2] = ["customer", "search"];

/// `POST /api/vault/customer`.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewCustomer {
    /// Your own id: 2-40 characters `[A-Za-z0-9.^_-]`; one is made where there is none.
    #[schema(pattern = "^([A-Za-z0-9.^_-]{2,40})?$", example = "shop-4711")]
    pub id: Option<String>,
    /// "xid_type_last4": the id that is made tells type and last four of the payment method. Not with an id of your own.
    #[schema(pattern = "^(xid_type_last4)?$", example = "")]
    pub id_format: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "test description")]
    pub description: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "calls on Mondays")]
    pub notes: Option<String>,
    /// "surcharge_exempt".
    #[schema(value_type = Option<Vec<CustomerMark>>, example = json!(["surcharge_exempt"]))]
    pub flags: Option<Vec<String>>,
    /// Exactly one of its parts.
    pub default_payment: Option<NewPayment>,
    /// Also used for shipping where no other is given.
    pub default_billing_address: Option<NewAddress>,
    /// Also used for billing where no other is given.
    pub default_shipping_address: Option<NewAddress>,
}

/// A mark on a customer.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum CustomerMark {
    /// Never surcharged.
    SurchargeExempt,
}

impl NewCustomer {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<CreateCustomer> {
        let id = self.id.filter(|text| !text.is_empty()).map(|text| own_id(&text)).transpose()?;
        let format = self.id_format.filter(|text| !text.is_empty());
        if format.as_ref().is_some_and(|text| text != "xid_type_last4") {
            return Err(Error::invalid("id_format", "must be \"xid_type_last4\""));
        }
        if format.is_some() && id.is_some() {
            return Err(Error::invalid("id_format", "cannot be used with an id of your own"));
        }
        let method = self.default_payment.map(NewPayment::into_method).transpose();
        Ok(CreateCustomer {
            profile: Profile::default(),
            id,
            id_tells_method: format.is_some(),
            description: self.description.unwrap_or_default(),
            notes: self.notes.unwrap_or_default(),
            flags: flags(self.flags.unwrap_or_default(), CustomerFlag::parse, "\"surcharge_exempt\"")?,
            method: method.map_err(|error| error.under("default_payment"))?,
            billing: self.default_billing_address.map(NewAddress::into_address),
            shipping: self.default_shipping_address.map(NewAddress::into_address),
        })
    }
}

fn own_id(text: &str) -> Result<CustomerId> {
    if OWN_WORDS.contains(&text) {
        return Err(Error::invalid("id", "is a word of our own: choose another"));
    }
    CustomerId::parse(text)
        .ok_or_else(|| Error::invalid("id", "must be 2 to 40 characters of a-z, A-Z, 0-9 and . ^ _ -"))
}

/// Reads a list of marks; the same one twice counts once.
pub(super) fn flags<F: PartialEq>(names: Vec<String>, parse: impl Fn(&str) -> Option<F>, all: &str) -> Result<Vec<F>> {
    let mut found = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let flag =
            parse(name).ok_or_else(|| Error::invalid(format!("flags[{at}]"), format!("must be one of {all}")))?;
        if !found.contains(&flag) {
            found.push(flag);
        }
    }
    Ok(found)
}

/// `POST /api/vault/customer/{id}`; what is not given stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct CustomerChange {
    /// At most 255 characters.
    #[schema(max_length = 255, example = "test description")]
    pub description: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "calls on Mondays")]
    pub notes: Option<String>,
    /// All marks the customer has from now on: "surcharge_exempt" or none.
    #[schema(value_type = Option<Vec<CustomerMark>>, example = json!(["surcharge_exempt"]))]
    pub flags: Option<Vec<String>>,
    /// What is used where a charge names nothing.
    pub defaults: Option<DefaultsChange>,
}

/// Defaults to set; what is not given, or "", stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct DefaultsChange {
    /// Id of a stored address.
    #[schema(max_length = 40, example = "02Y4EkBqDdSWvGhN")]
    pub billing_address_id: Option<String>,
    /// Id of a stored address.
    #[schema(max_length = 40, example = "02Y4EkBqDdSWvGhN")]
    pub shipping_address_id: Option<String>,
    /// Id of a stored payment method; with its type.
    #[schema(max_length = 40, example = "02Y4EkBqDdSWvGhN")]
    pub payment_method_id: Option<String>,
    /// "card" or "ach"; with the id.
    #[schema(pattern = "^(card|ach)?$", example = "card")]
    pub payment_method_type: Option<String>,
}

impl CustomerChange {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<ChangeCustomer> {
        let flags = self.flags.map(|names| flags(names, CustomerFlag::parse, "\"surcharge_exempt\"")).transpose()?;
        let defaults = self.defaults.unwrap_or_default();
        Ok(ChangeCustomer {
            language: None, // not in this API
            profile: ChangeProfile::default(),
            description: self.description,
            notes: self.notes,
            flags,
            payment_method: default_method(defaults.payment_method_id, defaults.payment_method_type)?,
            billing_address_id: given_id::<_>(defaults.billing_address_id, "defaults.billing_address_id")?,
            shipping_address_id: given_id::<_>(defaults.shipping_address_id, "defaults.shipping_address_id")?,
        })
    }
}

fn default_method(id: Option<String>, kind: Option<String>) -> Result<Option<(PaymentMethodId, MethodType)>> {
    const ID: &str = "defaults.payment_method_id";
    const TYPE: &str = "defaults.payment_method_type";
    match (given_id(id, ID)?, kind.filter(|text| !text.is_empty())) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(Error::invalid(ID, "is required with payment_method_type")),
        (Some(_), None) => Err(Error::invalid(TYPE, "is required with payment_method_id")),
        (Some(id), Some(kind)) => {
            let kind = MethodType::parse(&kind).ok_or_else(|| Error::invalid(TYPE, "must be \"card\" or \"ach\""))?;
            Ok(Some((id, kind)))
        }
    }
}

fn given_id<K: Kind>(text: Option<String>, field: &str) -> Result<Option<Id<K>>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    Id::parse(&text).map(Some).ok_or_else(|| Error::invalid(field, "is not an id"))
}

/// An address in a request; what is not given is empty in a new address and stays in an old one.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewAddress {
    /// At most 50 characters.
    #[schema(max_length = 50, example = "John")]
    pub first_name: Option<String>,
    /// At most 50 characters.
    #[schema(max_length = 50, example = "Smith")]
    pub last_name: Option<String>,
    /// At most 100 characters.
    #[schema(max_length = 100, example = "Some Business")]
    pub company: Option<String>,
    /// At most 100 characters.
    #[serde(alias = "address_line_1")]
    #[schema(max_length = 100, example = "123 Some St")]
    pub line_1: Option<String>,
    /// At most 100 characters.
    #[serde(alias = "address_line_2")]
    #[schema(max_length = 100, example = "STE 1")]
    pub line_2: Option<String>,
    /// At most 50 characters.
    #[schema(max_length = 50, example = "Some Town")]
    pub city: Option<String>,
    /// At most 50 characters.
    #[schema(max_length = 50, example = "IL")]
    pub state: Option<String>,
    /// At most 20 characters.
    #[schema(max_length = 20, example = "60187")]
    pub postal_code: Option<String>,
    /// Two letters, or "".
    #[schema(pattern = "^([A-Za-z]{2})?$", example = "US")]
    pub country: Option<String>,
    /// `name@host.tld`, at most 254 characters, or "".
    #[schema(max_length = 254, format = Email, example = "user@somesite.com")]
    pub email: Option<String>,
    /// At most 20 digits; spaces, hyphens, dots, slashes and brackets are dropped, a leading plus stays.
    #[schema(pattern = "^\\+?([ ./()-]*[0-9]){0,20}[ ./()-]*$", example = "5555555555")]
    pub phone: Option<String>,
    /// As `phone`.
    #[schema(pattern = "^\\+?([ ./()-]*[0-9]){0,20}[ ./()-]*$", example = "5555555555")]
    pub fax: Option<String>,
}

impl NewAddress {
    /// A new address.
    pub fn into_address(self) -> Address {
        Address {
            first_name: self.first_name.unwrap_or_default(),
            last_name: self.last_name.unwrap_or_default(),
            company: self.company.unwrap_or_default(),
            line_1: self.line_1.unwrap_or_default(),
            line_2: self.line_2.unwrap_or_default(),
            city: self.city.unwrap_or_default(),
            state: self.state.unwrap_or_default(),
            postal_code: self.postal_code.unwrap_or_default(),
            country: self.country.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            fax: self.fax.unwrap_or_default(),
        }
    }

    /// A change of an old one.
    pub fn into_change(self) -> ChangeAddress {
        let Self { first_name, last_name, company, line_1, line_2, city, .. } = self;
        let Self { state, postal_code, country, email, phone, fax, .. } = self;
        ChangeAddress {
            first_name,
            last_name,
            company,
            line_1,
            line_2,
            city,
            state,
            postal_code,
            country,
            email,
            phone,
            fax,
        }
    }
}

/// A customer's record.
#[derive(Serialize, ToSchema)]
pub struct VaultRecord {
    /// The customer's id.
    pub id: String,
    /// The merchant's id.
    pub owner_id: String,
    /// The record.
    pub data: VaultData,
    /// When it was made.
    pub created_at: String,
    /// When anything in it last changed.
    pub updated_at: String,
    /// The address that this request added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_address_id: Option<String>,
    /// The payment method that this request added.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_payment_method_id: Option<String>,
}

/// What is in a record.
#[derive(Serialize, ToSchema)]
pub struct VaultData {
    /// The customer.
    pub customer: VaultCustomer,
}

/// A customer.
#[derive(Serialize, ToSchema)]
pub struct VaultCustomer {
    /// Oldest first.
    pub addresses: Vec<StoredAddress>,
    /// What is used where a charge names nothing: what was chosen, else the oldest.
    pub defaults: StoredDefaults,
    /// What you said of them.
    pub description: String,
    /// More of it.
    pub notes: String,
    /// Marks.
    pub flags: Vec<String>,
    /// Payment methods.
    pub payments: StoredPayments,
}

/// Payment methods, oldest first.
#[derive(Serialize, ToSchema)]
pub struct StoredPayments {
    /// Bank accounts.
    pub ach: Vec<StoredAch>,
    /// Cards.
    pub cards: Vec<StoredCard>,
}

/// A stored address.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it; what may be in them stands at NewAddress")]
pub struct StoredAddress {
    pub city: String,
    pub company: String,
    pub country: String,
    pub email: String,
    pub fax: String,
    pub first_name: String,
    /// Base64 of the SHA-256 of the normalised address.
    pub hash: String,
    pub id: String,
    pub last_name: String,
    pub line_1: String,
    pub line_2: String,
    pub phone: String,
    pub postal_code: String,
    pub state: String,
}

/// Ids of the defaults, "" where there is nothing stored.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct StoredDefaults {
    pub billing_address_id: String,
    pub payment_method_id: String,
    pub payment_method_type: String,
    pub shipping_address_id: String,
}

/// How the last month of a card is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ExpiryForm {
    /// "2020-12-31T00:00:00Z": the last day of the month.
    MonthEnd,
    /// "12/20": in what a search found.
    MonthYear,
}

impl VaultRecord {
    /// The record with a card's expiry in `form`.
    pub fn of(record: CustomerRecord, form: ExpiryForm) -> Self {
        let defaults = StoredDefaults::of(&record);
        let CustomerRecord { owner_id, customer, addresses, methods } = record;
        let Customer {
            id,
            description,
            notes,
            flags,
            profile: _,  /* fermata's */
            defaults: _, /* above */
            created_at,
            updated_at,
            language: _, // not in this API
        } = customer;
        let payments = StoredPayments {
            ach: methods.iter().filter_map(StoredAch::of).collect(),
            cards: methods.iter().filter_map(|method| StoredCard::of(method, form)).collect(),
        };
        let customer = VaultCustomer {
            addresses: addresses.into_iter().map(StoredAddress::from).collect(),
            defaults,
            description,
            notes,
            flags: flags.into_iter().map(|flag| flag.as_str().to_owned()).collect(),
            payments,
        };
        Self {
            id: id.as_str().to_owned(),
            owner_id: owner_id.as_str().to_owned(),
            data: VaultData { customer },
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
            created_address_id: None,
            created_payment_method_id: None,
        }
    }

    /// The record after an address was added.
    pub fn with_new_address(record: CustomerRecord, id: &AddressId) -> Self {
        Self { created_address_id: Some(id.as_str().to_owned()), ..Self::from(record) }
    }

    /// The record after a payment method was added.
    pub fn with_new_method(record: CustomerRecord, id: &PaymentMethodId) -> Self {
        Self { created_payment_method_id: Some(id.as_str().to_owned()), ..Self::from(record) }
    }
}

impl From<CustomerRecord> for VaultRecord {
    fn from(record: CustomerRecord) -> Self {
        Self::of(record, ExpiryForm::MonthEnd)
    }
}

impl StoredDefaults {
    fn of(record: &CustomerRecord) -> Self {
        let address = |address: Option<&CustomerAddress>| address.map_or(String::new(), |a| a.id.as_str().to_owned());
        let method = record.default_method();
        Self {
            billing_address_id: address(record.default_billing()),
            payment_method_id: method.map_or(String::new(), |method| method.id.as_str().to_owned()),
            payment_method_type: method.map_or(String::new(), |method| method.method_type().as_str().to_owned()),
            shipping_address_id: address(record.default_shipping()),
        }
    }
}

impl From<CustomerAddress> for StoredAddress {
    fn from(address: CustomerAddress) -> Self {
        let CustomerAddress { id, customer_id: _, postal, hash, created_at: _, updated_at: _ } = address;
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = postal.clone();
        let Address { state, postal_code, country, email, phone, fax, .. } = postal;
        Self {
            city,
            company,
            country,
            email,
            fax,
            first_name,
            hash: STANDARD.encode(hash),
            id: id.as_str().to_owned(),
            last_name,
            line_1,
            line_2,
            phone,
            postal_code,
            state,
        }
    }
}
