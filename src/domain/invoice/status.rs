//! Where an invoice stands, and what each event makes of it.

use super::Invoice;
use super::names;
use crate::domain::money::Money;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};

names! {
    /// Where an invoice stands (facts-gateway.md, "Enumerations").
    InvoiceStatus {
        Pending "pending" "Nothing was paid yet.";
        Paid "paid" "Nothing is due any more.";
        PartiallyPaid "partially_paid" "Something was paid.";
        Authorized "authorized" "The money is held until the merchant captures it.";
        PayingViaMail "paying_via_mail" "The customer said that a check is on its way.";
        Declined "declined" "The last payment was declined.";
        Failed "failed" "The last automatic charge was declined and no other follows.";
        Rejected "rejected" "The customer rejected it.";
        PastDue "past_due" "The due date has passed.";
        Void "void" "Taken back.";
    }
}

impl InvoiceStatus {
    /// Whether the customer may start a payment.
    pub fn is_payable(self) -> bool {
        match self {
            Self::Pending
            | Self::PartiallyPaid
            | Self::PayingViaMail
            | Self::Declined
            | Self::Failed
            | Self::PastDue => true,
            Self::Paid | Self::Authorized | Self::Rejected | Self::Void => false,
        }
    }

    /// Whether what is due counts as owed.
    pub fn is_owed(self) -> bool {
        !matches!(self, Self::Rejected | Self::Void)
    }

    /// Whether it becomes past due when its date passes. An authorized one waits for the merchant, a check is under way.
    pub fn becomes_past_due(self) -> bool {
        matches!(self, Self::Pending | Self::PartiallyPaid | Self::Declined)
    }
}

/// What a payment of `amount` makes of the invoice. Money that was taken is never refused here: a late answer may pay
/// more than is due, and the invoice then says so (`paid` above `total`).
///
/// # Errors
/// `Invalid` where it is nothing, or of another currency.
pub fn pay(invoice: &mut Invoice, amount: Money) -> Result<()> {
    if !amount.is_positive() {
        return Err(Error::invalid("amount", "must be more than zero"));
    }
    invoice.paid = invoice.paid.plus(amount)?;
    invoice.payments = invoice.payments.saturating_add(1);
    settle_status(invoice);
    Ok(())
}

/// What undoing `amount` of its payments (a void, a bank return) makes of the invoice at `now`.
///
/// # Errors
/// `Invalid` where less than that was paid.
pub fn unpay(invoice: &mut Invoice, amount: Money, now: Timestamp) -> Result<()> {
    if !amount.is_positive() || amount.currency() != invoice.currency() || amount.minor() > invoice.paid.minor() {
        return Err(Error::invalid("amount", format!("only {} was paid", invoice.paid)));
    }
    invoice.paid = invoice.paid.minus(amount)?;
    reopen(invoice, now);
    Ok(())
}

/// The status of an invoice whose payments were undone, or whose authorization was released, at `now`; no line of it
/// counts as paid any more.
pub fn reopen(invoice: &mut Invoice, now: Timestamp) {
    for line in &mut invoice.lines {
        if line.status == super::LineStatus::Paid {
            line.status = super::LineStatus::Pending;
        }
    }
    invoice.status = if invoice.date_due < now {
        InvoiceStatus::PastDue
    } else if invoice.paid.is_positive() {
        InvoiceStatus::PartiallyPaid
    } else {
        InvoiceStatus::Pending
    };
}

/// The status that follows from what was paid: also of a new invoice, where nothing due means paid
/// (RELIABILITY.md 3.1.8).
pub fn settle_status(invoice: &mut Invoice) {
    if !invoice.due().is_positive() {
        invoice.status = InvoiceStatus::Paid;
        invoice.collect_at = None;
        for line in &mut invoice.lines {
            if line.status != super::LineStatus::Rejected {
                line.status = super::LineStatus::Paid;
            }
        }
    } else if invoice.paid.is_positive() {
        invoice.status = InvoiceStatus::PartiallyPaid;
    } else {
        invoice.status = InvoiceStatus::Pending;
    }
}

/// What a decline makes of the invoice: one that was paid in part stays so.
pub fn decline(invoice: &mut Invoice) {
    if !invoice.paid.is_positive() && invoice.status.is_payable() {
        invoice.status = InvoiceStatus::Declined;
    }
}

/// Refuses a change or a rejection once something was paid or it is closed.
///
/// # Errors
/// `InvalidTransition` naming where it stands.
pub fn untouched(invoice: &Invoice, to: &str) -> Result<()> {
    let is_open = invoice.status.is_payable() && invoice.deleted_at.is_none();
    if is_open && !invoice.paid.is_positive() { Ok(()) } else { Err(refused(invoice, to)) }
}

/// Refuses deleting once something was paid or is held. A rejected one, and one that never cost anything, may go.
///
/// # Errors
/// `InvalidTransition` naming where it stands.
pub fn deletable(invoice: &Invoice) -> Result<()> {
    let is_held = invoice.status == InvoiceStatus::Authorized;
    if invoice.paid.is_positive() || is_held { Err(refused(invoice, "deleted")) } else { Ok(()) }
}

/// The refusal of a step.
pub fn refused(invoice: &Invoice, to: &str) -> Error {
    Error::InvalidTransition { kind: "invoice", from: invoice.status.as_str().to_owned(), to: to.to_owned() }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
