//! Addresses of invoices: whole ones, checked more strictly than those of the vault (seed gateway, "Create Invoice").

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::address::Address;
use crate::domain::country;
use crate::error::{Error, Result};

/// `bill_to` and `payable_to` in a request. With the `id` of a stored address nothing else is needed.
#[derive(Clone, Serialize, Deserialize, ToSchema, Default)]
pub struct NewInvoiceAddress {
    /// Id of a stored address.
    #[schema(max_length = 40, example = "")]
    pub id: Option<String>,
    /// At most 50 characters.
    #[schema(max_length = 50, example = "First")]
    pub first_name: Option<String>,
    /// At most 50 characters.
    #[schema(max_length = 50, example = "Last")]
    pub last_name: Option<String>,
    /// At most 100 characters.
    #[schema(max_length = 100, example = "Some Business")]
    pub company: Option<String>,
    /// 1-100 characters.
    #[schema(max_length = 100, example = "123 Drury Lane")]
    pub address_line_1: Option<String>,
    /// At most 100 characters.
    #[schema(max_length = 100, example = "")]
    pub address_line_2: Option<String>,
    /// 1-50 characters.
    #[schema(max_length = 50, example = "Some City")]
    pub city: Option<String>,
    /// Two letters; up to three characters, or none, outside the US and Canada.
    #[schema(max_length = 3, example = "IL")]
    pub state: Option<String>,
    /// As the country writes it.
    #[schema(max_length = 10, example = "60000")]
    pub postal_code: Option<String>,
    /// ISO 3166-1, two letters.
    #[schema(max_length = 2, example = "US")]
    pub country: Option<String>,
    /// Digits; punctuation is dropped.
    #[schema(max_length = 40, example = "5555555555")]
    pub phone: Option<String>,
    /// Digits; punctuation is dropped.
    #[schema(max_length = 40, example = "")]
    pub fax: Option<String>,
    /// "example@mail.com".
    #[schema(max_length = 254, example = "info@somesite.com")]
    pub email: Option<String>,
}

impl NewInvoiceAddress {
    /// The id of a stored address ("" for none), and what was written besides.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_parts(self) -> Result<(String, Address)> {
        let (id, address) = self.into_loose_parts()?;
        if id.is_empty() || !address.is_empty() {
            whole(&address)?;
        }
        Ok((id, address))
    }

    /// As [`NewInvoiceAddress::into_parts`]; parts may be missing, because they are asked for later.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub fn into_loose_parts(self) -> Result<(String, Address)> {
        let id = self.id.unwrap_or_default();
        let address = Address {
            first_name: self.first_name.unwrap_or_default(),
            last_name: self.last_name.unwrap_or_default(),
            company: self.company.unwrap_or_default(),
            line_1: self.address_line_1.unwrap_or_default(),
            line_2: self.address_line_2.unwrap_or_default(),
            city: self.city.unwrap_or_default(),
            state: self.state.unwrap_or_default(),
            postal_code: self.postal_code.unwrap_or_default(),
            country: self.country.unwrap_or_default(),
            email: self.email.unwrap_or_default(),
            phone: self.phone.unwrap_or_default(),
            fax: self.fax.unwrap_or_default(),
        }
        .checked("address_")?;
        Ok((id, address))
    }
}

/// Refuses an address that mail would not reach.
fn whole(address: &Address) -> Result<()> {
    for (field, part) in [("address_line_1", &address.line_1), ("city", &address.city), ("country", &address.country)] {
        if part.is_empty() {
            return Err(Error::invalid(field, "is required"));
        }
    }
    if !country::is_known(&address.country) {
        return Err(Error::invalid("country", "must be a country code of ISO 3166, such as US"));
    }
    let (state, postal) = (address.state.as_bytes(), address.postal_code.as_bytes());
    let is_domestic = matches!(address.country.as_str(), "US" | "CA");
    let state_fits = if is_domestic {
        state.len() == 2 && state.iter().all(u8::is_ascii_alphabetic)
    } else {
        state.len() <= 3 && state.iter().all(u8::is_ascii_alphanumeric)
    };
    if !state_fits {
        return Err(Error::invalid("state", "must be in the form of 2 characters, such as KS"));
    }
    let postal_fits = match address.country.as_str() {
        "US" => is_zip(postal),
        "CA" => is_canadian(postal),
        _ => (2..=10).contains(&postal.len()) && postal.iter().all(|b| b.is_ascii_alphanumeric() || b" -".contains(b)),
    };
    if !postal_fits {
        return Err(Error::invalid("postal_code", format!("is not a postal code of {}", address.country)));
    }
    Ok(())
}

/// "12345" or "12345-6789".
fn is_zip(text: &[u8]) -> bool {
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    match text.len() {
        5 => digits(text),
        10 => digits(&text[..5]) && text[5] == b'-' && digits(&text[6..]),
        _ => false,
    }
}

/// "K1A 0B1", also without the space.
fn is_canadian(text: &[u8]) -> bool {
    let compact: Vec<u8> = text.iter().copied().filter(|b| *b != b' ').collect();
    let shaped = compact.iter().enumerate().all(
        |(at, b)| {
            if at % 2 == 0 { b.is_ascii_alphabetic() } else { b.is_ascii_digit() }
        },
    );
    compact.len() == 6 && shaped && (text.len() == 6 || (text.len() == 7 && text[3] == b' '))
}

/// `bill_to` and `payable_to` in an answer.
#[derive(Serialize, ToSchema)]
pub struct InvoiceAddress {
    /// The stored address it was taken from, "" for none.
    #[schema(max_length = 40, example = "")]
    pub id: String,
    /// First name.
    #[schema(max_length = 50, example = "First")]
    pub first_name: String,
    /// Last name.
    #[schema(max_length = 50, example = "Last")]
    pub last_name: String,
    /// Company.
    #[schema(max_length = 100, example = "Some Business")]
    pub company: String,
    /// First line.
    #[schema(max_length = 100, example = "123 Drury Lane")]
    pub address_line_1: String,
    /// Second line.
    #[schema(max_length = 100, example = "")]
    pub address_line_2: String,
    /// City.
    #[schema(max_length = 50, example = "Some City")]
    pub city: String,
    /// State or region.
    #[schema(max_length = 50, example = "IL")]
    pub state: String,
    /// Postal code.
    #[schema(max_length = 20, example = "60000")]
    pub postal_code: String,
    /// ISO 3166-1.
    #[schema(max_length = 2, example = "US")]
    pub country: String,
    /// Digits.
    #[schema(max_length = 40, example = "5555555555")]
    pub phone: String,
    /// Digits.
    #[schema(max_length = 40, example = "")]
    pub fax: String,
    /// E-mail.
    #[schema(max_length = 254, example = "info@somesite.com")]
    pub email: String,
}

impl InvoiceAddress {
    /// The address as answers show it.
    pub fn of(id: String, address: Address) -> Self {
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = address;
        let Address { state, postal_code, country, email, phone, fax, .. } = address;
        Self {
            id,
            first_name,
            last_name,
            company,
            address_line_1: line_1,
            address_line_2: line_2,
            city,
            state,
            postal_code,
            country,
            phone,
            fax,
            email,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(country: &str, state: &str, postal_code: &str) -> Result<(String, Address)> {
        let text = |text: &str| Some(text.to_owned());
        NewInvoiceAddress {
            address_line_1: text("1 Main St"),
            city: text("Some City"),
            state: text(state),
            postal_code: text(postal_code),
            country: text(country),
            ..NewInvoiceAddress::default()
        }
        .into_parts()
    }

    #[test]
    fn places_are_checked_by_country() {
        for (country, state, postal_code, field) in [
            ("US", "KS", "12345", ""),
            ("us", "ks", "12345-6789", ""),
            ("US", "K", "12345", "state"),
            ("US", "KSS", "12345", "state"),
            ("US", "", "12345", "state"),
            ("US", "K1", "12345", "state"),
            ("US", "KS", "1234", "postal_code"),
            ("US", "KS", "123456", "postal_code"),
            ("US", "KS", "12345-678", "postal_code"),
            ("US", "KS", "12345 6789", "postal_code"),
            ("US", "KS", "1234a", "postal_code"),
            ("US", "KS", "", "postal_code"),
            ("CA", "QC", "K1A 0B1", ""),
            ("CA", "QC", "k1a0b1", ""),
            ("CA", "QC", "K1A-0B1", "postal_code"),
            ("CA", "QC", "K1 A0B1", "postal_code"),
            ("CA", "QC", "12345", "postal_code"),
            ("SE", "", "111 22", ""),
            ("GB", "LND", "SW1A 1AA", ""),
            ("GB", "LNDN", "SW1A 1AA", "state"),
            ("GB", "", "", "postal_code"),
            ("GB", "", "1", "postal_code"),
            ("GB", "", "12345678901", "postal_code"),
            ("ZZ", "", "123", "country"),
            ("", "", "123", "country"),
            ("USA", "KS", "12345", "country"),
        ] {
            let got = match ask(country, state, postal_code) {
                Ok(_) => String::new(),
                Err(Error::Invalid { field, .. }) => field,
                Err(other) => panic!("{other}"),
            };
            assert_eq!(got, field, "{country} {state} {postal_code}");
        }
    }

    #[test]
    fn a_stored_address_needs_nothing_else() {
        let stored = NewInvoiceAddress { id: Some("abc".to_owned()), ..NewInvoiceAddress::default() };
        assert_eq!(stored.into_parts().expect("its id is enough").0, "abc");
        assert!(NewInvoiceAddress::default().into_parts().is_err());
    }
}
