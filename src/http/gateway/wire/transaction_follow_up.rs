//! `POST /api/transaction/{id}/capture`, `/refund` and `/tipadjust`: what requests bring.

use serde::Deserialize;
use utoipa::ToSchema;

use super::given::at_least_zero;
use super::transaction::{ORDER_MAX, ip_address};
use crate::app::transaction::{AdjustTip, CaptureTransaction, RefundTransaction};
use crate::domain::attempt::Change;
use crate::domain::text::line;
use crate::error::{Error, Result};

/// `POST /api/transaction/{id}/capture`: what is not given stays as authorized. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewCapture {
    /// All of it where it is not given.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1000)]
    pub amount: Option<i64>,
    /// Tax in it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    pub tax_amount: Option<i64>,
    /// Shipping in it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    pub shipping_amount: Option<i64>,
    /// Whether it is exempt of tax.
    pub tax_exempt: Option<bool>,
    /// At most 17 characters.
    #[schema(max_length = 17, example = "someOrderID")]
    pub order_id: Option<String>,
    /// At most 17 characters.
    #[schema(max_length = 17, example = "somePONumber")]
    pub po_number: Option<String>,
    /// The customer's IPv4 or IPv6 address.
    #[schema(max_length = 45, example = "4.2.2.2")]
    pub ip_address: Option<String>,
}

impl NewCapture {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<CaptureTransaction> {
        let part = |field: &str, minor: Option<i64>| minor.map(|minor| at_least_zero(field, minor)).transpose();
        let text = |field: &str, text: Option<String>| {
            text.filter(|text| !text.is_empty()).map(|text| line(field, &text, ORDER_MAX)).transpose()
        };
        let change = Change {
            tax_minor: part("tax_amount", self.tax_amount)?,
            shipping_minor: part("shipping_amount", self.shipping_amount)?,
            tip_minor: None,
            tax_exempt: self.tax_exempt,
            order_id: text("order_id", self.order_id)?,
            po_number: text("po_number", self.po_number)?,
            ip_address: self.ip_address.filter(|text| !text.is_empty()).map(|text| ip_address(&text)).transpose()?,
        };
        Ok(CaptureTransaction { amount_minor: part("amount", self.amount)?.filter(|minor| *minor > 0), change })
    }
}

/// `POST /api/transaction/{id}/refund`. Amounts are minor units.
#[derive(Deserialize, ToSchema, Default)]
pub struct NewRefund {
    /// All that is left where it is 0 or not given.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    pub amount: Option<i64>,
    /// Surcharge in it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
    pub surcharge: Option<i64>,
}

impl NewRefund {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<RefundTransaction> {
        let amount = at_least_zero("amount", self.amount.unwrap_or(0))?;
        let surcharge_minor = at_least_zero("surcharge", self.surcharge.unwrap_or(0))?;
        if amount > 0 && surcharge_minor > amount {
            return Err(Error::invalid("surcharge", "is more than the amount"));
        }
        Ok(RefundTransaction { amount_minor: (amount > 0).then_some(amount), surcharge_minor })
    }
}

/// `POST /api/transaction/{id}/tipadjust`. Amounts are minor units.
#[derive(Deserialize, ToSchema)]
pub struct NewTip {
    /// The tip in place of the one before; 0 takes it away.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 200)]
    pub tip: i64,
    /// The transaction's amount before tip and fees, as a check; 0 is not given.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1000)]
    pub base_amount: Option<i64>,
}

impl NewTip {
    /// The command in it.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<AdjustTip> {
        let base = at_least_zero("base_amount", self.base_amount.unwrap_or(0))?;
        Ok(AdjustTip { tip_minor: at_least_zero("tip", self.tip)?, base_minor: (base > 0).then_some(base) })
    }
}
