//! An address of a transaction, in requests and in answers.

use super::given::given;
use crate::domain::address::Address;
use crate::error::Result;

given! {
    /// An address, in requests and in answers.
    TransactionAddress {
        /// At most 50 characters.
        #[schema(max_length = 50, example = "John")]
        first_name: String,
        /// At most 50 characters.
        #[schema(max_length = 50, example = "Smith")]
        last_name: String,
        /// At most 100 characters.
        #[schema(max_length = 100, example = "Test Company")]
        company: String,
        /// At most 100 characters.
        #[serde(alias = "line_1")]
        #[schema(max_length = 100, example = "123 Some St")]
        address_line_1: String,
        /// At most 100 characters.
        #[serde(alias = "line_2")]
        #[schema(max_length = 100, example = "")]
        address_line_2: String,
        /// At most 50 characters.
        #[schema(max_length = 50, example = "Wheaton")]
        city: String,
        /// "IL".
        #[schema(max_length = 50, example = "IL")]
        state: String,
        /// "60187".
        #[schema(max_length = 20, example = "60187")]
        postal_code: String,
        /// "US".
        #[schema(pattern = "^([A-Za-z]{2})?$", example = "US")]
        country: String,
        /// Digits; punctuation is dropped.
        #[schema(pattern = r"^(\+?[0-9 ()./-]{0,24})$", example = "5555555555")]
        phone: String,
        /// Digits; punctuation is dropped.
        #[schema(pattern = r"^(\+?[0-9 ()./-]{0,24})$", example = "5555555555")]
        fax: String,
        /// "help@website.com".
        #[schema(max_length = 254, example = "help@website.com")]
        email: String,
    }
}

impl TransactionAddress {
    /// The address, under `field` of the request.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub(super) fn checked(self, field: &str) -> Result<Address> {
        let Self { first_name, last_name, company, address_line_1, address_line_2, city, .. } = self;
        let Self { state, postal_code, country, phone, fax, email, .. } = self;
        let (line_1, line_2) = (address_line_1, address_line_2);
        let address = Address {
            first_name,
            last_name,
            company,
            line_1,
            line_2,
            city,
            state,
            postal_code,
            country,
            email,
            phone,
            fax,
        };
        address.checked("address_").map_err(|why| why.under(field))
    }
}

impl From<Address> for TransactionAddress {
    fn from(address: Address) -> Self {
        let Address { first_name, last_name, company, line_1, line_2, city, .. } = address;
        let Address { state, postal_code, country, email, phone, fax, .. } = address;
        let (address_line_1, address_line_2) = (line_1, line_2);
        Self {
            first_name,
            last_name,
            company,
            address_line_1,
            address_line_2,
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
