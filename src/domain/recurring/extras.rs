//! What each bill of a subscription says besides its amount: its lines, the tax in it, a purchase order.

use crate::domain::money::{AMOUNT_MAX_MINOR, Money};
use crate::domain::text;
use crate::error::{Error, Result};

/// Longest purchase order, characters: it becomes that of the transactions.
const PO_NUMBER_MAX: usize = 17;

/// A line of every bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillLine {
    /// What it is.
    pub name: String,
    /// More about it.
    pub description: String,
    /// What it costs, its tax included, minor units.
    pub amount_minor: i64,
    /// The tax in it, minor units.
    pub tax_minor: i64,
    /// The line as the caller gave it, JSON: codes, units and rates that only travel along.
    pub given_json: String,
}

/// What each bill says besides its amount.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BillExtras {
    /// Its lines; empty is one line, the subscription.
    pub lines: Vec<BillLine>,
    /// Whether the amount is the sum of the lines.
    pub derives_amount: bool,
    /// The tax in the amount, minor units.
    pub tax_minor: i64,
    /// Whether it is exempt of tax.
    pub tax_exempt: bool,
    /// The purchase order of its transactions, "" for the invoice's id.
    pub po_number: String,
}

/// What a caller says of it; `None` is unsaid and, in a change, stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the fields of the extras")]
pub struct ExtrasTerms {
    pub lines: Option<Vec<BillLine>>,
    pub derives_amount: Option<bool>,
    pub tax_minor: Option<i64>,
    pub tax_exempt: Option<bool>,
    pub po_number: Option<String>,
}

impl ExtrasTerms {
    /// `current` with what these terms say.
    ///
    /// # Errors
    /// `Invalid` naming the field as the gateway does.
    pub fn over(&self, current: &BillExtras) -> Result<BillExtras> {
        let extras = BillExtras {
            lines: self.lines.clone().unwrap_or_else(|| current.lines.clone()),
            derives_amount: self.derives_amount.unwrap_or(current.derives_amount),
            tax_minor: self.tax_minor.unwrap_or(current.tax_minor),
            tax_exempt: self.tax_exempt.unwrap_or(current.tax_exempt),
            po_number: match &self.po_number {
                Some(po_number) => text::line("po_number", po_number, PO_NUMBER_MAX)?,
                None => current.po_number.clone(),
            },
        };
        if !(0..=AMOUNT_MAX_MINOR).contains(&extras.tax_minor) {
            return Err(Error::invalid("tax_amount", "must not be negative"));
        }
        if extras.tax_exempt && (extras.tax_minor > 0 || extras.lines.iter().any(|line| line.tax_minor > 0)) {
            return Err(Error::invalid("tax_exempt", "cannot be true where tax is charged"));
        }
        if extras.derives_amount && extras.lines.is_empty() {
            return Err(Error::invalid("line_items", "is required with derive_amount_from_line_items"));
        }
        Ok(extras)
    }
}

impl BillExtras {
    /// The amount that follows from the lines; `None` where it does not follow from them.
    ///
    /// # Errors
    /// `Invalid` where it is out of range.
    pub fn derived_minor(&self) -> Result<Option<i64>> {
        if !self.derives_amount {
            return Ok(None);
        }
        let sum = self.lines.iter().try_fold(0_i64, |sum, line| sum.checked_add(line.amount_minor));
        let sum = sum.filter(|sum| *sum <= AMOUNT_MAX_MINOR);
        sum.map(Some).ok_or_else(|| Error::invalid("line_items", "add up to an amount that is out of range"))
    }

    /// Refuses tax that is more than the amount.
    ///
    /// # Errors
    /// `Invalid` on `tax_amount`.
    pub fn fits(&self, amount: Money) -> Result<()> {
        if self.tax_minor > amount.minor() {
            return Err(Error::invalid("tax_amount", format!("is more than the amount of {amount}")));
        }
        Ok(())
    }
}
