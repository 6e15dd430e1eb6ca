//! Customers: shown as they were given, with what other APIs changed since.

use serde_json::{Map, Value, json};

use super::{Given, member};
use crate::app::billing_account::GivenCustomer;
use crate::domain::address::Address;
use crate::domain::customer::CustomerRecord;
use crate::error::{Error, Result};

/// Largest customer, bytes of JSON.
const CUSTOMER_MAX_BYTES: usize = 16 * 1024;

/// Reads a customer.
///
/// # Errors
/// `Invalid` naming the part below `customer`.
pub(in crate::http::payfunc) fn customer_of(value: &Value) -> Result<GivenCustomer> {
    let parts = Given::of("customer", value).object()?;
    let json = value.to_string();
    if json.len() > CUSTOMER_MAX_BYTES {
        return Err(Error::invalid("customer", format!("is larger than {CUSTOMER_MAX_BYTES} bytes")));
    }
    if let Some(kind) = member(parts, "type")
        && !matches!(kind.as_str(), Some("person" | "organization"))
    {
        return Err(Error::invalid("customer.type", "must be \"person\" or \"organization\""));
    }
    for name in ["identityNumber", "id", "number"] {
        member(parts, name).map(|value| Given::of(&format!("customer.{name}"), value).text()).transpose()?;
    }
    let (first_name, last_name, name) = name_of(parts)?;
    let email = either(parts, "email", &["primary", "billing"])?;
    let phone = either(parts, "phone", &["primary", "cellphone", "landline"])?;
    let is_company = member(parts, "type").and_then(Value::as_str) == Some("organization");
    let address = address_of(parts)?.map(|address| Address {
        first_name,
        last_name,
        company: if is_company { name.clone().unwrap_or_default() } else { String::new() },
        email: email.clone().unwrap_or_default(),
        phone: phone.unwrap_or_default(),
        ..address
    });
    Ok(GivenCustomer { json, name, email, billing: address })
}

/// First name, last name, and the whole.
fn name_of(parts: &Map<String, Value>) -> Result<(String, String, Option<String>)> {
    match member(parts, "name") {
        None => Ok((String::new(), String::new(), None)),
        Some(Value::String(whole)) => {
            let (first, last) = whole.split_once(' ').unwrap_or((whole, ""));
            Ok((first.chars().take(50).collect(), last.chars().take(50).collect(), Some(whole.clone())))
        }
        Some(value) => {
            let names = Given::of("customer.name", value).object()?;
            let part = |name: &str| -> Result<String> {
                let place = format!("customer.name.{name}");
                let text = member(names, name).map(|value| Given::of(&place, value).text()).transpose()?;
                Ok(text.unwrap_or_default())
            };
            let (first, last) = (part("first")?, part("last")?);
            let whole = format!("{first} {last}").trim().to_owned();
            Ok((first, last, (!whole.is_empty()).then_some(whole)))
        }
    }
}

/// A text, or the first of the named texts in an object.
fn either(parts: &Map<String, Value>, name: &str, within: &[&str]) -> Result<Option<String>> {
    let place = format!("customer.{name}");
    let found = match member(parts, name) {
        None => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(value) => {
            let several = Given::of(&place, value).object()?;
            let texts = within.iter().filter_map(|part| Some((part, member(several, part)?)));
            let texts = texts.map(|(part, value)| Given::of(&format!("{place}.{part}"), value).text());
            texts.collect::<Result<Vec<_>>>()?.into_iter().next()
        }
    };
    Ok(found.filter(|text| !text.trim().is_empty()))
}

fn address_of(parts: &Map<String, Value>) -> Result<Option<Address>> {
    let Some(value) = member(parts, "address") else { return Ok(None) };
    let given = Given::of("customer.address", value).object()?;
    let chosen = match member(given, "billing").or_else(|| member(given, "primary")) {
        Some(inner) => Given::of("customer.address", inner).object()?,
        None => given,
    };
    let part = |name: &str| -> Result<String> {
        let place = format!("customer.address.{name}");
        let text = member(chosen, name).map(|value| Given::of(&place, value).text()).transpose()?;
        Ok(text.unwrap_or_default())
    };
    let address = Address {
        line_1: part("street")?,
        postal_code: part("zipCode")?,
        city: part("city")?,
        country: part("countryCode")?,
        ..Address::default()
    };
    Ok(Some(address).filter(|address| !address.is_empty()))
}

/// A customer as it is shown: what was given, under the name and the address that it has by now.
pub(in crate::http::payfunc) fn customer_shown(given_json: Option<&str>, record: &CustomerRecord) -> Option<Value> {
    let profile = &record.customer.profile;
    let given: Option<Value> = given_json.and_then(|json| serde_json::from_str(json).ok());
    let Some(mut shown) = given else { return made_up(record) };
    let before = customer_of(&shown).unwrap_or_default();
    if let Some(parts) = shown.as_object_mut() {
        for (name, now, then) in [("name", &profile.name, before.name), ("email", &profile.email, before.email)] {
            if let Some(now) = now
                && Some(now) != then.as_ref()
            {
                parts.insert(name.to_owned(), json!(now));
            }
        }
    }
    Some(shown)
}

/// A customer that another API made; `None` where nothing is known of it.
fn made_up(record: &CustomerRecord) -> Option<Value> {
    let profile = &record.customer.profile;
    let postal = record.default_billing().map(|address| &address.postal);
    let of_address = postal.map(|postal| format!("{} {}", postal.first_name, postal.last_name).trim().to_owned());
    let text = |own: &Option<String>, other: Option<String>| own.clone().or(other).filter(|text| !text.is_empty());
    let name = text(&profile.name, of_address);
    let email = text(&profile.email, postal.map(|postal| postal.email.clone()));
    let address = postal.filter(|postal| !postal.line_1.is_empty()).map(|postal| {
        json!({
            "street": postal.line_1, "zipCode": postal.postal_code, "city": postal.city, "countryCode": postal.country,
        })
    });
    if name.is_none() && email.is_none() && address.is_none() {
        return None;
    }
    let mut shown = Map::from_iter([("type".to_owned(), json!("person"))]);
    let parts = [("name", name.map(Value::from)), ("email", email.map(Value::from)), ("address", address)];
    shown.extend(parts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Some(Value::Object(shown))
}
