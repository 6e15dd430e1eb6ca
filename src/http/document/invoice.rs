//! An invoice on paper: the lines, taxes and sums of its page.

use super::merchant;
use crate::app::invoice::HostedInvoice;
use crate::domain::invoice::{Invoice, LineStatus};
use crate::domain::language::Language;
use crate::domain::money::Money;
use crate::http::postal::address_lines;
use crate::i18n::portal_documents::PortalDocuments;
use crate::i18n::{dates, fill, numbers};
use crate::paper::{Paper, PaperLine};

/// The paper of an invoice; `public_url` is where customers reach us.
pub(in crate::http) fn of(hosted: &HostedInvoice, public_url: &str, language: Language) -> Paper {
    let HostedInvoice { invoice, company, company_address, .. } = hosted;
    let (words, zone) = (PortalDocuments::of(language), company.zone());
    let day = |at: crate::domain::time::Timestamp| dates::day(at.date_in(&zone), language);
    let mut from = merchant(company, if invoice.payable_to.is_empty() { company_address } else { &invoice.payable_to });
    if let Some(name) = from.first_mut().filter(|_| !invoice.terms.company_name.is_empty()) {
        name.clone_from(&invoice.terms.company_name);
    }
    let mut notes = vec![invoice.message.clone()];
    if invoice.is_payable() {
        notes.push(fill(words.pay_online, &[&format!("{public_url}/invoice/{}", invoice.public_id)]));
    }
    Paper {
        language,
        day: Some(invoice.created_at.date_in(&zone)),
        kind: words.invoice.to_owned(),
        number: invoice.display_number().to_owned(),
        merchant: from,
        party_label: words.bill_to.to_owned(),
        party: address_lines(&invoice.bill_to),
        facts: vec![(words.issued.to_owned(), day(invoice.created_at)), (words.due.to_owned(), day(invoice.date_due))],
        heads: [words.description, words.quantity, words.unit_price, words.amount].map(str::to_owned),
        lines: lines(invoice, words, language),
        totals: totals(invoice, words, language),
        notes,
        page_of: words.page_of,
    }
}

fn lines(invoice: &Invoice, words: &PortalDocuments, language: Language) -> Vec<PaperLine> {
    let line = |line: &crate::domain::invoice::InvoiceLine| {
        let left_out =
            if line.status == LineStatus::Rejected { format!(" ({})", words.left_out) } else { String::new() };
        PaperLine {
            name: format!("{}{left_out}", line.name),
            text: line.description.clone(),
            quantity: line.quantity.to_string(),
            price: numbers::money(line.unit_price, language),
            amount: numbers::money(line.amount, language),
        }
    };
    invoice.lines.iter().map(line).collect()
}

fn totals(invoice: &Invoice, words: &PortalDocuments, language: Language) -> Vec<(String, String, bool)> {
    let sums = &invoice.totals;
    let row = |label: &str, amount: Money, is_sum| (label.to_owned(), numbers::money(amount, language), is_sum);
    let some = |label, amount: Money| (!amount.is_zero()).then(|| row(label, amount, false));
    let rows = [
        some(words.subtotal, sums.subtotal),
        some(words.tax, sums.tax),
        some(words.shipping, sums.shipping),
        some(words.adjustment, sums.adjustment),
        Some(row(words.total, sums.total, true)),
        some(words.paid, invoice.paid),
        Some(row(words.left_to_pay, invoice.due(), true)),
    ];
    rows.into_iter().flatten().collect()
}
