//! How orders are paid.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa::openapi::ObjectBuilder;
use utoipa::openapi::schema::{Array, ArrayBuilder, Type};

use super::method::card_of;
use super::{Given, Major, instant, member, numbers};
use crate::app::App;
use crate::app::caller::Reach;
use crate::app::payment_method::NewMethod;
use crate::app::sales_order::{AccountPays, ChangePayment, Pay};
use crate::app::transaction::PayWith;
use crate::domain::card::Expiry;
use crate::domain::id::CustomerId;
use crate::domain::sales_order::{
    ChargeMode, OrderState, Payment, PaymentType, RETRIES_MAX, RETRY_DAYS, RETRY_DAYS_MAX, SalesOrder,
};
use crate::domain::time::{DAY, Timestamp};
use crate::error::{Error, Result};

/// Longest reference and descriptor, characters.
pub(super) const TEXT_MAX: usize = 255;

/// How an order is paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentShown {
    /// How.
    #[serde(rename = "type")]
    #[schema(pattern = "^(account|card|invoice|installment|direct|swish|defer)$", example = "account")]
    pub kind: String,
    /// Who takes the money: "card", or "outside".
    #[schema(max_length = 20, example = "card")]
    pub service: String,
    /// When it was said.
    #[schema(max_length = 30, example = "2026-01-01T00:00:00.000Z")]
    pub created: String,
    /// How much.
    pub amount: Major,
    /// In what.
    #[schema(pattern = "^[A-Z]{3}$", example = "SEK")]
    pub currency: String,
    /// Where it stands.
    #[schema(pattern = "^(created|ordered|cancelled|expired)$", example = "ordered")]
    pub status: String,
    /// What the merchant calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "P-1")]
    pub reference: Option<String>,
    /// What the customer reads.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 255, example = "Shop")]
    pub descriptor: Option<String>,
    /// Which account pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 40, example = "1234567890abcdef")]
    pub account: Option<String>,
    /// "auto", or "balance".
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(auto|balance)$", example = "balance")]
    pub charge: Option<String>,
    /// After a decline: when it is tried again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = retries_shown)]
    pub schedule: Option<Vec<String>>,
    /// The next of these days.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = r"^\d{4}-\d{2}-\d{2}$", example = "2026-01-02")]
    pub due: Option<String>,
}

/// How an order is paid; `is_ordered` where something of it is ordered, or was.
pub(super) fn payment_shown(order: &SalesOrder, is_ordered: bool) -> PaymentShown {
    let payment = &order.payment;
    let status = match order.state {
        OrderState::Paid => "ordered",
        OrderState::Failed => "expired",
        _ if is_ordered => "ordered",
        OrderState::Ended => "cancelled",
        OrderState::Outside | OrderState::Waiting | OrderState::Charging => "created",
    };
    let day = |at: Timestamp| at.utc_date().to_string();
    let retries =
        payment.retry_days.iter().map(|days| day(payment.created_at.plus(i64::from(*days).saturating_mul(DAY))));
    PaymentShown {
        kind: payment.kind.as_str().to_owned(),
        service: if payment.kind.is_ours() { "card" } else { "outside" }.to_owned(),
        created: instant(payment.created_at),
        amount: Major::of_money(order.amount),
        currency: order.currency.code().to_owned(),
        status: status.to_owned(),
        reference: payment.reference.clone(),
        descriptor: payment.descriptor.clone(),
        account: order.customer_id.as_ref().filter(|_| payment.kind == PaymentType::Account).map(ToString::to_string),
        charge: payment.charge.map(|charge| charge.as_str().to_owned()),
        schedule: (order.tries > 0).then(|| retries.collect()),
        due: order.charge_at.filter(|_| order.tries > 0).map(day),
    }
}

/// How an order is to be paid.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "documents what `payment_of` reads")]
pub struct NewOrderPayment {
    /// How.
    #[serde(rename = "type")]
    #[schema(pattern = "^(account|card|invoice|installment|direct|swish|defer)$", example = "account")]
    kind: String,
    /// For "account": which.
    #[schema(max_length = 40, example = "1234567890abcdef")]
    account: Option<String>,
    /// For "account": its key, which a public key needs.
    #[schema(max_length = 4096, example = "abc.def.ghi")]
    token: Option<String>,
    /// For "account": "auto", or "balance".
    #[schema(pattern = "^(auto|balance)$", example = "auto")]
    charge: Option<String>,
    /// For "account": days after which a decline is tried again.
    #[schema(schema_with = retry_days_given)]
    schedule: Option<Vec<u32>>,
    /// For "card": the token of the card.
    #[schema(max_length = 4096, example = "tok_visa")]
    card: Option<String>,
    /// What the merchant calls it.
    #[schema(max_length = 255, example = "P-1")]
    reference: Option<String>,
    /// What the customer reads.
    #[schema(max_length = 255, example = "Shop")]
    descriptor: Option<String>,
}

/// Reads how an order is paid; `account` is that of the order.
///
/// # Errors
/// `Invalid` naming the part below `payment`.
pub(in crate::http::payfunc) fn payment_of(
    app: &App,
    value: &Value,
    account: Option<&CustomerId>,
) -> Result<ChangePayment> {
    let parts = Given::of("payment", value).object()?;
    let text = |name: &str| -> Result<Option<String>> {
        let place = format!("payment.{name}");
        member(parts, name).map(|value| Given::of(&place, value).text()).transpose()
    };
    let kind = text("type")?.ok_or_else(|| Error::invalid("payment.type", "is required"))?;
    let kind = PaymentType::parse(&kind).ok_or_else(|| {
        Error::invalid("payment.type", "must be account, card, invoice, installment, direct, swish or defer")
    })?;
    let charge = text("charge")?.map(|text| {
        ChargeMode::parse(&text).ok_or_else(|| Error::invalid("payment.charge", "must be \"auto\" or \"balance\""))
    });
    let short = |name: &str| -> Result<Option<String>> {
        let found = text(name)?;
        match &found {
            Some(text) if text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) => {
                Err(Error::invalid(format!("payment.{name}"), "must be at most 255 printable characters"))
            }
            _ => Ok(found),
        }
    };
    let payment = Payment {
        kind,
        charge: charge.transpose()?.filter(|_| kind == PaymentType::Account),
        reference: short("reference")?,
        descriptor: short("descriptor")?,
        retry_days: member(parts, "schedule").map_or(Ok(RETRY_DAYS.to_vec()), retry_days)?,
        created_at: app.now(),
    };
    let pay = match kind {
        PaymentType::Account => Pay::Account(payer_of(app, text("account")?, text("token")?, account)?),
        PaymentType::Card => {
            let card = text("card")?.or(text("token")?).ok_or_else(|| Error::invalid("payment.card", "is required"))?;
            Pay::Card(Box::new(pay_with(app, &card, member(parts, "expires")).map_err(|why| why.under("payment"))?))
        }
        _ => Pay::Outside,
    };
    Ok(ChangePayment { payment, pay })
}

fn payer_of(
    app: &App,
    named: Option<String>,
    token: Option<String>,
    account: Option<&CustomerId>,
) -> Result<AccountPays> {
    if let Some(token) = token {
        let holder = app.account_caller_of(&token, "");
        let reach = holder.map_err(|_| Error::invalid("payment.token", "is no key of an account"))?.reach;
        if let Reach::Account(id) = reach {
            return Ok(AccountPays { id, is_proven: true });
        }
    }
    let named = named.map(|text| account_of("payment.account", &text)).transpose()?;
    let id = named.or(account.cloned()).ok_or_else(|| Error::invalid("payment.account", "is required"))?;
    Ok(AccountPays { id, is_proven: false })
}

fn pay_with(app: &App, card: &str, expires: Option<&Value>) -> Result<PayWith> {
    match card_of(card, expires)? {
        NewMethod::Card { number, expiration_date } => {
            let today = app.now().utc_date();
            let expiry = Expiry::parse(&expiration_date, today)
                .map_err(|_| Error::invalid("expires", "must be [month, year], such as [2, 29]"))?;
            Ok(PayWith::Card { number, expiry, keyed: true, cvc: None })
        }
        NewMethod::Token(token) => Ok(PayWith::Token(token)),
        NewMethod::Ach { .. } | NewMethod::Wallet(_) => Err(Error::invalid("card", "is no card")),
    }
}

fn retry_days_given() -> Array {
    numbers((0, RETRIES_MAX), (1, i32::try_from(RETRY_DAYS_MAX).unwrap_or(i32::MAX)), json!([1, 3]), true)
}

fn retries_shown() -> Array {
    let day = ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^\d{4}-\d{2}-\d{2}$")).max_length(Some(10));
    ArrayBuilder::new().items(day.build()).max_items(Some(RETRIES_MAX)).examples([json!(["2026-01-02"])]).build()
}

fn retry_days(value: &Value) -> Result<Vec<u32>> {
    let problem = format!("must be at most {RETRIES_MAX} ascending numbers of days, 1 to {RETRY_DAYS_MAX}");
    let refused = || Error::invalid("payment.schedule", problem.clone());
    let several = value.as_array().filter(|several| several.len() <= RETRIES_MAX).ok_or_else(refused)?;
    let days = several.iter().map(|day| {
        let day = day.as_u64().and_then(|day| u32::try_from(day).ok());
        day.filter(|day| (1..=RETRY_DAYS_MAX).contains(day)).ok_or_else(refused)
    });
    let days = days.collect::<Result<Vec<u32>>>()?;
    if days.is_sorted_by(|a, b| a < b) { Ok(days) } else { Err(refused()) }
}

/// The account that a text names.
///
/// # Errors
/// `Invalid` naming `field`.
pub(super) fn account_of(field: &str, text: &str) -> Result<CustomerId> {
    CustomerId::parse(text).ok_or_else(|| Error::invalid(field, "is not known"))
}
