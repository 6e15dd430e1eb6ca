//! A receipt: what it says, on its page and on paper.

use super::merchant;
use crate::app::portal::documents::Receipt;
use crate::domain::language::Language;
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionType};
use crate::http::postal::address_lines;
use crate::i18n::portal_documents::PortalDocuments;
use crate::i18n::{dates, numbers};
use crate::paper::Paper;

/// The paper of a receipt.
pub(in crate::http) fn of(receipt: &Receipt, language: Language) -> Paper {
    let (words, payment) = (PortalDocuments::of(language), &receipt.payment);
    let (zone, at) = (receipt.company.zone(), payment.captured_at.unwrap_or(payment.created_at));
    let is_back = matches!(payment.kind, TransactionType::Refund | TransactionType::Credit);
    let mut facts = facts(receipt, language);
    facts.insert(0, (words.date.to_owned(), dates::moment(at, &zone, language)));
    Paper {
        language,
        day: Some(at.date_in(&zone)),
        kind: kind_of(payment, language).to_owned(),
        number: payment.id.to_string(),
        merchant: merchant(&receipt.company, &receipt.company_address),
        party_label: if is_back { words.paid_to } else { words.received_from }.to_owned(),
        party: receipt.invoice.as_ref().map(|invoice| address_lines(&invoice.bill_to)).unwrap_or_default(),
        facts,
        totals: totals(payment, language),
        notes: vec![payment.description.clone()],
        page_of: words.page_of,
        ..Paper::default()
    }
}

/// "Receipt", or "Refund" where money went back.
pub(in crate::http) fn kind_of(payment: &Transaction, language: Language) -> &'static str {
    let words = PortalDocuments::of(language);
    match payment.kind {
        TransactionType::Refund | TransactionType::Credit => words.refund,
        TransactionType::Sale | TransactionType::Authorize | TransactionType::Verification => words.receipt,
    }
}

/// What is to be known of a payment, label and text.
pub(in crate::http) fn facts(receipt: &Receipt, language: Language) -> Vec<(String, String)> {
    let (words, payment) = (PortalDocuments::of(language), &receipt.payment);
    let paid_with = payment.instrument.as_ref().map(InstrumentFacts::label).unwrap_or_default();
    let invoice = receipt.invoice.as_ref().map(|invoice| invoice.display_number().to_owned()).unwrap_or_default();
    let facts = [
        (words.paid_with, paid_with),
        (words.invoice, invoice),
        (words.order, payment.order_id.clone()),
        (words.authorization, payment.answer.auth_code.clone()),
        (words.transaction, payment.id.to_string()),
    ];
    facts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label.to_owned(), text)).collect()
}

/// The parts of the amount, the amount, and what was given back of it.
pub(in crate::http) fn totals(payment: &Transaction, language: Language) -> Vec<(String, String, bool)> {
    let (words, amounts) = (PortalDocuments::of(language), &payment.amounts);
    let parts = [
        (words.tax, amounts.tax),
        (words.shipping, amounts.shipping),
        (words.tip, amounts.tip),
        (words.surcharge, amounts.surcharge),
        (words.service_fee, amounts.service_fee),
        (words.adjustment, amounts.adjustment),
    ];
    let parts = parts.into_iter().filter(|(_, amount)| amount.is_positive());
    let parts = parts
        .map(|(label, amount)| (crate::i18n::fill(words.included, &[label]), numbers::money(amount, language), false));
    let is_sale = matches!(payment.kind, TransactionType::Sale | TransactionType::Authorize);
    let taken = if is_sale && amounts.captured.is_positive() { amounts.captured } else { amounts.amount };
    let total = (words.total.to_owned(), numbers::money(taken, language), true);
    let back = amounts
        .refunded
        .is_positive()
        .then(|| (words.refunded.to_owned(), format!("\u{2212}{}", numbers::money(amounts.refunded, language)), false));
    parts.chain(std::iter::once(total)).chain(back).collect()
}
