//! Rows of an uploaded file: from the header and a row's cells to what is to be done, or the column that is wrong
//! (seed gateway, "File Batch"; facts-gateway.md, "File batch").
//!
//! Beyond the seed: `transaction_id` names what a capture or refund is about, and `currency` is USD where it is empty.

use jiff::civil::Date;

use super::address::Address;
use super::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use super::card::{CardNumber, Cvc, Expiry};
use super::currency::Currency;
use super::file_batch::RowFacts;
use super::id::{CustomerId, Id, Kind, PaymentMethodId, ProcessorId, TransactionId};
use super::text;
use super::transaction::TransactionType;
use crate::error::{Error, Result};

/// Longest order_id and po_number, characters (seed gateway, "File Batch").
pub const ORDER_MAX: usize = 17;
/// Longest description, characters (seed gateway, "File Batch").
pub const DESCRIPTION_MAX: usize = 100;

/// Every column that a file may have, in the order of the seed, then those of the facts, then ours.
pub const COLUMNS: [&str; 51] = [
    "transaction_type",
    "cc_number",
    "cc_expiration",
    "cc_cvc",
    "ach_account_number",
    "ach_routing_number",
    "ach_account_type",
    "ach_sec_code",
    "customer_id",
    "amount",
    "shipping_amount",
    "tax_amount",
    "discount_amount",
    "order_id",
    "description",
    "po_number",
    "tax_exempt",
    "email_address",
    "processor_id",
    "billing_first_name",
    "billing_last_name",
    "billing_company",
    "billing_address_line_1",
    "billing_address_line_2",
    "billing_city",
    "billing_state",
    "billing_postal_code",
    "billing_country",
    "billing_phone",
    "billing_fax",
    "billing_email",
    "shipping_first_name",
    "shipping_last_name",
    "shipping_company",
    "shipping_address_line_1",
    "shipping_address_line_2",
    "shipping_city",
    "shipping_state",
    "shipping_postal_code",
    "shipping_country",
    "shipping_phone",
    "shipping_fax",
    "shipping_email",
    "payment_method_type",
    "payment_method_id",
    "base_amount",
    "surcharge",
    "surcharge_exempt",
    "transaction_id",
    "currency",
    "ip_address",
];

/// The columns of a header, in its order.
///
/// # Errors
/// `Invalid` naming the column by its position: what stands there may be a card number in a file without a header.
pub fn parse_header<T: AsRef<str>>(cells: &[T]) -> Result<Vec<String>> {
    let mut columns: Vec<String> = Vec::with_capacity(cells.len());
    for (position, cell) in (1u32..).zip(cells) {
        let name = cell.as_ref().trim();
        let known = COLUMNS.iter().find(|column| **column == name);
        let Some(known) = known else {
            return Err(Error::invalid("file", format!("column {position} of the header is not known")));
        };
        if columns.iter().any(|column| column == known) {
            return Err(Error::invalid("file", format!("the header names {known} twice")));
        }
        columns.push((*known).to_owned());
    }
    if columns.iter().any(|column| column == "transaction_type") {
        return Ok(columns);
    }
    Err(Error::invalid("file", "the header does not name transaction_type"))
}

/// What a row asks for.
pub enum RowOrder {
    /// A sale, authorization, verification or credit.
    Charge(Box<RowCharge>),
    /// Held money is taken.
    Capture {
        /// The authorization.
        transaction_id: TransactionId,
        /// How much, minor units; all of it where `None`.
        amount_minor: Option<i64>,
        /// Tax in it.
        tax_minor: Option<i64>,
        /// Shipping in it.
        shipping_minor: Option<i64>,
        /// The merchant's order, where it changes.
        order_id: Option<String>,
        /// The merchant's purchase order, where it changes.
        po_number: Option<String>,
    },
    /// Settled money is given back.
    Refund {
        /// What is refunded.
        transaction_id: TransactionId,
        /// How much, minor units; all that is left where `None`.
        amount_minor: Option<i64>,
    },
}

impl RowOrder {
    /// The earlier transaction that the row is about.
    pub fn about(&self) -> Option<&TransactionId> {
        match self {
            Self::Charge(_) => None,
            Self::Capture { transaction_id, .. } | Self::Refund { transaction_id, .. } => Some(transaction_id),
        }
    }
}

/// A row that charges. Amounts are minor units of `currency`.
#[expect(missing_docs, reason = "the names are the columns")]
pub struct RowCharge {
    pub kind: TransactionType,
    pub currency: Currency,
    pub amount_minor: i64,
    pub base_minor: i64,
    pub tax_minor: i64,
    pub shipping_minor: i64,
    pub discount_minor: i64,
    pub surcharge_minor: i64,
    pub payment: RowPayment,
    pub processor_id: Option<ProcessorId>,
    pub order_id: String,
    pub po_number: String,
    pub description: String,
    pub ip_address: String,
    pub email_address: String,
    pub is_tax_exempt: bool,
    pub billing: Option<Address>,
    pub shipping: Option<Address>,
}

/// What pays for a row. Holds secrets; wiped when dropped.
#[expect(missing_docs, reason = "the names are the columns")]
pub enum RowPayment {
    /// A card.
    Card { number: CardNumber, expiry: Expiry, cvc: Option<Cvc> },
    /// A US bank account.
    Ach { routing: RoutingNumber, account: AccountNumber, sec_code: SecCode, account_type: AccountType },
    /// A customer of the vault.
    Customer { id: CustomerId, payment_method_id: Option<PaymentMethodId>, payment_method_type: Option<String> },
}

/// A row under its header.
pub struct Row<'a, T> {
    columns: &'a [String],
    cells: &'a [T],
}

impl<'a, T: AsRef<str>> Row<'a, T> {
    /// The row with these cells.
    pub fn new(columns: &'a [String], cells: &'a [T]) -> Self {
        Self { columns, cells }
    }

    /// What is shown with the row's verdict, also of a row that breaks a rule: only what keeps its own.
    pub fn facts(&self) -> RowFacts {
        let kind = Some(self.cell("transaction_type")).filter(|kind| KINDS.contains(kind)).unwrap_or_default();
        RowFacts {
            kind: kind.to_owned(),
            amount_minor: self.amount("amount").ok().flatten(),
            order_id: self.short_text("order_id", ORDER_MAX).unwrap_or_default(),
        }
    }

    /// What the row asks for; `today` bounds how far ahead a card may expire.
    ///
    /// # Errors
    /// `Invalid` naming the column.
    pub fn parse(&self, today: Date) -> Result<RowOrder> {
        if self.cells.len() != self.columns.len() {
            let problem = format!("has {} fields, the header has {}", self.cells.len(), self.columns.len());
            return Err(Error::invalid("row", problem));
        }
        let kind = match self.required("transaction_type")? {
            "sale" => TransactionType::Sale,
            "authorize" => TransactionType::Authorize,
            "verification" => TransactionType::Verification,
            "credit" => TransactionType::Credit,
            "capture" => return self.capture(),
            "refund" => {
                let transaction_id = self.about()?;
                return Ok(RowOrder::Refund { transaction_id, amount_minor: self.amount("amount")? });
            }
            _ => return Err(Error::invalid("transaction_type", format!("must be one of {}", KINDS.join(", ")))),
        };
        if !self.cell("transaction_id").is_empty() {
            return Err(Error::invalid("transaction_id", "is for capture and refund only"));
        }
        self.charge(kind, today).map(|charge| RowOrder::Charge(Box::new(charge)))
    }

    fn capture(&self) -> Result<RowOrder> {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Ok(RowOrder::Capture {
            transaction_id: self.about()?,
            amount_minor: self.amount("amount")?,
            tax_minor: self.amount("tax_amount")?,
            shipping_minor: self.amount("shipping_amount")?,
            order_id: given(self.short_text("order_id", ORDER_MAX)?),
            po_number: given(self.short_text("po_number", ORDER_MAX)?),
        })
    }

    fn charge(&self, kind: TransactionType, today: Date) -> Result<RowCharge> {
        let part = |column: &str| self.amount(column).map(Option::unwrap_or_default);
        let (base_minor, surcharge_minor) = (part("base_amount")?, part("surcharge")?);
        let (tax_minor, shipping_minor) = (part("tax_amount")?, part("shipping_amount")?);
        let too_much = || Error::invalid("amount", "is too much");
        let amount_minor = match self.amount("amount")? {
            Some(amount) if amount > 0 || base_minor == 0 => amount,
            None if base_minor == 0 => return Err(Error::invalid("amount", "is required")),
            _ => base_minor.checked_add(surcharge_minor).ok_or_else(too_much)?,
        };
        if amount_minor == 0 && kind != TransactionType::Verification {
            return Err(Error::invalid("amount", "must be more than zero"));
        }
        let parts = tax_minor.checked_add(shipping_minor).and_then(|sum| sum.checked_add(surcharge_minor));
        if amount_minor > 0 && parts.ok_or_else(too_much)? > amount_minor {
            return Err(Error::invalid("amount", "is less than its tax, shipping and surcharge together"));
        }
        self.yes_or_no("surcharge_exempt")?;
        Ok(RowCharge {
            kind,
            currency: self.currency()?,
            amount_minor,
            base_minor,
            tax_minor,
            shipping_minor,
            discount_minor: part("discount_amount")?,
            surcharge_minor,
            payment: self.payment(today)?,
            processor_id: self.id("processor_id")?,
            order_id: self.short_text("order_id", ORDER_MAX)?,
            po_number: self.short_text("po_number", ORDER_MAX)?,
            description: self.short_text("description", DESCRIPTION_MAX)?,
            ip_address: self.ip_address()?,
            email_address: text::email("email_address", self.cell("email_address"))?,
            is_tax_exempt: self.yes_or_no("tax_exempt")?,
            billing: self.address("billing_")?,
            shipping: self.address("shipping_")?,
        })
    }

    /// Exactly one of card, bank account and customer.
    fn payment(&self, today: Date) -> Result<RowPayment> {
        let given = |column: &str| !self.cell(column).is_empty();
        match (given("cc_number"), given("ach_account_number"), given("customer_id")) {
            (true, false, false) => self.card(today),
            (false, true, false) => self.bank_account(),
            (false, false, true) => self.customer(),
            (false, false, false) => Err(Error::invalid(
                "cc_number",
                "is required where there is neither ach_account_number nor customer_id",
            )),
            _ => {
                Err(Error::invalid("cc_number", "only one of cc_number, ach_account_number, customer_id may be given"))
            }
        }
    }

    fn card(&self, today: Date) -> Result<RowPayment> {
        let wrong = |column: &str, why: super::card::CardError| Error::invalid(column, why.to_string());
        let number = CardNumber::parse(self.cell("cc_number")).map_err(|why| wrong("cc_number", why))?;
        let expiry =
            Expiry::parse(self.required("cc_expiration")?, today).map_err(|why| wrong("cc_expiration", why))?;
        let cvc = match self.cell("cc_cvc") {
            "" => None,
            text => Some(Cvc::parse(text).map_err(|why| wrong("cc_cvc", why))?),
        };
        Ok(RowPayment::Card { number, expiry, cvc })
    }

    fn bank_account(&self) -> Result<RowPayment> {
        let wrong = |column: &str, why: super::bank_account::BankAccountError| Error::invalid(column, why.to_string());
        let account = AccountNumber::parse(self.cell("ach_account_number"));
        let routing = RoutingNumber::parse(self.required("ach_routing_number")?);
        let sec_code = SecCode::parse(self.required("ach_sec_code")?).filter(|code| *code != SecCode::Tel);
        let account_type = AccountType::parse(self.required("ach_account_type")?);
        Ok(RowPayment::Ach {
            routing: routing.map_err(|why| wrong("ach_routing_number", why))?,
            account: account.map_err(|why| wrong("ach_account_number", why))?,
            sec_code: sec_code.ok_or_else(|| Error::invalid("ach_sec_code", "must be WEB, CCD or PPD"))?,
            account_type: account_type
                .ok_or_else(|| Error::invalid("ach_account_type", "must be checking or savings"))?,
        })
    }

    fn customer(&self) -> Result<RowPayment> {
        let kind = self.cell("payment_method_type");
        if !matches!(kind, "" | "card" | "ach") {
            return Err(Error::invalid("payment_method_type", "must be card or ach"));
        }
        Ok(RowPayment::Customer {
            id: self.id("customer_id")?.ok_or_else(|| Error::invalid("customer_id", "is required"))?,
            payment_method_id: self.id("payment_method_id")?,
            payment_method_type: Some(kind.to_owned()).filter(|kind| !kind.is_empty()),
        })
    }

    fn address(&self, prefix: &str) -> Result<Option<Address>> {
        let part = |name: &str| self.cell(&format!("{prefix}{name}")).to_owned();
        let address = Address {
            first_name: part("first_name"),
            last_name: part("last_name"),
            company: part("company"),
            line_1: part("address_line_1"),
            line_2: part("address_line_2"),
            city: part("city"),
            state: part("state"),
            postal_code: part("postal_code"),
            country: part("country"),
            email: part("email"),
            phone: part("phone"),
            fax: part("fax"),
        };
        let checked = address.checked("address_").map_err(|why| match why {
            Error::Invalid { field, problem } => Error::invalid(format!("{prefix}{field}"), problem),
            other => other,
        })?;
        Ok(Some(checked).filter(|address| !address.is_empty()))
    }

    /// The text in a column, without the space around it; "" where the file has no such column.
    fn cell(&self, column: &str) -> &'a str {
        let position = self.columns.iter().position(|name| name == column);
        position.and_then(|position| self.cells.get(position)).map_or("", |cell| cell.as_ref().trim())
    }

    fn required(&self, column: &str) -> Result<&'a str> {
        match self.cell(column) {
            "" => Err(Error::invalid(column, "is required")),
            text => Ok(text),
        }
    }

    fn about(&self) -> Result<TransactionId> {
        self.id("transaction_id")?.ok_or_else(|| Error::invalid("transaction_id", "is required"))
    }

    fn id<K: Kind>(&self, column: &str) -> Result<Option<Id<K>>> {
        match self.cell(column) {
            "" => Ok(None),
            text => Id::parse(text).map(Some).ok_or_else(|| Error::invalid(column, "is not an id")),
        }
    }

    /// Whole minor units, nothing but digits.
    fn amount(&self, column: &str) -> Result<Option<i64>> {
        let text = self.cell(column);
        if text.is_empty() {
            return Ok(None);
        }
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        let number = if digits { text.parse().ok() } else { None };
        number.map(Some).ok_or_else(|| Error::invalid(column, "must be a whole number of cents, such as 1099"))
    }

    fn yes_or_no(&self, column: &str) -> Result<bool> {
        match self.cell(column).to_ascii_lowercase().as_str() {
            "true" | "1" => Ok(true),
            "" | "false" | "0" => Ok(false),
            _ => Err(Error::invalid(column, "must be true or false")),
        }
    }

    fn short_text(&self, column: &str, max: usize) -> Result<String> {
        text::line(column, self.cell(column), max)
    }

    fn currency(&self) -> Result<Currency> {
        match self.cell("currency") {
            "" => Ok(Currency::USD),
            code => {
                Currency::parse(code).ok_or_else(|| Error::invalid("currency", "must be an ISO 4217 code such as USD"))
            }
        }
    }

    fn ip_address(&self) -> Result<String> {
        let text = self.cell("ip_address");
        if text.is_empty() || text.parse::<std::net::IpAddr>().is_ok() {
            return Ok(text.to_owned());
        }
        Err(Error::invalid("ip_address", "must be an IPv4 or IPv6 address"))
    }
}

const KINDS: [&str; 6] = ["verification", "authorize", "capture", "sale", "credit", "refund"];

#[cfg(test)]
#[path = "file_batch_row_tests.rs"]
mod tests;
