//! The merchant's profile.

use serde_json::{Map, Value, json};

use super::write_once::Asked;
use super::{App, Caller, event};
use crate::domain::access::Action;
use crate::domain::company::{Company, parse_reminder_days, parse_retry_days};
use crate::domain::currency::Currency;
use crate::domain::event::Topic;
use crate::domain::language::Language;
use crate::domain::time::zone_named;
use crate::error::{Error, Result};
use crate::store::{self, WriteTx};

/// Longest text of one field.
const TEXT_MAX: usize = 255;

/// One field of the profile and its new value, both as a person typed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompanyChange {
    /// The field's name, such as `time_zone` or `address.city`.
    pub field: String,
    /// The new value.
    pub value: String,
}

impl App {
    /// The company, for rules inside the program that need its zone, currency or terms.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub fn company(&self) -> Result<Company> {
        self.store().read(store::company::fetch)
    }

    /// The company's profile.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn company_find(&self, caller: &Caller) -> Result<Company> {
        caller.may(Action::CompanyView)?;
        self.company()
    }

    /// Changes the profile, all fields or none.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the first field that does not fit.
    pub async fn company_update(&self, caller: &Caller, changes: Vec<CompanyChange>) -> Result<Company> {
        caller.may(Action::CompanyChange)?;
        let asked = Asked::new("company", "company.update");
        let asked = changes.iter().fold(asked, |asked, change| asked.with(&change.field).with(&change.value));
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| update_in(tx, caller, &changes);
        self.write_once(caller, asked, work, |tx, _| store::company::fetch(tx)).await
    }
}

fn update_in(tx: &mut WriteTx<'_>, caller: &Caller, changes: &[CompanyChange]) -> Result<String> {
    let mut company = store::company::fetch(tx)?;
    for CompanyChange { field, value } in changes {
        apply(&mut company, field, value)?;
    }
    store::company::update(tx, &company)?;
    let fields: Vec<&str> = changes.iter().map(|change| change.field.as_str()).collect();
    event::emit(tx, caller, Topic::CompanyUpdated, company.id.as_str(), &json!({ "fields": fields }))?;
    Ok(company.id.to_string())
}

fn apply(company: &mut Company, field: &str, value: &str) -> Result<()> {
    let bad = |problem: &str| Error::invalid(field, problem);
    if value.chars().count() > TEXT_MAX || value.chars().any(char::is_control) {
        return Err(bad("must be at most 255 printable characters"));
    }
    let text = value.trim().to_owned();
    match field {
        "name" if text.is_empty() => return Err(bad("must not be empty")),
        "name" => company.name = text,
        "email" if !text.is_empty() && !is_mail_address(&text) => return Err(bad("must be a mail address")),
        "email" => company.email = text,
        "phone" => company.phone = text,
        "website" | "logo_url" if !text.is_empty() && !text.starts_with("https://") => {
            return Err(bad("must begin with https://"));
        }
        "website" => company.website = text,
        "logo_url" => company.logo_url = text,
        "accent" if !is_colour(&text) => return Err(bad("must be a colour such as #3454d1")),
        "accent" => company.accent = text,
        "language" => company.language = Language::parse(&text).ok_or_else(|| bad("must be en, sv, de or fr"))?,
        "address.line_1"
        | "address.line_2"
        | "address.city"
        | "address.state"
        | "address.postal_code"
        | "address.country" => set_address(company, field, text),
        "currency" => company.currency = Currency::parse(&text).ok_or_else(|| bad("must be an ISO 4217 code"))?,
        "time_zone" if zone_named(&text).is_none() => return Err(bad("must be an IANA time zone")),
        "time_zone" => company.time_zone = text,
        "settlement_cutoff" => {
            company.settlement_cutoff_s = second_of_day(&text).ok_or_else(|| bad("must be HH:MM or HH:MM:SS"))?;
        }
        "invoice_prefix" if text.chars().count() > 10 => return Err(bad("must be at most 10 characters")),
        "invoice_prefix" => company.invoice_prefix = text,
        "next_invoice_number" => {
            let number = text.parse().ok().filter(|number| *number >= company.next_invoice_number);
            company.next_invoice_number = number.ok_or_else(|| bad("must be an integer not below the present one"))?;
        }
        "retry_days" => {
            company.retry_days = parse_retry_days(&text).ok_or_else(|| bad("must be ascending days such as 1,3,5,7"))?
        }
        "mail_receipts" => company.mails_receipts = on_off(&text).ok_or_else(|| bad("must be on or off"))?,
        "reminder_days" => {
            let days = parse_reminder_days(&text);
            company.reminder_days = days.ok_or_else(|| bad("must be ascending days such as -3,3,14"))?;
        }
        "payment_terms_days" => {
            let days = text.parse().ok().filter(|days| *days <= 365);
            company.payment_terms_days = days.ok_or_else(|| bad("must be an integer between 0 and 365"))?;
        }
        field if field.starts_with("fees.") => {
            company.fees.set(field.trim_start_matches("fees."), &text, company.currency).map_err(bad)?;
        }
        _ => return Err(bad("is no field of the company")),
    }
    Ok(())
}

fn on_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// Something before and after one `@`, without spaces: whether mail arrives is only known by sending.
pub(super) fn is_mail_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    parts.is_some_and(|(local, host)| {
        !local.is_empty() && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    }) && !text.contains(char::is_whitespace)
        && text.matches('@').count() == 1
}

fn is_colour(text: &str) -> bool {
    text.len() == 7 && text.starts_with('#') && text.bytes().skip(1).all(|b| b.is_ascii_hexdigit())
}

fn second_of_day(text: &str) -> Option<u32> {
    let parts: Vec<u32> = text.split(':').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let (hour, minute, second) = match parts.as_slice() {
        [hour, minute] => (*hour, *minute, 0),
        [hour, minute, second] => (*hour, *minute, *second),
        _ => return None,
    };
    (hour < 24 && minute < 60 && second < 60).then(|| hour * 3600 + minute * 60 + second)
}

/// The address is a JSON snapshot: what is not an object yet becomes one.
fn set_address(company: &mut Company, field: &str, text: String) {
    let mut address: Map<String, Value> = serde_json::from_str(&company.address_json).unwrap_or_default();
    address.insert(field.trim_start_matches("address.").to_owned(), Value::String(text));
    company.address_json = Value::Object(address).to_string();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::company::tests::company;

    #[test]
    fn fields_and_their_bounds() {
        let long = "x".repeat(256);
        for (field, value, fits) in [
            ("name", "Northwind", true),
            ("name", " ", false),
            ("name", &long, false),
            ("name", "two\nlines", false),
            ("email", "a@b.example", true),
            ("email", "a@b", false),
            ("email", "a b@c.example", false),
            ("email", "", true),
            ("logo_url", "https://a.example/l.png", true),
            ("logo_url", "http://a.example/l.png", false),
            ("accent", "#A0b1C2", true),
            ("accent", "red", false),
            ("language", "sv", true),
            ("language", "xx", false),
            ("mail_receipts", "off", true),
            ("mail_receipts", "no", false),
            ("reminder_days", "-3,3", true),
            ("reminder_days", "", true),
            ("reminder_days", "3,-3", false),
            ("currency", "eur", true),
            ("currency", "EURO", false),
            ("time_zone", "Europe/Stockholm", true),
            ("time_zone", "Mars/Olympus", false),
            ("settlement_cutoff", "23:59", true),
            ("settlement_cutoff", "24:00", false),
            ("retry_days", "1,3,5,7", true),
            ("retry_days", "", true),
            ("retry_days", "3,1", false),
            ("retry_days", "0", false),
            ("retry_days", "61", false),
            ("payment_terms_days", "365", true),
            ("payment_terms_days", "366", false),
            ("payment_terms_days", "-1", false),
            ("next_invoice_number", "5", true),
            ("next_invoice_number", "4", false),
            ("address.city", "Portland", true),
            ("address.planet", "Mars", false),
            ("fees.surcharge", "3%", true),
            ("fees.surcharge", "101%", false),
            ("fees.default_tax", "1.00", false),
            ("fees.toll", "1.00", false),
            ("key", "2", false),
        ] {
            let mut company = company("UTC");
            assert_eq!(apply(&mut company, field, value).is_ok(), fits, "{field}={value}");
        }
    }
}
