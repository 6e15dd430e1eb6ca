//! How values of the domain are written in columns: addresses as JSON, flags, dates; and read back, or named as bad.

use serde::{Deserialize, Serialize};

use super::error::bad_row;
use crate::domain::address::Address;
use crate::error::Result;

/// The one form of an address that a transaction or an invoice keeps: twelve keys, all there.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct AddressJson {
    first_name: String,
    last_name: String,
    company: String,
    address_line_1: String,
    address_line_2: String,
    city: String,
    state: String,
    postal_code: String,
    country: String,
    phone: String,
    fax: String,
    email: String,
}

/// The text for an `…_json` column; an empty address is kept with its twelve empty keys.
pub(crate) fn address_to_json(address: &Address) -> String {
    let Address { first_name, last_name, company, line_1, line_2, city, .. } = address.clone();
    let Address { state, postal_code, country, email, phone, fax, .. } = address.clone();
    let form = AddressJson {
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
    };
    serde_json::to_string(&form).expect("strings always have a JSON form")
}

/// Reads what [`address_to_json`] wrote; keys that are missing are empty, so `{}` is the empty address.
///
/// # Errors
/// `Internal` naming the row.
pub(crate) fn address_from_json(table: &str, column: &str, id: &str, text: &str) -> Result<Address> {
    let form: AddressJson = serde_json::from_str(text).map_err(|why| bad_row(table, column, id, why))?;
    Ok(Address {
        first_name: form.first_name,
        last_name: form.last_name,
        company: form.company,
        line_1: form.address_line_1,
        line_2: form.address_line_2,
        city: form.city,
        state: form.state,
        postal_code: form.postal_code,
        country: form.country,
        email: form.email,
        phone: form.phone,
        fax: form.fax,
    })
}

/// The text of a `flags_json` column.
pub(in crate::store) fn flags_to_json<'a>(flags: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = flags.into_iter().collect();
    serde_json::to_string(&names).expect("strings always have a JSON form")
}

/// Reads what [`flags_to_json`] wrote.
pub(in crate::store) fn flags_from_json<F>(
    table: &str,
    id: &str,
    text: &str,
    parse: impl Fn(&str) -> Option<F>,
) -> Result<Vec<F>> {
    let names: Vec<String> = serde_json::from_str(text).map_err(|why| bad_row(table, "flags_json", id, why))?;
    let read = |name: &String| parse(name).ok_or_else(|| bad_row(table, "flags_json", id, format!("`{name}`")));
    names.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_reads_back_as_it_was_written() {
        let parts: Vec<String> = (1..=12).map(|n| format!("part {n} \"quoted\" å")).collect();
        let [first_name, last_name, company, line_1, line_2, city, state, postal_code, country, email, phone, fax] =
            <[String; 12]>::try_from(parts).expect("twelve parts");
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
        let text = address_to_json(&address);
        assert_eq!(address_from_json("txn", "billing_json", "t1", &text).expect("our own form"), address);
        let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(value["address_line_1"], "part 4 \"quoted\" å");
        assert_eq!(value.as_object().expect("an object").len(), 12);
    }

    #[test]
    fn an_empty_object_is_the_empty_address_and_garbage_names_its_row() {
        assert_eq!(address_from_json("txn", "billing_json", "t1", "{}").expect("empty"), Address::default());
        let error = address_from_json("txn", "billing_json", "t1", "[1]").expect_err("not an address");
        assert!(format!("{error:?}").contains("txn.billing_json of t1"), "{error:?}");
    }
}
