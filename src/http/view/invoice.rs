//! The hosted invoice: the document, and beside it one panel that says what can be done now.

use askama::Template;

use super::{
    company::Company,
    pay_form::{Partial, PayForm},
    qr::QrSvg,
    tone::Tone,
};

/// `GET /invoice/{public_id}`, and the answer to a payment that did not go through.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/invoice.html")]
pub struct InvoicePage {
    /// Who issued it.
    pub company: Company,
    /// The unguessable id in the address.
    pub public_id: String,
    /// The number people use.
    pub number: String,
    /// `Open`, `Paid`, `Past due`.
    pub status_text: String,
    /// The colour of the status.
    pub tone: Tone,
    /// `Amount due`, or `Paid` where nothing is due any more.
    pub amount_due_label: String,
    /// The large amount: what is due, or what was paid.
    pub amount_due: String,
    /// Date of issue.
    pub issued: String,
    /// Due date.
    pub due: Option<String>,
    /// `due in 5 days`, `3 days overdue`.
    pub days_text: Option<String>,
    /// Customer's name and address, line by line.
    pub bill_to: Vec<String>,
    /// Shipping address; empty when there is none.
    pub ship_to: Vec<String>,
    /// More facts: (`PO number`, `4711`).
    pub references: Vec<(String, String)>,
    /// The company's message; line breaks are kept.
    pub message: Option<String>,
    /// What is charged for.
    pub lines: Vec<Line>,
    /// Subtotal, discount, tax, shipping, paid, total, in the order shown.
    pub totals: Vec<Total>,
    /// Payments so far.
    pub payments: Vec<Payment>,
    /// The page's own address as a code.
    pub qr: Option<QrSvg>,
    /// The page's own address, printed beside the code on paper.
    pub page_url: Option<String>,
    /// The document as PDF.
    pub pdf_url: Option<String>,
    /// What can be done now.
    pub panel: Panel,
}

/// One line of the invoice. Discount and tax are empty when the line has none; they stand under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub name: String,
    /// More about it; may be empty; line breaks are kept.
    pub description: String,
    /// How many.
    pub quantity: String,
    /// Price of one.
    pub unit_price: String,
    /// Taken off.
    pub discount: String,
    /// Tax of the line.
    pub tax: String,
    /// Its sum.
    pub amount: String,
    /// Whether the customer left it out: it is shown and not owed.
    pub is_left_out: bool,
}

/// One row under the lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// `Subtotal`, `Sales tax (7 %)`.
    pub label: String,
    /// The amount.
    pub amount: String,
    /// Whether it stands out.
    pub strong: bool,
}

/// A payment on the invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// When.
    pub date: String,
    /// `Visa •••• 4242`.
    pub method: String,
    /// How much.
    pub amount: String,
    /// `refunded`, `being confirmed`; none when it simply was paid.
    pub state: Option<String>,
    /// Its receipt.
    pub receipt_url: Option<String>,
}

/// What can be done now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Panel {
    /// It can be paid.
    Pay(Box<PayForm>),
    /// It is paid.
    Paid {
        /// `Thank you`.
        title: String,
        /// What was paid, when and how.
        text: String,
        /// The last receipt.
        receipt_url: Option<String>,
    },
    /// The processor has not said yet whether the payment went through. No pay button.
    Confirming {
        /// What was tried.
        text: String,
        /// This page.
        check_url: String,
    },
    /// The customer chose to send a check.
    ByMail {
        /// What to send.
        text: String,
        /// Where to.
        mail_to: Vec<String>,
    },
    /// Void, rejected, or nothing due.
    Closed {
        /// `This invoice was rejected`.
        title: String,
        /// Why, and whom to ask.
        text: String,
    },
}

impl Panel {
    /// Whether the page offers to pay.
    pub fn is_payable(&self) -> bool {
        matches!(self, Self::Pay(_))
    }
}
