//! A transaction as answers show it (facts-gateway.md, "Transaction response").

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::transaction_address::TransactionAddress;
use super::transaction_details::Details;
use super::transaction_method::{AccountholderAuthentication, CardholderAuthentication};
use super::transaction_notes::MethodNotes;
use crate::app::transaction::TransactionView;
use crate::domain::fees::surcharge::Funding;
use crate::domain::transaction::{InstrumentFacts, Transaction};
use crate::error::{Error, Result};

/// What address verification says where there was nothing to check (seed gateway, "AVS Response Codes").
const NO_CODE: &str = "0";

/// A transaction. Absent texts are "", absent instants null, amounts minor units.
#[derive(Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it; what may be in them stands at NewTransaction")]
pub struct TransactionBody {
    pub id: String,
    pub user_id: String,
    pub user_name: String,
    pub merchant_id: String,
    pub merchant_name: String,
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub kind: String,
    pub status: String,
    /// GET by id: as `response_body`. Elsewhere: "approved", "declined", "pending" or "unknown".
    pub response: ResponseField,
    pub response_code: u16,
    pub response_body: ResponseBody,
    pub transaction_source: String,
    pub amount: i64,
    pub base_amount: i64,
    pub amount_authorized: i64,
    pub amount_captured: i64,
    pub amount_settled: i64,
    pub amount_refunded: i64,
    pub tax_amount: i64,
    pub shipping_amount: i64,
    pub discount_amount: i64,
    pub surcharge: i64,
    pub service_fee: i64,
    /// What it came to, minor units.
    pub payment_adjustment: i64,
    pub tip_amount: i64,
    pub currency: String,
    pub processor_id: String,
    pub processor_type: String,
    pub processor_name: String,
    pub payment_method: String,
    pub payment_type: String,
    pub features: Vec<String>,
    pub customer_id: String,
    pub customer_payment_type: String,
    pub customer_payment_id: String,
    pub subscription_id: String,
    pub referenced_transaction_id: String,
    pub settlement_batch_id: String,
    pub invoice_id: String,
    pub order_id: String,
    pub po_number: String,
    pub description: String,
    pub ip_address: String,
    pub receipt_data: String,
    #[schema(value_type = Option<Object>)]
    pub split_transaction_response: Option<Value>,
    pub billing_address: TransactionAddress,
    pub shipping_address: TransactionAddress,
    pub created_at: String,
    pub updated_at: String,
    pub captured_at: Option<String>,
    pub settled_at: Option<String>,
    #[serde(flatten)]
    pub details: Details,
}

/// How it went: a word, or what the method of payment answered.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub enum ResponseField {
    /// "approved", "declined", "pending" or "unknown".
    Word(String),
    /// As `response_body`.
    Body(Box<ResponseBody>),
}

/// What the method of payment answered, under its name.
#[derive(Clone, Default, Serialize, ToSchema)]
pub struct ResponseBody {
    /// A card.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub card: Option<CardAnswer>,
    /// A bank account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ach: Option<AchAnswer>,
    /// A terminal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminal: Option<TerminalAnswer>,
    /// A payment on another page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apm: Option<ApmAnswer>,
}

/// What every method answers.
#[derive(Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CommonAnswer {
    pub id: String,
    pub status: String,
    pub response: String,
    pub response_code: u16,
    pub auth_code: String,
    pub processor_response_code: String,
    pub processor_response_text: String,
    pub processor_transaction_id: String,
    pub processor_type: String,
    pub processor_id: String,
    /// `redirect_url` while the customer has to confirm.
    #[schema(value_type = Object)]
    pub processor_specific: Map<String, Value>,
    pub created_at: String,
    pub updated_at: String,
}

/// What a card answered.
#[derive(Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct CardAnswer {
    #[serde(flatten)]
    pub common: CommonAnswer,
    pub card_type: String,
    pub first_six: String,
    pub last_four: String,
    pub masked_card: String,
    pub expiration_date: String,
    pub entry_type: String,
    pub bin_type: String,
    /// "credit" or "debit" where the issuer's range tells.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub kind: String,
    pub avs_response_code: String,
    pub cvv_response_code: String,
    /// As in the request, without `cavv` and `cryptogram`, which are not kept; null where there was none.
    pub cardholder_authentication: Option<CardholderAuthentication>,
    /// The reader of a chip.
    pub device_serial_number: String,
}

/// What a bank account answered.
#[derive(Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct AchAnswer {
    #[serde(flatten)]
    pub common: CommonAnswer,
    pub sec_code: String,
    pub account_type: String,
    pub masked_account_number: String,
    pub routing_number: String,
    pub check_number: String,
    pub funding_speed: String,
    /// As in the request, the number masked; null where there was none.
    pub accountholder_authentication: Option<AccountholderAuthentication>,
}

/// What a payment on another page answered.
#[derive(Clone, Serialize, ToSchema)]
pub struct ApmAnswer {
    /// What every method answers.
    #[serde(flatten)]
    pub common: CommonAnswer,
    /// Which method.
    #[serde(rename = "type")]
    #[schema(rename = "type", example = "alipay")]
    pub kind: String,
    /// Where the customer pays, while the transaction waits for that; else "".
    #[schema(example = "https://billing.example/simulator/challenge/0b1c")]
    pub redirect_url: String,
    /// Where the customer returns to.
    #[schema(example = "http://merchantwebsite.com/")]
    pub merchant_redirect_url: String,
    /// Language of the other page.
    #[schema(example = "en-US")]
    pub locale: String,
    /// The merchant's name of the customer.
    #[schema(example = "customer-7")]
    pub consumer_ref: String,
}

/// What a terminal answered.
#[derive(Clone, Serialize, ToSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct TerminalAnswer {
    #[serde(flatten)]
    pub common: CommonAnswer,
    pub terminal_id: String,
    pub terminal_description: String,
    pub card_type: String,
    pub payment_type: String,
    pub entry_type: String,
    pub first_four: String,
    pub last_four: String,
    pub masked_card: String,
    pub cardholder_name: String,
    pub emv_aid: String,
    pub emv_app_name: String,
    pub emv_tvr: String,
    pub emv_tsi: String,
    pub signature_data: String,
    pub print_receipt: String,
    pub signature_required: bool,
}

/// Which form `response` takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ResponseForm {
    /// "approved": in answers of POST.
    Word,
    /// The object of the seed's example: GET by id.
    Body,
}

impl TransactionBody {
    /// The transaction with `response` in `form`.
    ///
    /// # Errors
    /// A row whose travelling fields cannot be read.
    pub fn of(view: TransactionView, form: ResponseForm) -> Result<Self> {
        let notes = MethodNotes::read(&view.transaction.details_json)?;
        let response_body = ResponseBody::of(&view, notes);
        let TransactionView { transaction: t, user_name, merchant_id, merchant_name, .. } = view;
        let TransactionView { processor_type, processor_name, billing, shipping, redirect_url: _, .. } = view;
        let details: Details = serde_json::from_str(&t.details_json)
            .map_err(|why| Error::internal(format!("txn.details_json of {}: {why}", t.id)))?;
        let response = match form {
            ResponseForm::Word => ResponseField::Word(word(t.response_code).to_owned()),
            ResponseForm::Body => ResponseField::Body(Box::new(response_body.clone())),
        };
        let text = |id: Option<&str>| id.unwrap_or_default().to_owned();
        let payment_type = t.instrument.as_ref().map_or("", InstrumentFacts::payment_type);
        let customer_payment_type = if t.customer_id.is_some() { payment_type } else { "" };
        let a = t.amounts;
        Ok(Self {
            response,
            response_body,
            user_id: text(t.user_id.as_ref().map(|id| id.as_str())),
            user_name,
            merchant_id,
            merchant_name,
            kind: t.kind.as_str().to_owned(),
            status: t.status.as_str().to_owned(),
            response_code: t.response_code,
            transaction_source: t.source.as_str().to_owned(),
            amount: a.amount.minor(),
            base_amount: a.base.minor(),
            amount_authorized: a.authorized.minor(),
            amount_captured: a.captured.minor(),
            amount_settled: a.settled.minor(),
            amount_refunded: a.refunded.minor(),
            tax_amount: a.tax.minor(),
            shipping_amount: a.shipping.minor(),
            discount_amount: a.discount.minor(),
            surcharge: a.surcharge.minor(),
            service_fee: a.service_fee.minor(),
            payment_adjustment: a.adjustment.minor(),
            tip_amount: a.tip.minor(),
            currency: a.amount.currency().code_lower(),
            processor_id: t.processor_id.to_string(),
            processor_type,
            processor_name,
            payment_type: payment_type.to_owned(),
            features: features(&t),
            customer_payment_type: customer_payment_type.to_owned(),
            customer_id: text(t.customer_id.as_ref().map(|id| id.as_str())),
            customer_payment_id: text(t.payment_method_id.as_ref().map(|id| id.as_str())),
            subscription_id: text(t.subscription_id.as_ref().map(|id| id.as_str())),
            referenced_transaction_id: text(t.referenced_id.as_ref().map(|id| id.as_str())),
            settlement_batch_id: text(t.settlement_batch_id.as_ref().map(|id| id.as_str())),
            invoice_id: text(t.invoice_id.as_ref().map(|id| id.as_str())),
            id: t.id.to_string(),
            payment_method: t.method,
            order_id: t.order_id,
            po_number: t.po_number,
            description: t.description,
            ip_address: t.ip_address,
            receipt_data: String::new(),
            split_transaction_response: None,
            billing_address: billing.into(),
            shipping_address: shipping.into(),
            created_at: t.created_at.to_string(),
            updated_at: t.updated_at.to_string(),
            captured_at: t.captured_at.map(|at| at.to_string()),
            settled_at: t.settled_at.map(|at| at.to_string()),
            details,
        })
    }
}

/// What was looked at besides the money.
fn features(t: &Transaction) -> Vec<String> {
    let is_checked = !matches!(t.answer.avs.as_str(), "" | NO_CODE);
    if is_checked { vec!["avs".to_owned()] } else { Vec::new() }
}

/// The word of a response code (seed gateway, "Response Codes").
fn word(code: u16) -> &'static str {
    match code {
        0 => "unknown",
        1..=99 => "pending",
        100..=199 => "approved",
        _ => "declined",
    }
}

/// How the card is paid for, as far as its issuer's range tells.
fn funding(known: Option<Funding>) -> &'static str {
    match known {
        Some(Funding::Credit) => "credit",
        Some(Funding::Debit) => "debit",
        None => "",
    }
}

impl ResponseBody {
    fn of(view: &TransactionView, notes: MethodNotes) -> Self {
        let t = &view.transaction;
        let common = CommonAnswer::of(view);
        let mut body = Self::default();
        match t.instrument.clone() {
            None => {}
            Some(InstrumentFacts::Card { brand, first_six, last_four, masked, expiration, entry_type }) => {
                body.card = Some(CardAnswer {
                    common,
                    card_type: brand,
                    first_six,
                    last_four,
                    masked_card: masked,
                    expiration_date: expiration,
                    entry_type,
                    bin_type: "STANDARD".to_owned(),
                    kind: funding(view.funding).to_owned(),
                    avs_response_code: t.answer.avs.clone(),
                    cvv_response_code: t.answer.cvv.clone(),
                    cardholder_authentication: notes.cardholder_authentication,
                    device_serial_number: notes.device_serial_number,
                });
            }
            Some(InstrumentFacts::Ach { masked, routing_number, sec_code, account_type }) => {
                body.ach = Some(AchAnswer {
                    common,
                    sec_code,
                    account_type,
                    masked_account_number: masked,
                    routing_number,
                    check_number: notes.check_number,
                    funding_speed: notes.funding_speed,
                    accountholder_authentication: notes.accountholder_authentication,
                });
            }
            Some(InstrumentFacts::Terminal { terminal_id, description, tpn: _ }) => {
                body.terminal = Some(TerminalAnswer {
                    print_receipt: notes.print_receipt,
                    signature_required: notes.signature_required,
                    ..TerminalAnswer::of(common, view, terminal_id, description)
                });
            }
            Some(InstrumentFacts::Apm(apm)) => {
                body.apm = Some(ApmAnswer {
                    common,
                    kind: apm.kind,
                    redirect_url: view.redirect_url.clone().unwrap_or_default(),
                    merchant_redirect_url: apm.redirect_url.as_str().to_owned(),
                    locale: apm.locale,
                    consumer_ref: apm.consumer_ref,
                });
            }
        }
        body
    }
}

impl TerminalAnswer {
    fn of(mut common: CommonAnswer, view: &TransactionView, terminal_id: String, terminal_description: String) -> Self {
        let (t, batch_number) = (&view.transaction, view.batch_number);
        let specific = &mut common.processor_specific;
        let batch = batch_number.map(|number| number.to_string()).unwrap_or_default();
        specific.insert("BatchNum".to_owned(), Value::String(batch));
        specific.insert("Tip".to_owned(), Value::String(t.amounts.tip.to_major_string()));
        Self {
            common,
            terminal_id,
            terminal_description,
            card_type: String::new(),
            payment_type: String::new(),
            entry_type: String::new(),
            first_four: String::new(),
            last_four: String::new(),
            masked_card: String::new(),
            cardholder_name: String::new(),
            emv_aid: String::new(),
            emv_app_name: String::new(),
            emv_tvr: String::new(),
            emv_tsi: String::new(),
            signature_data: String::new(),
            print_receipt: String::new(),
            signature_required: false,
        }
    }
}

impl CommonAnswer {
    fn of(view: &TransactionView) -> Self {
        let t = &view.transaction;
        let mut processor_specific = Map::new();
        if let Some(url) = &view.redirect_url {
            processor_specific.insert("redirect_url".to_owned(), Value::String(url.clone()));
        }
        let word = word(t.response_code);
        Self {
            id: t.id.to_string(),
            status: word.to_owned(),
            response: word.to_owned(),
            response_code: t.response_code,
            auth_code: t.answer.auth_code.clone(),
            processor_response_code: t.answer.processor_code.clone(),
            processor_response_text: t.answer.processor_text.clone(),
            processor_transaction_id: t.answer.handle.clone(),
            processor_type: view.processor_type.clone(),
            processor_id: t.processor_id.to_string(),
            processor_specific,
            created_at: t.created_at.to_string(),
            updated_at: t.updated_at.to_string(),
        }
    }
}
