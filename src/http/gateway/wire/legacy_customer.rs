//! `/api/customer`: the records of `/api/vault` in the older words that clients still speak.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::customer::{CustomerChange, CustomerMark, DefaultsChange, NewAddress, NewCustomer};
use super::payment_method::{AchBody, CardBody, MethodMark, NewPayment, TokenBody};
use crate::app::customer::{ChangeCustomer, CreateCustomer};
use crate::app::payment_method::{ChangeMethod, NewMethod};
use crate::domain::address::{Address, CustomerAddress};
use crate::domain::customer::{Customer, CustomerRecord};
use crate::domain::payment_method::{MethodDetails, MethodType, PaymentMethod};
use crate::error::{Error, Result};

/// `POST /api/customer`.
#[derive(Deserialize, ToSchema, Default)]
pub struct LegacyNewCustomer {
    /// Your own id: 2-40 characters `[A-Za-z0-9.^_-]`; one is made where there is none.
    #[schema(pattern = "^([A-Za-z0-9.^_-]{2,40})?$", example = "")]
    pub id: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "test description")]
    pub description: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub notes: Option<String>,
    /// "surcharge_exempt".
    #[schema(value_type = Option<Vec<CustomerMark>>, example = json!([]))]
    pub flags: Option<Vec<String>>,
    /// Exactly one of its parts.
    pub payment_method: Option<NewPayment>,
    /// Also used for shipping where no other is given.
    pub billing_address: Option<NewAddress>,
    /// Also used for billing where no other is given.
    pub shipping_address: Option<NewAddress>,
}

impl LegacyNewCustomer {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<CreateCustomer> {
        let Self { id, description, notes, flags, payment_method, billing_address, shipping_address } = self;
        let new = NewCustomer {
            id,
            id_format: None,
            description,
            notes,
            flags,
            default_payment: payment_method,
            default_billing_address: billing_address,
            default_shipping_address: shipping_address,
        };
        new.into_command()
    }
}

/// `POST /api/customer/{id}`; what is not given, or "", stays.
#[derive(Deserialize, ToSchema, Default)]
pub struct LegacyCustomerChange {
    /// At most 255 characters.
    #[schema(max_length = 255, example = "test description")]
    pub description: Option<String>,
    /// At most 255 characters.
    #[schema(max_length = 255, example = "")]
    pub notes: Option<String>,
    /// All marks the customer has from now on.
    #[schema(value_type = Option<Vec<CustomerMark>>, example = json!([]))]
    pub flags: Option<Vec<String>>,
    /// "card" or "ach"; with `payment_method_id`.
    #[serde(alias = "payment_method_type")]
    #[schema(pattern = "^(card|ach)?$", example = "")]
    pub payment_method: Option<String>,
    /// Id of the stored payment method that is the default from now on.
    #[schema(max_length = 40, example = "")]
    pub payment_method_id: Option<String>,
    /// Id of the stored address that is the default from now on.
    #[schema(max_length = 40, example = "")]
    pub billing_address_id: Option<String>,
    /// Id of the stored address that is the default from now on.
    #[schema(max_length = 40, example = "")]
    pub shipping_address_id: Option<String>,
}

impl LegacyCustomerChange {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<ChangeCustomer> {
        let defaults = DefaultsChange {
            billing_address_id: self.billing_address_id,
            shipping_address_id: self.shipping_address_id,
            payment_method_id: self.payment_method_id,
            payment_method_type: self.payment_method,
        };
        let Self { description, notes, flags, .. } = self;
        CustomerChange { description, notes, flags, defaults: Some(defaults) }.into_command()
    }
}

/// Which payment methods a path speaks of.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LegacyMethods {
    /// The customer's id.
    #[param(example = "02Y4EkBqDdSWvGhN")]
    pub id: String,
    /// "card" or "ach"; also "token", to add the method that a token stands for.
    #[param(pattern = "^(card|ach|token)$", example = "card")]
    pub kind: String,
}

/// Which payment method a path speaks of.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LegacyMethodPath {
    /// The customer's id.
    #[param(example = "02Y4EkBqDdSWvGhN")]
    pub id: String,
    /// "card" or "ach".
    #[param(pattern = "^(card|ach)$", example = "card")]
    pub kind: String,
    /// The payment method's id.
    #[param(example = "02Y4EkBqDdSWvGhN")]
    pub method_id: String,
}

/// A payment method, or a change of one: its parts as they are, or within `card` or `ach` as the path says.
#[derive(Deserialize, ToSchema, Default)]
pub struct LegacyMethod {
    /// A card.
    pub card: Option<CardBody>,
    /// A bank account.
    pub ach: Option<AchBody>,
    /// 12 to 19 digits with their check digit.
    #[serde(alias = "number")]
    #[schema(value_type = Option<String>, example = "4111111111111111")]
    pub card_number: Option<Zeroizing<String>>,
    /// "MM/YY" or "MMYY"; a month that is over is stored too.
    #[schema(pattern = "^((0[1-9]|1[0-2])/?[0-9]{2})?$", example = "12/30")]
    pub expiration_date: Option<String>,
    /// 4 to 17 digits.
    #[schema(value_type = Option<String>, example = "999999")]
    pub account_number: Option<Zeroizing<String>>,
    /// 9 digits with their check digit.
    #[schema(pattern = "^([0-9]{9})?$", example = "490000018")]
    pub routing_number: Option<String>,
    /// "checking" or "savings".
    #[schema(pattern = "^(checking|savings)?$", example = "checking")]
    pub account_type: Option<String>,
    /// "web", "ccd" or "ppd".
    #[schema(pattern = "^(web|ccd|ppd)?$", example = "web")]
    pub sec_code: Option<String>,
    /// Stands for a card.
    #[schema(example = "tok_visa")]
    pub token: Option<String>,
    /// Marks, in a change: all that the method has from now on.
    #[schema(value_type = Option<Vec<MethodMark>>, example = json!([]))]
    pub flags: Option<Vec<String>>,
}

impl LegacyMethod {
    /// A new method of the kind that the path says.
    ///
    /// # Errors
    /// `Invalid` naming the part; `NotFound` for another kind.
    pub fn into_method(self, kind: &str) -> Result<NewMethod> {
        if kind == "token" {
            let token = self.token.filter(|text| !text.is_empty());
            let token = token.ok_or_else(|| Error::invalid("token", "is required"))?;
            return TokenBody { token, flags: self.flags }.into_method();
        }
        match method_type(kind)? {
            MethodType::Card => self.into_card(CardBody::into_method),
            MethodType::Ach => self.into_ach(AchBody::into_method),
        }
    }

    /// A change of a method of this type.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_change(self, kind: MethodType) -> Result<ChangeMethod> {
        match kind {
            MethodType::Card => self.into_card(CardBody::into_change),
            MethodType::Ach => self.into_ach(AchBody::into_change),
        }
    }

    fn into_card<T>(self, read: impl FnOnce(CardBody) -> Result<T>) -> Result<T> {
        if let Some(card) = self.card {
            return read(card).map_err(|why| why.under("card"));
        }
        let Self { card_number, expiration_date, flags, .. } = self;
        read(CardBody { number: None, card_number, expiration_date, flags })
    }

    fn into_ach<T>(self, read: impl FnOnce(AchBody) -> Result<T>) -> Result<T> {
        if let Some(ach) = self.ach {
            return read(ach).map_err(|why| why.under("ach"));
        }
        let Self { account_number, routing_number, account_type, sec_code, flags, .. } = self;
        read(AchBody { account_number, routing_number, account_type, sec_code, flags })
    }
}

/// The type that a path says.
///
/// # Errors
/// `NotFound` for another word.
pub fn method_type(kind: &str) -> Result<MethodType> {
    MethodType::parse(kind).ok_or_else(|| Error::not_found("payment method type", kind))
}

/// A refusal in the words of this surface: its fields have other names than the vault's.
pub fn in_legacy_words(why: Error) -> Error {
    let Error::Invalid { field, problem } = why else { return why };
    let field = match field.as_str() {
        "defaults.payment_method_type" => "payment_method".to_owned(),
        other => {
            let under = other.strip_prefix("defaults.").or_else(|| other.strip_prefix("default_payment."));
            let other = match (under, other.strip_prefix("default_payment.")) {
                (_, Some(part)) => format!("payment_method.{part}"),
                (Some(part), None) => part.to_owned(),
                (None, None) => other.strip_prefix("default_").unwrap_or(other).to_owned(),
            };
            other.replace("line_", "address_line_")
        }
    };
    Error::Invalid { field, problem: problem.replace("payment_method_type", "payment_method") }
}

/// A list with both names of its counter.
#[derive(Serialize, ToSchema)]
pub struct LegacyList<T> {
    /// "success".
    #[schema(example = "success")]
    pub status: String,
    /// "success".
    #[schema(example = "success")]
    pub msg: String,
    /// How many there are in all.
    #[schema(example = 1)]
    pub count: u64,
    /// As `count`.
    #[schema(example = 1)]
    pub total_count: u64,
    /// Oldest first; what a search found newest first, and null where it found nothing.
    pub data: Option<Vec<T>>,
}

impl<T> LegacyList<T> {
    /// All of them.
    pub fn of(data: Vec<T>) -> Self {
        let total = u64::try_from(data.len()).unwrap_or(u64::MAX);
        Self::page(Some(data), total)
    }

    /// What a search found of `total`.
    pub fn found(data: Vec<T>, total: u64) -> Self {
        Self::page(Some(data).filter(|rows| !rows.is_empty()), total)
    }

    fn page(data: Option<Vec<T>>, total: u64) -> Self {
        Self { status: "success".to_owned(), msg: "success".to_owned(), count: total, total_count: total, data }
    }
}

/// A customer with its defaults.
#[derive(Serialize, ToSchema)]
pub struct LegacyCustomer {
    /// Its id.
    #[schema(example = "02Y4EkBqDdSWvGhN")]
    pub id: String,
    /// What you said of them.
    pub description: String,
    /// More of it.
    pub notes: String,
    /// Marks.
    #[schema(example = json!(["surcharge_exempt"]))]
    pub flags: Vec<String>,
    /// What is charged where nothing is named.
    pub payment_method: LegacyStored,
    /// "card", "ach", or "" where there is none.
    #[schema(example = "card")]
    pub payment_method_type: String,
    /// What is used where nothing is named; null where there is none.
    pub billing_address: Option<LegacyAddress>,
    /// What is used where nothing is named; null where there is none.
    pub shipping_address: Option<LegacyAddress>,
    /// When it was made.
    pub created_at: String,
    /// When anything in it last changed.
    pub updated_at: String,
}

/// A payment method; the other of the two is null.
#[derive(Serialize, ToSchema)]
pub struct LegacyStored {
    /// A card.
    pub card: Option<LegacyCard>,
    /// A bank account.
    pub ach: Option<LegacyAch>,
}

/// One payment method as it is.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum LegacyShown {
    /// A card.
    Card(LegacyCard),
    /// A bank account.
    Ach(LegacyAch),
}

/// A stored card.
#[derive(Serialize, ToSchema)]
pub struct LegacyCard {
    /// Its id.
    pub id: String,
    /// "visa".
    #[schema(example = "visa")]
    pub card_type: String,
    /// The first six digits.
    #[schema(example = "411111")]
    pub first_six: String,
    /// The last four digits.
    #[schema(example = "1111")]
    pub last_four: String,
    /// "411111******1111".
    #[schema(example = "411111******1111")]
    pub masked_card: String,
    /// "12/30".
    #[schema(example = "12/30")]
    pub expiration_date: String,
    /// Marks.
    pub flags: Vec<String>,
    /// The processor that charges it; "" for the default one.
    pub processor_id: String,
    /// When it was added.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// A stored bank account.
#[derive(Serialize, ToSchema)]
pub struct LegacyAch {
    /// Its id.
    pub id: String,
    /// "web", "ccd" or "ppd".
    #[schema(example = "web")]
    pub sec_code: String,
    /// "checking" or "savings".
    #[schema(example = "checking")]
    pub account_type: String,
    /// "******1234".
    #[schema(example = "******1234")]
    pub masked_account_number: String,
    /// 9 digits.
    #[schema(example = "490000018")]
    pub routing_number: String,
    /// Marks.
    pub flags: Vec<String>,
    /// The processor that charges it; "" for the default one.
    pub processor_id: String,
    /// When it was added.
    pub created_at: String,
    /// When it last changed.
    pub updated_at: String,
}

/// A stored address.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it; what may be in them stands at NewAddress")]
pub struct LegacyAddress {
    pub id: String,
    pub customer_id: String,
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub address_line_1: String,
    pub address_line_2: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    pub country: String,
    pub email: String,
    pub phone: String,
    pub fax: String,
    pub created_at: String,
    pub updated_at: String,
}

impl From<CustomerRecord> for LegacyCustomer {
    fn from(record: CustomerRecord) -> Self {
        let (method, billing) = (record.default_method(), record.default_billing());
        let payment_method = method.map_or(LegacyStored { card: None, ach: None }, LegacyStored::of);
        let payment_method_type = method.map_or("", |method| method.method_type().as_str()).to_owned();
        let billing_address = billing.cloned().map(LegacyAddress::from);
        let shipping_address = record.default_shipping().cloned().map(LegacyAddress::from);
        let CustomerRecord { owner_id: _ /* this surface has none */, customer, addresses: _, methods: _ } = record;
        // Of another API's is the profile; the defaults are above.
        let Customer { id, description, notes, flags, profile: _, language: _, defaults: _, created_at, updated_at } =
            customer;
        Self {
            id: id.as_str().to_owned(),
            description,
            notes,
            flags: flags.into_iter().map(|flag| flag.as_str().to_owned()).collect(),
            payment_method,
            payment_method_type,
            billing_address,
            shipping_address,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl LegacyStored {
    /// The method under the name of its type.
    pub fn of(method: &PaymentMethod) -> Self {
        match LegacyShown::of(method) {
            LegacyShown::Card(card) => Self { card: Some(card), ach: None },
            LegacyShown::Ach(ach) => Self { card: None, ach: Some(ach) },
        }
    }
}

impl LegacyShown {
    /// The method by itself.
    pub fn of(method: &PaymentMethod) -> Self {
        let id = method.id.as_str().to_owned();
        let flags = method.flags.iter().map(|flag| flag.as_str().to_owned()).collect();
        let processor_id = method.processor_id.clone();
        let (created_at, updated_at) = (method.created_at.to_string(), method.updated_at.to_string());
        match &method.details {
            MethodDetails::Card { brand, expiry } => Self::Card(LegacyCard {
                id,
                card_type: brand.as_str().to_owned(),
                first_six: method.masked.chars().take(6).collect(),
                last_four: method.last_four.clone(),
                masked_card: method.masked.clone(),
                expiration_date: expiry.to_mm_yy(),
                flags,
                processor_id,
                created_at,
                updated_at,
            }),
            MethodDetails::Ach { routing_number, account_type, sec_code } => Self::Ach(LegacyAch {
                id,
                sec_code: sec_code.as_str().to_owned(),
                account_type: account_type.as_str().to_owned(),
                masked_account_number: method.masked.clone(),
                routing_number: routing_number.as_str().to_owned(),
                flags,
                processor_id,
                created_at,
                updated_at,
            }),
        }
    }
}

impl From<CustomerAddress> for LegacyAddress {
    fn from(address: CustomerAddress) -> Self {
        let CustomerAddress { id, customer_id, postal, hash: _ /* of the vault only */, created_at, updated_at } =
            address;
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = postal.clone();
        let Address { state, postal_code, country, email, phone, fax, .. } = postal;
        Self {
            id: id.as_str().to_owned(),
            customer_id: customer_id.as_str().to_owned(),
            first_name,
            last_name,
            company,
            address_line_1: line_1,
            address_line_2: line_2,
            city,
            state,
            postal_code,
            country,
            email,
            phone,
            fax,
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}
