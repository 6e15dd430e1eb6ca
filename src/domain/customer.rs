//! Customers of the merchant: one record for every API, with addresses, payment methods and defaults.

use super::address::CustomerAddress;
use super::id::{AddressId, CompanyId, CustomerId, PaymentMethodId};
use super::language::Language;
use super::payment_method::{MethodType, PaymentMethod};
use super::time::Timestamp;

/// Longest description and notes, characters (seed gateway, "Create Customer Record").
pub const TEXT_MAX: usize = 255;

/// A mark on a customer (seed gateway, "Create Customer Record").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CustomerFlag {
    /// Never surcharged.
    SurchargeExempt,
}

impl CustomerFlag {
    /// The name on the wire and in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SurchargeExempt => "surcharge_exempt",
        }
    }

    /// Reads what [`CustomerFlag::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::SurchargeExempt.as_str()).then_some(Self::SurchargeExempt)
    }
}

/// What is used where a charge names nothing; set at creation or by an update, never by adding a second one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    /// The payment method.
    pub payment_method_id: Option<PaymentMethodId>,
    /// The billing address.
    pub billing_address_id: Option<AddressId>,
    /// The shipping address.
    pub shipping_address_id: Option<AddressId>,
}

/// Longest name, characters (contract-fermata.md, section 3).
pub const NAME_MAX: usize = 200;
/// Longest id of a customer at another processor, characters.
pub const STRIPE_ID_MAX: usize = 255;

/// What the merchant's own system knows a customer by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Name; `None`: what the default billing address says.
    pub name: Option<String>,
    /// E-mail address; likewise.
    pub email: Option<String>,
    /// Their id at Stripe; `None`: one is made of ours.
    pub stripe_id: Option<String>,
    /// JSON text of any value that the merchant keeps with the customer.
    pub metadata_json: String,
}

impl Default for Profile {
    fn default() -> Self {
        Self { name: None, email: None, stripe_id: None, metadata_json: "{}".to_owned() }
    }
}

/// A customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id, ours or the merchant's own.
    pub id: CustomerId,
    /// What the merchant says of them.
    pub description: String,
    /// More of it.
    pub notes: String,
    /// Marks.
    pub flags: Vec<CustomerFlag>,
    /// What the merchant's own system knows them by.
    pub profile: Profile,
    /// In which language we write to them; `None`: pages as their browser wishes, letters as the company's.
    pub language: Option<Language>,
    /// What was chosen as default; [`CustomerRecord`] knows what stands in where nothing was.
    pub defaults: Defaults,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it, or anything in its record, last changed.
    pub updated_at: Timestamp,
}

/// A customer with everything that is stored with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRecord {
    /// The merchant whose customer it is.
    pub owner_id: CompanyId,
    /// The customer.
    pub customer: Customer,
    /// Its addresses, oldest first.
    pub addresses: Vec<CustomerAddress>,
    /// Its payment methods, oldest first.
    pub methods: Vec<PaymentMethod>,
}

impl CustomerRecord {
    /// The payment method that is charged where none is named: the chosen default, else the oldest one.
    pub fn default_method(&self) -> Option<&PaymentMethod> {
        let chosen = self.customer.defaults.payment_method_id.as_ref();
        self.methods.iter().find(|method| Some(&method.id) == chosen).or_else(|| self.methods.first())
    }

    /// The billing address where none is named: the chosen default, else the oldest one.
    pub fn default_billing(&self) -> Option<&CustomerAddress> {
        let chosen = self.customer.defaults.billing_address_id.as_ref();
        chosen.and_then(|id| self.address(id)).or_else(|| self.addresses.first())
    }

    /// The shipping address where none is named: the chosen default, else the billing address.
    pub fn default_shipping(&self) -> Option<&CustomerAddress> {
        let chosen = self.customer.defaults.shipping_address_id.as_ref();
        chosen.and_then(|id| self.address(id)).or_else(|| self.default_billing())
    }

    /// The card that is charged where none is named, or the newest one.
    pub fn default_card(&self) -> Option<&PaymentMethod> {
        let is_card = |method: &&PaymentMethod| method.method_type() == MethodType::Card;
        let chosen = self.customer.defaults.payment_method_id.as_ref().and_then(|id| self.method(id)).filter(is_card);
        chosen.or_else(|| self.methods.iter().rfind(is_card))
    }

    /// The address with this id.
    pub fn address(&self, id: &AddressId) -> Option<&CustomerAddress> {
        self.addresses.iter().find(|address| address.id == *id)
    }

    /// The payment method with this id.
    pub fn method(&self, id: &PaymentMethodId) -> Option<&PaymentMethod> {
        self.methods.iter().find(|method| method.id == *id)
    }

    /// Whether this address was chosen as a default.
    pub fn is_chosen_address(&self, id: &AddressId) -> bool {
        let Defaults { billing_address_id, shipping_address_id, .. } = &self.customer.defaults;
        billing_address_id.as_ref() == Some(id) || shipping_address_id.as_ref() == Some(id)
    }
}

/// A text to match, or to exclude.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextMatch {
    /// The whole text.
    pub value: String,
    /// Whether what has it is left out.
    pub is_excluded: bool,
}

/// A text that a search may name. Several on the address must hold for the same address.
pub type Wanted = Option<TextMatch>;

/// What to search customers by; everything named must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the fields they match")]
pub struct CustomerFilter {
    pub id: Wanted,
    pub description: Wanted,
    pub address_id: Wanted,
    pub first_name: Wanted,
    pub last_name: Wanted,
    pub company: Wanted,
    pub line_1: Wanted,
    pub line_2: Wanted,
    pub city: Wanted,
    pub state: Wanted,
    pub postal_code: Wanted,
    pub country: Wanted,
    pub email: Wanted,
    pub phone: Wanted,
    pub fax: Wanted,
    pub payment_method_id: Wanted,
    pub payment_method_type: Wanted,
    pub billing_address_id: Wanted,
    pub shipping_address_id: Wanted,
    /// First and last instant of creation, both included.
    pub created: (Option<Timestamp>, Option<Timestamp>),
    /// First and last instant of the last change, both included.
    pub updated: (Option<Timestamp>, Option<Timestamp>),
}

#[cfg(test)]
#[path = "customer_tests.rs"]
mod tests;
