//! Postal addresses: the value that customers, transactions and invoices share, and the address a customer keeps.

use super::id::{AddressId, CustomerId};
use super::text;
use super::time::Timestamp;
use crate::error::{Error, Result};

/// Longest first or last name and city, characters (seed gateway, "billing_address").
pub const NAME_MAX: usize = 50;
/// Longest company and street line, characters (seed gateway, "billing_address").
pub const LINE_MAX: usize = 100;
/// Longest postal code, characters; the longest in use have 10.
pub const POSTAL_CODE_MAX: usize = 20;
/// Most digits of a telephone or fax number; E.164 has 15, old exports have more.
pub const PHONE_DIGITS_MAX: usize = 20;

/// Where somebody lives or works, and how to reach them. Every part may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it; their rules are those of `checked`")]
pub struct Address {
    pub first_name: String,
    pub last_name: String,
    pub company: String,
    pub line_1: String,
    pub line_2: String,
    pub city: String,
    pub state: String,
    pub postal_code: String,
    /// ISO 3166 alpha-2, upper case, or empty.
    pub country: String,
    pub email: String,
    /// Digits, a plus before them where there was one.
    pub phone: String,
    /// As `phone`.
    pub fax: String,
}

impl Address {
    /// The address as it is kept: trimmed, the country in upper case, telephone numbers without punctuation.
    /// `line_prefix` is what the dialect writes before `line_1` ("" or "address_"), so that a refusal names its field.
    ///
    /// # Errors
    /// `Invalid` naming the first part that breaks its rule.
    pub fn checked(self, line_prefix: &str) -> Result<Self> {
        Ok(Self {
            first_name: text::line("first_name", &self.first_name, NAME_MAX)?,
            last_name: text::line("last_name", &self.last_name, NAME_MAX)?,
            company: text::line("company", &self.company, LINE_MAX)?,
            line_1: text::line(&format!("{line_prefix}line_1"), &self.line_1, LINE_MAX)?,
            line_2: text::line(&format!("{line_prefix}line_2"), &self.line_2, LINE_MAX)?,
            city: text::line("city", &self.city, NAME_MAX)?,
            state: text::line("state", &self.state, NAME_MAX)?,
            postal_code: text::line("postal_code", &self.postal_code, POSTAL_CODE_MAX)?,
            country: country(&self.country)?,
            email: text::email("email", &self.email)?,
            phone: text::phone("phone", &self.phone, PHONE_DIGITS_MAX)?,
            fax: text::phone("fax", &self.fax, PHONE_DIGITS_MAX)?,
        })
    }

    /// The twelve parts, in one fixed order.
    pub fn parts(&self) -> [&str; 12] {
        let Self { first_name, last_name, company, line_1, line_2, city, .. } = self;
        let Self { state, postal_code, country, email, phone, fax, .. } = self;
        [first_name, last_name, company, line_1, line_2, city, state, postal_code, country, email, phone, fax]
    }

    /// Whether nothing is filled in.
    pub fn is_empty(&self) -> bool {
        self.parts().iter().all(|part| part.is_empty())
    }

    /// One text for all spellings of the same address: lower case, single spaces, a line per part.
    pub fn normalised(&self) -> String {
        let part = |part: &str| part.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        self.parts().map(part).join("\n")
    }

    /// "John Smith", or the company where there is no name.
    pub fn name(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        let name = name.trim();
        if name.is_empty() { self.company.clone() } else { name.to_owned() }
    }
}

fn country(text: &str) -> Result<String> {
    let code = text.trim();
    if code.is_empty() || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_alphabetic())) {
        return Ok(code.to_ascii_uppercase());
    }
    Err(Error::invalid("country", "must be a country code of two letters, such as US"))
}

/// An address that a customer keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerAddress {
    /// Its id.
    pub id: AddressId,
    /// Whose it is.
    pub customer_id: CustomerId,
    /// The address itself.
    pub postal: Address,
    /// SHA-256 of [`Address::normalised`]: one customer has an address once.
    pub hash: [u8; 32],
    /// When it was added.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
