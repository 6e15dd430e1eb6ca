//! Invoices and receipts.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::refusal::refusal;
use super::session::Visit;
use super::shown;
use super::words::{before_of, day_of, invoice_state, payment_state};
use crate::app::App;
use crate::app::portal::documents::Receipt;
use crate::domain::id::TransactionId;
use crate::domain::language::Language;
use crate::domain::page::PageAsked;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::http::document::receipt::{facts, kind_of, totals};
use crate::http::document::{answer, receipt as receipt_paper};
use crate::http::view::portal::documents::{DocumentRow, DocumentsPage, ReceiptPage};
use crate::i18n::portal_documents::PortalDocuments;
use crate::i18n::{dates, numbers};

/// Rows of a page.
const ROWS: u32 = 20;

/// `GET /portal/invoices`.
pub(super) async fn invoices(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let (words, language) = (PortalDocuments::of(visit.language), visit.language);
        let asked = PageAsked { limit: ROWS, before: before_of(request.query_string()) };
        let found = app.portal_invoices(&visit.visitor, asked)?;
        let rows = found.rows.iter().map(|invoice| {
            let (state, tone) = invoice_state(invoice, app.now(), language);
            DocumentRow {
                name: invoice.display_number().to_owned(),
                date: day_of(invoice.created_at, &visit.company, language),
                state,
                tone,
                amount: numbers::money(invoice.totals.total, language),
                url: format!("/invoice/{}", invoice.public_id),
                pdf_url: format!("/invoice/{}/pdf", invoice.public_id),
            }
        });
        let rows = rows.collect();
        let frame = visit.frame(&app, "invoices");
        let title = frame.words.invoices;
        let (older_url, newest_url) = paging("/portal/invoices", found.next, asked);
        let (none, date_label) = (words.no_invoices, words.issued);
        let page = DocumentsPage { frame, words, title, none, date_label, rows, older_url, newest_url };
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `GET /portal/receipts`.
pub(super) async fn receipts(app: Data<App>, request: HttpRequest) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let words = PortalDocuments::of(visit.language);
        let asked = PageAsked { limit: ROWS, before: before_of(request.query_string()) };
        let found = app.portal_receipts(&visit.visitor, asked)?;
        let rows = found.rows.iter().map(|payment| receipt_row(payment, &visit)).collect();
        let frame = visit.frame(&app, "receipts");
        let title = frame.words.receipts;
        let (older_url, newest_url) = paging("/portal/receipts", found.next, asked);
        let (none, date_label) = (words.no_receipts, frame.words.date);
        let page = DocumentsPage { frame, words, title, none, date_label, rows, older_url, newest_url };
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `GET /portal/receipts/{id}`.
pub(super) async fn receipt(app: Data<App>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let receipt = app.portal_receipt(&visit.visitor, &id_of(&id)?)?;
        let page = receipt_page(&app, &visit, &receipt);
        Ok(shown(StatusCode::OK, &page, &page.frame))
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

/// `GET /portal/receipts/{id}/pdf`.
pub(super) async fn receipt_pdf(app: Data<App>, request: HttpRequest, id: Path<String>) -> HttpResponse {
    let answer = async {
        let visit = Visit::of(&app, &request).await?;
        let receipt = app.portal_receipt(&visit.visitor, &id_of(&id)?)?;
        answer(&receipt_paper::of(&receipt, visit.language), receipt.payment.id.as_str())
    };
    answer.await.unwrap_or_else(|error| refusal(&app, &request, &error))
}

fn id_of(text: &str) -> Result<TransactionId> {
    TransactionId::parse(text).ok_or_else(|| Error::not_found("receipt", text))
}

/// Where the next page and the first one are.
fn paging(path: &str, next: Option<i64>, asked: PageAsked) -> (Option<String>, Option<String>) {
    (next.map(|key| format!("{path}?before={key}")), asked.before.map(|_| path.to_owned()))
}

fn receipt_row(payment: &Transaction, visit: &Visit) -> DocumentRow {
    let language = visit.language;
    let (state, tone) = payment_state(payment, language);
    let url = format!("/portal/receipts/{}", payment.id);
    DocumentRow {
        name: receipt_name(payment, language),
        date: day_of(payment.captured_at.unwrap_or(payment.created_at), &visit.company, language),
        state,
        tone,
        amount: numbers::money(payment.amounts.amount, language),
        pdf_url: format!("{url}/pdf"),
        url,
    }
}

/// What a payment was for, as far as it says, else that it is a receipt.
fn receipt_name(payment: &Transaction, language: Language) -> String {
    let known = [&payment.description, &payment.order_id].into_iter().find(|text| !text.is_empty());
    known.map_or_else(|| format!("{} {}", kind_of(payment, language), payment.id), String::clone)
}

fn receipt_page(app: &App, visit: &Visit, receipt: &Receipt) -> ReceiptPage {
    let (language, payment) = (visit.language, &receipt.payment);
    let words = PortalDocuments::of(language);
    let (state, tone) = payment_state(payment, language);
    let at = payment.captured_at.unwrap_or(payment.created_at);
    ReceiptPage {
        frame: visit.frame(app, "receipts"),
        words,
        kind: kind_of(payment, language),
        number: payment.id.to_string(),
        amount: numbers::money(payment.amounts.amount, language),
        state,
        tone,
        at: dates::moment(at, &visit.company.zone(), language),
        facts: facts(receipt, language),
        totals: totals(payment, language),
        pdf_url: format!("/portal/receipts/{}/pdf", payment.id),
        invoice_url: receipt.invoice.as_ref().map(|invoice| format!("/invoice/{}", invoice.public_id)),
    }
}
