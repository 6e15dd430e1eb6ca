//! The receipt of one payment of an invoice.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{html, refusal};
use super::invoice::{language_of, path_of};
use super::invoice_page::{address_lines, company, day, lines, moment, total};
use crate::app::App;
use crate::app::invoice::HostedInvoice;
use crate::app::portal::documents::Receipt;
use crate::domain::id::TransactionId;
use crate::domain::transaction::{Transaction, TransactionStatus};
use crate::error::{Error, Result};
use crate::http::document;
use crate::http::security_headers::PagePolicy;
use crate::http::view::receipt::ReceiptPage;
use crate::http::view::tone::Tone;

/// `GET /invoice/{public_id}/receipt/{transaction_id}`.
pub(super) async fn show(app: Data<App>, request: HttpRequest, path: Path<(String, String)>) -> HttpResponse {
    let (public_id, id) = path.into_inner();
    try_show(&app, &public_id, &id).unwrap_or_else(|error| refusal(&request, &error, None))
}

fn try_show(app: &App, public_id: &str, id: &str) -> Result<HttpResponse> {
    let id = TransactionId::parse(id).ok_or_else(|| Error::not_found("receipt", id))?;
    let (hosted, payment) = app.invoice_receipt(public_id, &id)?;
    let page = of(&hosted, &payment);
    let policy = PagePolicy::default().logo(page.company.logo_url.as_deref());
    Ok(html(StatusCode::OK, &page, &policy))
}

/// `GET /invoice/{public_id}/receipt/{transaction_id}/pdf`.
pub(super) async fn pdf(app: Data<App>, request: HttpRequest, path: Path<(String, String)>) -> HttpResponse {
    let (public_id, id) = path.into_inner();
    try_pdf(&app, &public_id, &id).unwrap_or_else(|error| refusal(&request, &error, None))
}

fn try_pdf(app: &App, public_id: &str, id: &str) -> Result<HttpResponse> {
    let id = TransactionId::parse(id).ok_or_else(|| Error::not_found("receipt", id))?;
    let (hosted, payment) = app.invoice_receipt(public_id, &id)?;
    let language = language_of(&hosted);
    let HostedInvoice { invoice, company, company_address, .. } = hosted;
    let receipt = Receipt { payment, invoice: Some(invoice), company, company_address };
    document::answer(&document::receipt::of(&receipt, language), id.as_str())
}

fn of(hosted: &HostedInvoice, payment: &Transaction) -> ReceiptPage {
    let invoice = &hosted.invoice;
    let zone = hosted.company.zone();
    let (status_text, tone) = match payment.status {
        TransactionStatus::Authorized => ("Authorized", Tone::Info),
        TransactionStatus::Voided | TransactionStatus::Reversed => ("Cancelled", Tone::Neutral),
        TransactionStatus::Refunded => ("Refunded", Tone::Info),
        TransactionStatus::PartiallyRefunded => ("Partially refunded", Tone::Info),
        TransactionStatus::Returned | TransactionStatus::LateReturn => ("Returned", Tone::Bad),
        TransactionStatus::PendingSettlement | TransactionStatus::Settled => ("Paid", Tone::Good),
        TransactionStatus::Unknown | TransactionStatus::Pending | TransactionStatus::Declined => {
            ("Being confirmed", Tone::Info)
        }
    };
    let amounts = &payment.amounts;
    let at = payment.captured_at.unwrap_or(payment.created_at);
    let mut facts = vec![("Invoice".to_owned(), invoice.display_number().to_owned())];
    if let Some(instrument) = &payment.instrument {
        facts.push(("Paid with".to_owned(), instrument.label()));
    }
    if !payment.answer.auth_code.is_empty() {
        facts.push(("Authorization code".to_owned(), payment.answer.auth_code.clone()));
    }
    facts.push(("Invoice date".to_owned(), day(invoice.created_at.date_in(&zone))));
    let mut totals = vec![total("Invoice total", invoice.totals.total.to_string(), false)];
    if amounts.tip.is_positive() {
        totals.push(total("Tip in this payment", amounts.tip.to_string(), false));
    }
    if amounts.refunded.is_positive() {
        totals.push(total("Refunded", format!("−{}", amounts.refunded), false));
    }
    totals.push(total("This payment", amounts.amount.to_string(), false));
    totals.push(total("Left to pay", invoice.due().to_string(), true));
    ReceiptPage {
        company: company(hosted),
        number: payment.id.to_string(),
        amount_label: if payment.status == TransactionStatus::Authorized { "Amount held" } else { "Amount paid" }
            .to_owned(),
        amount: amounts.amount.to_string(),
        status_text: status_text.to_owned(),
        tone,
        date: moment(at),
        received_from: address_lines(&invoice.bill_to),
        facts,
        lines: lines(invoice),
        totals,
        invoice_url: path_of(&invoice.public_id),
    }
}
