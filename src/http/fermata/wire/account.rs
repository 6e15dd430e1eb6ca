//! Accounts: the customers of the merchant, as this API shows them.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::plan::{TreasuryNextPlan, amounts, attached};
use super::{Amount, Instant, given, instant, metadata, value_of};
use crate::app::account::{Account, CreateAccount};
use crate::app::customer::{ChangeCustomer, ChangeProfile, CreateCustomer};
use crate::app::payment_method::NewMethod;
use crate::domain::customer::{Customer, CustomerRecord, Profile};
use crate::domain::id::{CustomerId, base62};
use crate::domain::payment_method::{MethodDetails, PaymentMethod};
use crate::domain::prepaid_plan::Cadence;
use crate::error::Result;

/// A new account.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewTreasuryAccount {
    /// Name.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*$", example = "Ada")]
    name: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 254, pattern = r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$", example = "ada@example.com")]
    email: Option<String>,
    /// Their id at Stripe; one is made where it is left out.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 255, pattern = r"^[^\x00-\x1f\x7f]*$", example = "cus_4QFJOjw2pOmAGJ")]
    stripe_id: Option<String>,
    /// Any JSON value of yours, at most 16 kB.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Value)]
    metadata: Option<Value>,
    /// A token of the processor that stands for a card.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 100, example = "tok_visa")]
    token: Option<String>,
    /// Whether the customer gets a page to enter a card; true, false or 1.
    #[serde(deserialize_with = "yes_no")]
    #[schema(value_type = bool, example = true)]
    enable_card_collector: Option<bool>,
    /// The plan to attach; one that costs something needs `token` or `enable_card_collector`.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 42, pattern = r"^p_[A-Za-z0-9._^-]+$", example = "p_0Qk1s3bTz8Yw2LmN")]
    plan_id: Option<String>,
    /// How often it renews; as the plan does first where it is left out.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    plan_renewal_cadence: Option<String>,
    /// Units beyond the plan's, by denomination.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = BTreeMap<String, Amount>)]
    plan_variable_amounts: Option<BTreeMap<String, i64>>,
}

/// A yes that some clients write as 1.
fn yes_no<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    let value = Value::deserialize(from)?;
    match (value.as_bool(), value.as_i64()) {
        (Some(yes), _) => Ok(Some(yes)),
        (None, Some(number @ (0 | 1))) => Ok(Some(number == 1)),
        _ => Err(D::Error::custom("expected true, false or 1")),
    }
}

impl NewTreasuryAccount {
    /// The command.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self) -> Result<CreateAccount> {
        let Self { name, email, stripe_id, metadata: value, token, enable_card_collector, .. } = self;
        let plan = attached(self.plan_id, self.plan_renewal_cadence, self.plan_variable_amounts)?;
        let profile = Profile { name, email, stripe_id, metadata_json: metadata(value)? };
        let method = token.map(NewMethod::Token);
        let customer = CreateCustomer { profile, method, ..CreateCustomer::default() };
        let has_card_collector = enable_card_collector.unwrap_or(false);
        Ok(CreateAccount { customer, has_card_collector, plan })
    }
}

/// What to change of an account; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TreasuryAccountChange {
    /// Name.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 200, pattern = r"^[^\x00-\x1f\x7f]*$", example = "Ada")]
    name: Option<String>,
    /// E-mail address.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 254, pattern = r"^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$", example = "ada@example.com")]
    email: Option<String>,
    /// Their id at Stripe.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = String, max_length = 255, pattern = r"^[^\x00-\x1f\x7f]*$", example = "cus_4QFJOjw2pOmAGJ")]
    stripe_id: Option<String>,
    /// Any JSON value of yours, at most 16 kB.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Value)]
    metadata: Option<Value>,
}

impl TreasuryAccountChange {
    /// The command.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self) -> Result<ChangeCustomer> {
        let Self { name, email, stripe_id, metadata: value } = self;
        let metadata_json = value.map(|value| metadata(Some(value))).transpose()?;
        let profile = ChangeProfile { name, email, stripe_id, metadata_json };
        Ok(ChangeCustomer { profile, ..ChangeCustomer::default() })
    }
}

/// The card that pays from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTreasuryCard {
    /// A token of the processor that stands for it.
    #[schema(max_length = 100, example = "tok_visa")]
    pub token: String,
}

/// A card, as people may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryCard {
    /// Its scheme.
    #[schema(max_length = 20, example = "visa")]
    brand: String,
    /// Its last four digits.
    #[schema(pattern = r"^\d{4}$", example = "4242")]
    last_four: String,
    /// Its last month.
    #[schema(pattern = r"^\d\d/\d\d$", example = "12/29")]
    expires: String,
}

impl TreasuryCard {
    fn of(method: &PaymentMethod) -> Option<Self> {
        let MethodDetails::Card { brand, expiry } = &method.details else { return None };
        let brand = brand.as_str().to_owned();
        Some(Self { brand, last_four: method.last_four.clone(), expires: expiry.to_mm_yy() })
    }
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryAccount {
    /// Its id.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// The company's id.
    #[schema(pattern = r"^c_[A-Za-z0-9._^-]+$", example = "c_0Qk1s3bTz8Yw2LmN")]
    company_id: String,
    /// Name.
    #[schema(max_length = 255, example = "Ada")]
    name: Option<String>,
    /// E-mail address.
    #[schema(max_length = 254, example = "ada@example.com")]
    email: Option<String>,
    /// Their id at Stripe.
    #[schema(max_length = 255, example = "cus_4QFJOjw2pOmAGJ")]
    stripe_id: String,
    /// Any JSON value of yours.
    metadata: Value,
    /// The billing address of the vault, where there is one.
    #[schema(max_length = 40, example = "0Qk1s3bTz8Yw2LmN")]
    billing_address_id: Option<String>,
    /// The card that pays.
    card: Option<TreasuryCard>,
    /// Where the customer enters a card, once.
    #[schema(max_length = 500, example = "https://billing.example.com/card/2f")]
    card_collector_url: Option<String>,
    /// The plan.
    #[schema(max_length = 42, example = "p_0Qk1s3bTz8Yw2LmN")]
    plan_id: Option<String>,
    /// What the plan is doing.
    #[schema(pattern = "^(NONE|AWAITING_CARD|ACTIVE|PAST_DUE|FAILED)$", example = "NONE")]
    plan_status: String,
    /// How often it renews.
    #[schema(pattern = "^(MONTHLY|YEARLY)$", example = "MONTHLY")]
    plan_renewal_cadence: String,
    /// Units beyond the plan's, by denomination.
    #[schema(value_type = BTreeMap<String, Amount>)]
    plan_variable_amounts: BTreeMap<String, i64>,
    /// What later plan charges have paid for already, minor units.
    #[schema(value_type = Amount)]
    plan_credit: i64,
    /// What the next renewal brings.
    next_plan: Option<TreasuryNextPlan>,
    /// When the plan last renewed.
    #[schema(value_type = Option<Instant>)]
    last_plan_renewal: Option<String>,
    /// When it renews next.
    #[schema(value_type = Option<Instant>)]
    next_plan_renewal: Option<String>,
    /// The plan's flags.
    #[schema(max_items = 1)]
    flags: Vec<Value>,
    /// When it was made.
    #[schema(value_type = Instant)]
    created_at: String,
    /// When it last changed.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl From<Account> for TreasuryAccount {
    fn from(Account { record, card_collector_url, plan, plan_flags_json }: Account) -> Self {
        let billing = record.default_billing();
        let person = billing
            .map(|address| format!("{} {}", address.postal.first_name, address.postal.last_name).trim().to_owned());
        let address_email = billing.map(|address| address.postal.email.clone());
        let told = |text: Option<String>| text.filter(|text| !text.is_empty());
        let card = record.default_card().and_then(TreasuryCard::of);
        let billing_address_id = billing.map(|address| address.id.as_str().to_owned());
        let CustomerRecord { owner_id, customer, addresses: _ /* above */, methods: _ /* above */ } = record;
        let Customer {
            id,
            description: _, // the vault's
            notes: _,       // the vault's
            flags: _,       // the vault's
            profile: Profile { name, email, stripe_id, metadata_json },
            defaults: _, // above
            created_at,
            language: _, // not in this API
            updated_at,
        } = customer;
        Self {
            stripe_id: stripe_id.unwrap_or_else(|| made_stripe_id(&id)),
            id: format!("a_{id}"),
            company_id: format!("c_{owner_id}"),
            name: name.or(told(person)),
            email: email.or(told(address_email)),
            metadata: value_of(&metadata_json),
            billing_address_id,
            card,
            card_collector_url,
            last_plan_renewal: plan.calendar.map(|calendar| instant(calendar.last_renewal())),
            next_plan_renewal: plan.running().map(|calendar| instant(calendar.next_renewal())),
            plan_id: plan.plan_id().map(|id| format!("p_{id}")),
            plan_status: plan.status.as_str().to_owned(),
            plan_renewal_cadence: plan
                .terms
                .as_ref()
                .map_or(Cadence::Monthly, |terms| terms.cadence)
                .as_str()
                .to_owned(),
            plan_variable_amounts: plan.terms.as_ref().map(|terms| amounts(&terms.variable)).unwrap_or_default(),
            plan_credit: plan.credit,
            next_plan: plan.next.map(TreasuryNextPlan::from),
            flags: vec![value_of(&plan_flags_json)],
            created_at: instant(created_at),
            updated_at: (updated_at != created_at).then(|| instant(updated_at)),
        }
    }
}

/// `cus_` and 14 characters that follow from our id, for who has none at Stripe.
fn made_stripe_id(id: &CustomerId) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("stripe id of {id}")).into();
    let (head, _) = digest.split_at(16);
    let number = head.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    format!("cus_{}", base62(number, 14))
}
