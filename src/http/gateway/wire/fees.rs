//! `POST /api/lookup/fees`: what it asks and what it answers.

use serde::Serialize;
use utoipa::ToSchema;

use super::given::{at_least_zero, given, required};
use crate::app::fees::{AskedCard, Fees, LookUpFees};
use crate::domain::fees::Tender;
use crate::domain::id::{Id, Kind};
use crate::domain::money::Money;
use crate::domain::text::line;
use crate::domain::transaction::adjustment::Adjustment;
use crate::error::{Error, Result};

/// Longest state, characters.
const STATE_MAX: usize = 50;
/// Longest type, characters.
const TYPE_MAX: usize = 50;

given! {
    /// Which payment.
    FeesForm {
        /// "integrations".
        #[serde(rename = "type")]
        #[schema(rename = "type")]
        kind: String,
        /// Kept for clients that send it; has no effect.
        type_id: String,
        /// State of the billing address: "IL".
        state: String,
        /// 6 to 19 digits of the card.
        bin: String,
        /// The stored customer who pays.
        customer_id: String,
        /// The stored payment method; the customer's default where it is not given.
        payment_id: String,
        /// "card" or "ach".
        payment_method: String,
        /// Minor units.
        base_amount: Option<i64>,
    }
}

impl FeesForm {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<LookUpFees> {
        line("type", required("type", &self.kind)?, TYPE_MAX)?;
        let base = self.base_amount.ok_or_else(|| Error::invalid("base_amount", "is required"))?;
        Ok(LookUpFees {
            base_minor: at_least_zero("base_amount", base)?,
            tender: tender(&self.payment_method)?,
            card: AskedCard {
                first_six: first_six("bin", &self.bin)?,
                country: String::new(),
                state: line("state", &self.state, STATE_MAX)?,
            },
            customer_id: id("customer_id", &self.customer_id)?,
            payment_method_id: id("payment_id", &self.payment_id)?,
        })
    }
}

/// "card" or "ach".
///
/// # Errors
/// `Invalid` naming `payment_method`.
pub(super) fn tender(text: &str) -> Result<Tender> {
    match text {
        "card" => Ok(Tender::Card),
        "ach" => Ok(Tender::Ach),
        "" => Err(Error::invalid("payment_method", "is required")),
        _ => Err(Error::invalid("payment_method", "must be \"card\" or \"ach\"")),
    }
}

/// The first six of 6 to 19 digits: the rest is nobody's business and goes no further.
///
/// # Errors
/// `Invalid` naming `field`; never with the digits.
pub(super) fn first_six(field: &str, digits: &str) -> Result<String> {
    if digits.is_empty() {
        return Ok(String::new());
    }
    if !(6..=19).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Error::invalid(field, "must be 6 to 19 digits"));
    }
    Ok(digits.chars().take(6).collect())
}

fn id<K: Kind>(field: &str, text: &str) -> Result<Option<Id<K>>> {
    if text.is_empty() {
        return Ok(None);
    }
    Id::parse(text).map(Some).ok_or_else(|| Error::invalid(field, "is not an id"))
}

/// The fees of a payment. Amounts are minor units.
#[derive(Serialize, ToSchema)]
pub struct FeesBody {
    /// Service fee.
    pub service_fee: i64,
    /// The merchant's payment adjustment.
    pub payment_adjustment: FeesAdjustment,
    /// The base with every fee, less the discount.
    pub requested_amount: i64,
    /// Cash discount; null where there is none.
    pub discount_amount: Option<i64>,
    /// Surcharge.
    pub surcharge: i64,
}

/// An adjustment as the merchant set it.
#[derive(Serialize, ToSchema)]
pub struct FeesAdjustment {
    /// Minor units, or thousandths of a percent.
    pub value: i64,
    /// "flat", "percentage", or "" where there is none.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

impl From<Fees> for FeesBody {
    fn from(fees: Fees) -> Self {
        let Fees { calculation, payment_adjustment } = fees;
        let minor = |amount: Option<Money>| amount.map(Money::minor);
        let (value, kind) = match payment_adjustment {
            None => (0, ""),
            Some(Adjustment::Flat(amount)) => (amount.minor(), "flat"),
            Some(Adjustment::Percentage(rate)) => (i64::from(rate.thousandths()), "percentage"),
        };
        Self {
            service_fee: minor(calculation.service_fee.included).unwrap_or(0),
            payment_adjustment: FeesAdjustment { value, kind },
            requested_amount: calculation.total.minor(),
            discount_amount: minor(calculation.discount.included),
            surcharge: minor(calculation.surcharge.included).unwrap_or(0),
        }
    }
}
