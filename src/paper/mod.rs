//! Papers of the merchant as PDF: an invoice, a receipt. What they say comes in as texts; here it is set on pages.
//!
//! The same paper gives the same bytes: its date is the document's own, and nothing random is in it. The letters are
//! Inter (src/paper/fonts, SIL Open Font License), which has the Latin, Greek and Cyrillic scripts.

mod ink;
mod layout;

use jiff::civil::Date;

use crate::error::Result;
use crate::i18n::Language;

/// What a paper says, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// The language of its words.
    pub language: Language,
    /// The day that it is of, for readers of files.
    pub day: Option<Date>,
    /// "Invoice".
    pub kind: String,
    /// Its number.
    pub number: String,
    /// The merchant: the name, then the address and how to reach them.
    pub merchant: Vec<String>,
    /// What the other party is: "Bill to".
    pub party_label: String,
    /// The other party, line by line.
    pub party: Vec<String>,
    /// What is to be known, label and text.
    pub facts: Vec<(String, String)>,
    /// The heads of the columns of lines: description, quantity, unit price, amount.
    pub heads: [String; 4],
    /// The lines.
    pub lines: Vec<PaperLine>,
    /// Sums, and whether each is the one that counts.
    pub totals: Vec<(String, String, bool)>,
    /// What stands below; may be empty.
    pub notes: Vec<String>,
    /// "Page {0} of {1}".
    pub page_of: &'static str,
}

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperLine {
    /// What it is.
    pub name: String,
    /// More about it; may be empty.
    pub text: String,
    /// How many.
    pub quantity: String,
    /// What one costs.
    pub price: String,
    /// What it comes to.
    pub amount: String,
}

impl Paper {
    /// The PDF.
    ///
    /// # Errors
    /// `Internal` where it cannot be made.
    pub fn to_pdf(&self) -> Result<Vec<u8>> {
        ink::pdf(self, &layout::pages(self)?)
    }
}
