//! Lines that the customer leaves out: they stay on the invoice, are not owed, and everything is priced without them.
//!
//! Taxes follow their rule: those of lines go with their lines, a percentage is taken anew of the goods that are left,
//! and a flat amount stays, as do shipping and adjustment of the whole.

use super::price::{NewLine, PricedInvoice, TaxRule, price_invoice};
use super::{Invoice, InvoiceLine, LineStatus};
use crate::domain::id::InvoiceLineId;
use crate::domain::ledger::chart::InvoiceParts;
use crate::error::{Error, Result};

/// What a change of the lines that count made of the parts the ledger keeps.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repriced {
    /// As they were.
    pub before: InvoiceParts,
    /// As they are.
    pub after: InvoiceParts,
}

/// The price of the lines that count.
///
/// # Errors
/// `Invalid` where the other lines alone are worth less than nothing.
pub fn price(invoice: &Invoice) -> Result<PricedInvoice> {
    let lines: Vec<NewLine> =
        invoice.lines.iter().filter(|line| line.status != LineStatus::Rejected).map(as_asked).collect();
    let totals = &invoice.totals;
    price_invoice(invoice.currency(), &lines, tax_rule(invoice), totals.shipping, totals.adjustment)
}

/// Leaves the lines `ids` out and prices the others anew. Something must be left to pay.
///
/// # Errors
/// `Invalid` on `rejected_items`; the invoice may be half changed then and is not to be used.
pub fn leave_out(invoice: &mut Invoice, ids: &[InvoiceLineId]) -> Result<Repriced> {
    let before = price(invoice)?.parts;
    for (at, id) in ids.iter().enumerate() {
        let field = format!("rejected_items[{at}].id");
        let line = invoice.lines.iter_mut().find(|line| line.id == *id);
        let line = line.ok_or_else(|| Error::invalid(&field, "names no item of this invoice"))?;
        if line.status != LineStatus::Pending {
            return Err(Error::invalid(&field, format!("is {} already", line.status.as_str())));
        }
        line.status = LineStatus::Rejected;
    }
    let nothing = || Error::invalid("rejected_items", "leaves nothing to pay: reject the whole invoice instead");
    if invoice.lines.iter().all(|line| line.status == LineStatus::Rejected) {
        return Err(nothing());
    }
    let priced = price(invoice).map_err(|_| nothing())?;
    invoice.totals = priced.totals;
    if !invoice.due().is_positive() {
        return Err(nothing());
    }
    Ok(Repriced { before, after: priced.parts })
}

/// Takes every line that was left out back in; the status is the caller's to set.
///
/// # Errors
/// Out of range.
pub fn take_back(invoice: &mut Invoice) -> Result<Repriced> {
    let before = price(invoice)?.parts;
    for line in invoice.lines.iter_mut().filter(|line| line.status == LineStatus::Rejected) {
        line.status = LineStatus::Pending;
    }
    let priced = price(invoice)?;
    invoice.totals = priced.totals;
    Ok(Repriced { before, after: priced.parts })
}

/// Where the tax of a stored invoice comes from.
fn tax_rule(invoice: &Invoice) -> TaxRule {
    match (invoice.terms.enable_tax, invoice.terms.tax_percent.is_zero()) {
        (false, _) => TaxRule::ByLine,
        (true, true) => TaxRule::Flat(invoice.totals.tax),
        (true, false) => TaxRule::Percent(invoice.terms.tax_percent),
    }
}

/// The line as it was asked for: flat taxes are stored as they came, and a rate is taken anew of the same amount.
fn as_asked(line: &InvoiceLine) -> NewLine {
    NewLine {
        quantity: line.quantity,
        discount: line.discount,
        freight: line.freight,
        local_tax: line.local_tax,
        national_tax: line.national_tax,
        tax: line.tax,
        details: line.details.clone(),
        ..NewLine::of(line.name.clone(), line.unit_price)
    }
}

#[cfg(test)]
#[path = "left_out_tests.rs"]
pub(super) mod tests;
