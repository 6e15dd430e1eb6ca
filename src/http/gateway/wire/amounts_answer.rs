//! `POST /api/calculate/amounts`: what it answers, every key always there.

use serde::Serialize;
use utoipa::ToSchema;

use super::amounts::Echo;
use super::amounts_line::AmountsLineShown;
use crate::app::fees::Quote;
use crate::domain::fees::{Calculation, Part};
use crate::domain::money::Money;

/// The parts of a payment. Amounts are minor units; null is a part that there is not.
#[derive(Serialize, ToSchema)]
pub struct AmountsBody {
    /// The lines, products at their end; null where there are none.
    pub line_items: Option<Vec<AmountsLineShown>>,
    /// Shipping.
    pub shipping_amount: Option<i64>,
    /// Discounts and the cash discount.
    pub discount_amount: Option<i64>,
    /// Freight of the lines, in `amount` already.
    pub freight_amount: Option<i64>,
    /// Add-ons.
    pub addon_amount: Option<i64>,
    /// Duty.
    pub duty_amount: Option<i64>,
    /// Tip.
    pub tip_amount: Option<i64>,
    /// Anything else.
    pub additional_amounts: Option<i64>,
    /// Tax.
    pub tax_amount: Option<i64>,
    /// National tax.
    pub national_tax_amount: Option<i64>,
    /// Local tax.
    pub local_tax_amount: Option<i64>,
    /// Service fee.
    pub service_fee: Option<i64>,
    /// Surcharge.
    pub surcharge: Option<i64>,
    /// As it was given.
    pub processor_id: String,
    /// As it was given.
    pub payment_method: String,
    /// The parts in the total.
    pub included_amounts: AmountsIncluded,
    /// The goods.
    pub subtotal: i64,
    /// What the parts are of.
    pub amount: i64,
    /// Included parts without a name in `included_amounts`: add-ons, anything else, payment adjustment.
    pub additional_total: i64,
    /// What is to be charged.
    pub total: i64,
    /// What the merchant does.
    pub features: AmountsFeatures,
    /// What to show the customer.
    pub display: AmountsDisplay,
    /// What to tell the customer.
    pub disclaimer: AmountsDisclaimer,
}

/// The parts in the total. Minor units; null is a part that is not in it.
#[derive(Serialize, ToSchema)]
pub struct AmountsIncluded {
    /// Shipping.
    pub shipping_amount: Option<i64>,
    /// Taken off.
    pub discount_amount: Option<i64>,
    /// Duty.
    pub duty_amount: Option<i64>,
    /// Tip.
    pub tip_amount: Option<i64>,
    /// Tax.
    pub tax_amount: Option<i64>,
    /// National tax.
    pub national_tax_amount: Option<i64>,
    /// Local tax.
    pub local_tax_amount: Option<i64>,
    /// Service fee.
    pub service_fee: Option<i64>,
    /// Surcharge.
    pub surcharge: Option<i64>,
}

/// What the merchant does.
#[derive(Serialize, ToSchema)]
pub struct AmountsFeatures {
    /// Whether credit cards are surcharged.
    pub surcharge: bool,
    /// Whether there is a discount for not paying by card.
    pub cash_discount: bool,
    /// Always false.
    pub dual_pricing: bool,
    /// Always false.
    pub dual_pricing_v2: bool,
}

/// An amount to show.
#[derive(Serialize, ToSchema)]
pub struct AmountsShown {
    /// Minor units.
    pub value: i64,
    /// Whether there is anything to show.
    pub display: bool,
}

/// What the payment would cost either way.
#[derive(Serialize, ToSchema)]
pub struct AmountsChoice {
    /// Total by card, minor units.
    pub card: i64,
    /// Total by bank account, minor units.
    pub ach: i64,
    /// Whether they are to be shown.
    pub display: bool,
}

/// What to show the customer: the included parts.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names are those of the parts")]
pub struct AmountsDisplay {
    pub subtotal: AmountsShown,
    pub amount: AmountsShown,
    pub shipping: AmountsShown,
    pub freight: AmountsShown,
    pub duty: AmountsShown,
    pub discount: AmountsShown,
    pub service_fee: AmountsShown,
    pub surcharge: AmountsShown,
    pub tax: AmountsShown,
    pub national_tax: AmountsShown,
    pub local_tax: AmountsShown,
    pub tip: AmountsShown,
    pub total: AmountsShown,
    pub consumer_choice: AmountsChoice,
}

/// What to tell the customer before the payment.
#[derive(Serialize, ToSchema)]
pub struct AmountsDisclaimer {
    /// Plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// Whether there is anything to tell.
    pub display: bool,
}

impl AmountsBody {
    pub(in crate::http::gateway) fn of(quote: Quote, echo: Echo) -> Self {
        let Quote { calculation: c, consumer_choice, policy } = quote;
        let lines: Vec<_> =
            echo.lines.into_iter().zip(&c.lines).map(|(line, priced)| AmountsLineShown::of(line, priced)).collect();
        let worth = |part: Part| part.worth.map(Money::minor);
        Self {
            line_items: (!lines.is_empty()).then_some(lines),
            shipping_amount: worth(c.shipping),
            discount_amount: worth(c.discount),
            freight_amount: c.freight.map(Money::minor),
            addon_amount: worth(c.addon),
            duty_amount: worth(c.duty),
            tip_amount: worth(c.tip),
            additional_amounts: worth(c.additional),
            tax_amount: worth(c.tax),
            national_tax_amount: worth(c.national_tax),
            local_tax_amount: worth(c.local_tax),
            service_fee: worth(c.service_fee),
            surcharge: worth(c.surcharge),
            processor_id: echo.processor_id,
            payment_method: echo.payment_method,
            included_amounts: AmountsIncluded::of(&c),
            subtotal: c.subtotal.minor(),
            amount: c.amount.minor(),
            additional_total: c.additional_total.minor(),
            total: c.total.minor(),
            features: AmountsFeatures {
                surcharge: policy.surcharge.is_some(),
                cash_discount: policy.cash_discount.is_some(),
                dual_pricing: false,
                dual_pricing_v2: false,
            },
            display: AmountsDisplay::of(&c, consumer_choice),
            disclaimer: AmountsDisclaimer::of(&c),
        }
    }
}

impl AmountsIncluded {
    fn of(c: &Calculation) -> Self {
        let included = |part: Part| part.included.map(Money::minor);
        Self {
            shipping_amount: included(c.shipping),
            discount_amount: included(c.discount),
            duty_amount: included(c.duty),
            tip_amount: included(c.tip),
            tax_amount: included(c.tax),
            national_tax_amount: included(c.national_tax),
            local_tax_amount: included(c.local_tax),
            service_fee: included(c.service_fee),
            surcharge: included(c.surcharge),
        }
    }
}

impl AmountsDisplay {
    fn of(c: &Calculation, choice: Option<(Money, Money)>) -> Self {
        let always = |amount: Money| AmountsShown { value: amount.minor(), display: true };
        let minor = |value: i64| AmountsShown { value, display: value != 0 };
        let part = |part: Part| minor(part.included.map_or(0, Money::minor));
        let (card, ach) = choice.map_or((0, 0), |(card, ach)| (card.minor(), ach.minor()));
        Self {
            subtotal: always(c.subtotal),
            amount: always(c.amount),
            shipping: part(c.shipping),
            freight: minor(c.freight.map_or(0, Money::minor)),
            duty: part(c.duty),
            discount: part(c.discount),
            service_fee: part(c.service_fee),
            surcharge: part(c.surcharge),
            tax: part(c.tax),
            national_tax: part(c.national_tax),
            local_tax: part(c.local_tax),
            tip: part(c.tip),
            total: always(c.total),
            consumer_choice: AmountsChoice { card, ach, display: choice.is_some() },
        }
    }
}

impl AmountsDisclaimer {
    /// The schemes want the customer told of a surcharge before paying.
    fn of(c: &Calculation) -> Self {
        let text = match c.surcharge.included.filter(|surcharge| surcharge.is_positive()) {
            Some(surcharge) => {
                format!(
                    "A surcharge of {surcharge} is added because you pay by credit card. Debit cards are not surcharged."
                )
            }
            None => String::new(),
        };
        Self {
            html: if text.is_empty() { String::new() } else { format!("<p>{text}</p>") },
            display: !text.is_empty(),
            text,
        }
    }
}
