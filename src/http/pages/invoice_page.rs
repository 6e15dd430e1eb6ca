//! From an invoice to what its page shows: words, dates and amounts as people read them.

use jiff::civil::Date;

use crate::app::invoice::{HostedInvoice, Waiting};
use crate::domain::invoice::{Invoice, InvoiceStatus, LineStatus};
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionStatus};
pub(super) use crate::http::postal::address_lines;
use crate::http::view::company::Company;
use crate::http::view::invoice::{InvoicePage, Line, Panel, Payment, Total};
use crate::http::view::pay_form::PayForm;
use crate::http::view::qr::QrSvg;
use crate::http::view::theme::Theme;
use crate::http::view::tone::{Notice, Tone};

/// The page of `hosted` at `now`; `form` where it can be paid.
pub(super) fn of(hosted: &HostedInvoice, form: Option<PayForm>, public_url: &str, now: Timestamp) -> InvoicePage {
    let invoice = &hosted.invoice;
    let zone = hosted.company.zone();
    let is_open = form.is_some();
    let (status_text, tone) = status(hosted, now);
    let url = format!("{public_url}/invoice/{}", invoice.public_id);
    let is_done = invoice.status == InvoiceStatus::Paid;
    let due = invoice.date_due.date_in(&zone);
    InvoicePage {
        company: company(hosted),
        public_id: invoice.public_id.clone(),
        number: invoice.display_number().to_owned(),
        status_text: status_text.to_owned(),
        tone,
        amount_due_label: if is_done { "Paid" } else { "Amount due" }.to_owned(),
        amount_due: if is_done { invoice.totals.total } else { invoice.due() }.to_string(),
        issued: day(invoice.created_at.date_in(&zone)),
        due: Some(day(due)),
        days_text: is_open.then(|| days(hosted.company.today(now), due)),
        bill_to: address_lines(&invoice.bill_to),
        ship_to: Vec::new(),
        references: references(invoice),
        message: Some(invoice.message.clone()).filter(|text| !text.is_empty()),
        lines: lines(invoice),
        totals: totals(invoice),
        payments: hosted.payments.iter().map(|payment| shown_payment(hosted, payment)).collect(),
        qr: QrSvg::of_url(&url),
        page_url: Some(url.split_once("://").map_or(url.clone(), |(_, rest)| rest.to_owned())),
        pdf_url: Some(format!("/invoice/{}/pdf", invoice.public_id)),
        panel: form.map_or_else(|| closed_panel(hosted), |form| Panel::Pay(Box::new(form))),
    }
}

/// Who issued it: the company, or as whom it issued this invoice.
pub(super) fn company(hosted: &HostedInvoice) -> Company {
    let HostedInvoice { invoice, company, company_address, .. } = hosted;
    let or = |own: &str, general: &str| if own.is_empty() { general.to_owned() } else { own.to_owned() };
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    let place = if invoice.payable_to.is_empty() { company_address } else { &invoice.payable_to };
    let name = or(&invoice.terms.company_name, &company.name);
    // The page prints the name above the address.
    let address_lines = address_lines(place).into_iter().filter(|line| *line != name).collect();
    Company {
        logo_url: some(&or(&invoice.terms.company_logo_url, &company.logo_url)),
        address_lines,
        name,
        email: some(&or(&invoice.payable_to.email, &company.email)),
        phone: some(&or(&invoice.payable_to.phone, &company.phone)),
        theme_url: Theme::new(&company.accent).map(|theme| theme.url(&invoice.public_id)),
    }
}

fn status(hosted: &HostedInvoice, now: Timestamp) -> (&'static str, Tone) {
    let invoice = &hosted.invoice;
    if hosted.waiting == Waiting::ForProcessor {
        return ("Being confirmed", Tone::Info);
    }
    let is_late = invoice.date_due < now;
    match invoice.status {
        InvoiceStatus::Paid => ("Paid", Tone::Good),
        InvoiceStatus::Authorized => ("Authorized", Tone::Info),
        InvoiceStatus::PayingViaMail => ("Waiting for a check", Tone::Info),
        InvoiceStatus::Rejected => ("Rejected", Tone::Bad),
        InvoiceStatus::Void => ("Void", Tone::Neutral),
        InvoiceStatus::PastDue => ("Past due", Tone::Bad),
        InvoiceStatus::Pending | InvoiceStatus::Declined | InvoiceStatus::Failed if is_late => ("Past due", Tone::Bad),
        InvoiceStatus::PartiallyPaid => ("Partially paid", Tone::Warn),
        InvoiceStatus::Declined | InvoiceStatus::Failed => ("Payment declined", Tone::Bad),
        InvoiceStatus::Pending => ("Open", Tone::Info),
    }
}

fn closed_panel(hosted: &HostedInvoice) -> Panel {
    let invoice = &hosted.invoice;
    let closed = |title: &str, text: String| Panel::Closed { title: title.to_owned(), text };
    if hosted.waiting == Waiting::ForProcessor {
        return Panel::Confirming {
            text: "The payment was sent, and the bank has not answered yet.".to_owned(),
            check_url: format!("/invoice/{}", invoice.public_id),
        };
    }
    match invoice.status {
        InvoiceStatus::Paid => paid_panel(hosted),
        InvoiceStatus::Authorized => closed(
            "Payment authorized",
            "The amount is held on your card. It is taken when the company confirms it; there is nothing to do."
                .to_owned(),
        ),
        InvoiceStatus::Rejected => closed("This invoice was rejected", format!("Reason: {}", invoice.reject_message)),
        InvoiceStatus::Void => closed("This invoice is void", "Nothing needs to be paid.".to_owned()),
        InvoiceStatus::Pending
        | InvoiceStatus::PartiallyPaid
        | InvoiceStatus::PayingViaMail
        | InvoiceStatus::Declined
        | InvoiceStatus::Failed
        | InvoiceStatus::PastDue => closed("Nothing to pay", "Nothing is due on this invoice.".to_owned()),
    }
}

fn paid_panel(hosted: &HostedInvoice) -> Panel {
    let zone = hosted.company.zone();
    let Some(last) = hosted.payments.iter().rfind(|payment| payment.amounts.captured.is_positive()) else {
        return Panel::Paid {
            title: "This invoice is paid".to_owned(),
            text: "There is nothing left to pay.".to_owned(),
            receipt_url: None,
        };
    };
    let on = day(last.captured_at.unwrap_or(last.created_at).date_in(&zone));
    let with = last.instrument.as_ref().map(|facts| format!(" with {}", facts.label())).unwrap_or_default();
    Panel::Paid {
        title: "Thank you".to_owned(),
        text: format!("{} was paid on {on}{with}.", last.amounts.captured),
        receipt_url: Some(receipt_url(&hosted.invoice, last)),
    }
}

fn shown_payment(hosted: &HostedInvoice, payment: &Transaction) -> Payment {
    let state = match payment.status {
        TransactionStatus::PendingSettlement | TransactionStatus::Settled => None,
        TransactionStatus::Authorized => Some("held"),
        TransactionStatus::Voided | TransactionStatus::Reversed => Some("cancelled"),
        TransactionStatus::Refunded => Some("refunded"),
        TransactionStatus::PartiallyRefunded => Some("partially refunded"),
        TransactionStatus::Returned | TransactionStatus::LateReturn => Some("returned"),
        TransactionStatus::Unknown | TransactionStatus::Pending | TransactionStatus::Declined => {
            Some("being confirmed")
        }
    };
    Payment {
        date: day(payment.captured_at.unwrap_or(payment.created_at).date_in(&hosted.company.zone())),
        method: payment.instrument.as_ref().map_or_else(|| "Payment".to_owned(), |facts| facts.label()),
        amount: payment.amounts.amount.to_string(),
        state: state.map(str::to_owned),
        receipt_url: Some(receipt_url(&hosted.invoice, payment)),
    }
}

fn receipt_url(invoice: &Invoice, payment: &Transaction) -> String {
    format!("/invoice/{}/receipt/{}", invoice.public_id, payment.id)
}

/// What a decline means for the one who pays; never what would help somebody who tries cards out.
pub(super) fn decline_notice(transaction: &Transaction) -> Notice {
    let is_bank = transaction.instrument.as_ref().is_some_and(|facts| facts.payment_type() == "ach");
    let title = if is_bank { "The bank account was declined" } else { "Your card was declined" };
    let advice = match transaction.response_code {
        202 => "There is not enough money on it. Nothing was charged: try another way to pay.",
        223 => "It has expired. Nothing was charged: try another card.",
        _ => "Nothing was charged. Check what you typed, try another way to pay, or ask your bank.",
    };
    Notice::new(Tone::Bad, title, advice)
}

/// The items; their amounts are without taxes and add up to the subtotal.
pub(super) fn lines(invoice: &Invoice) -> Vec<Line> {
    let mut shown = Vec::with_capacity(invoice.lines.len());
    for line in &invoice.lines {
        let mut description = line.description.clone();
        if line.freight.is_positive() {
            let break_or_not = if description.is_empty() { "" } else { "\n" };
            description.push_str(&format!("{break_or_not}Freight {}", line.freight));
        }
        shown.push(Line {
            name: if line.name.is_empty() { "Item".to_owned() } else { line.name.clone() },
            description,
            quantity: line.quantity.to_string(),
            unit_price: line.unit_price.to_string(),
            discount: if line.discount.is_positive() { format!("−{}", line.discount) } else { String::new() },
            tax: if line.tax.is_positive() { line.tax.to_string() } else { String::new() },
            amount: line.amount.minus(line.tax).unwrap_or(line.amount).to_string(),
            is_left_out: line.status == LineStatus::Rejected,
        });
    }
    shown
}

fn totals(invoice: &Invoice) -> Vec<Total> {
    let sums = &invoice.totals;
    let mut rows = vec![total("Subtotal", sums.subtotal.to_string(), false)];
    if sums.tax.is_positive() {
        let percent = invoice.terms.tax_percent;
        let has_rate = invoice.terms.enable_tax && !percent.is_zero();
        let rate = percent.to_string();
        let rate = rate.trim_end_matches('0').trim_end_matches('.');
        let label = if has_rate { format!("Tax ({rate} %)") } else { "Tax".to_owned() };
        rows.push(total(&label, sums.tax.to_string(), false));
    }
    if sums.shipping.is_positive() {
        rows.push(total("Shipping", sums.shipping.to_string(), false));
    }
    if !sums.adjustment.is_zero() {
        rows.push(total("Adjustment", sums.adjustment.to_string().replace('-', "−"), false));
    }
    rows.push(total("Total", sums.total.to_string(), false));
    if invoice.paid.is_positive() {
        rows.push(total("Paid", format!("−{}", invoice.paid), false));
    }
    rows.push(total("Amount due", invoice.due().to_string(), true));
    rows
}

/// A row under the lines.
pub(super) fn total(label: &str, amount: String, strong: bool) -> Total {
    Total { label: label.to_owned(), amount, strong }
}

fn references(invoice: &Invoice) -> Vec<(String, String)> {
    let mut references = Vec::new();
    if !invoice.customer_number.is_empty() {
        references.push(("Customer number".to_owned(), invoice.customer_number.clone()));
    }
    references
}

/// "20 November 2026".
pub(super) fn day(date: Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// "20 November 2026, 14:02 UTC".
pub(super) fn moment(at: Timestamp) -> String {
    let text = at.to_string();
    let time = text.get(11..16).unwrap_or_default();
    format!("{}, {time} UTC", day(at.utc_date()))
}

fn days(today: Date, due: Date) -> String {
    let left = today.until(due).map_or(0, |span| span.get_days());
    match left {
        0 => "due today".to_owned(),
        1 => "due tomorrow".to_owned(),
        -1 => "1 day overdue".to_owned(),
        days if days < 0 => format!("{} days overdue", days.unsigned_abs()),
        days => format!("due in {days} days"),
    }
}
