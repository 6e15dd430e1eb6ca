//! `POST /api/transaction/search`: what to look for.

use std::collections::BTreeMap;

use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::customer_search::{DateRange, Match, VALUE_MAX, page_part, range};
use crate::app::transaction::TransactionQuery;
use crate::domain::address::PHONE_DIGITS_MAX;
use crate::domain::card::CardNumber;
use crate::domain::text;
use crate::domain::transaction::search::{
    AddressPart, Comparison, Duration, NumberField, TextComparison, TextField, TextWanted, TransactionFilter,
};
use crate::error::{Error, Result};
use crate::limits::{OFFSET_MAX, PAGE_DEFAULT, PAGE_MAX};

/// A number to compare with.
#[derive(Deserialize, ToSchema, Default)]
pub struct NumberMatch {
    /// Minor units.
    pub value: Option<i64>,
    /// "=", "!=", "<" or ">".
    pub operator: Option<String>,
}

macro_rules! search {
    (texts { $($text:ident $field:ident)* } numbers { $($number:ident $amount:ident)* }) => {
        /// What to look for: everything given must hold. Without any dates the last four months are searched.
        #[derive(Deserialize, ToSchema, Default)]
        #[expect(missing_docs, reason = "the names are those of the fields that are matched")]
        pub struct TransactionSearch {
            $(pub $text: Option<Match>,)*
            #[serde(rename = "type")]
            #[schema(rename = "type")]
            pub kind: Option<Match>,
            $(pub $number: Option<NumberMatch>,)*
            /// A whole card number ("=" or "!="): only its keyed hash is looked for.
            pub full_cc_number: Option<Match>,
            /// Values by the id of the custom field.
            pub custom_fields: Option<BTreeMap<String, Match>>,
            /// "today", "yesterday", "this_month", "last_month", "this_year" or "last_year", in the merchant's zone:
            /// in place of `created_at`.
            #[schema(pattern = "^(today|yesterday|this_month|last_month|this_year|last_year)?$", example = "today")]
            pub duration: Option<String>,
            pub billing_address: Option<AddressSearch>,
            pub shipping_address: Option<AddressSearch>,
            pub created_at: Option<DateRange>,
            pub updated_at: Option<DateRange>,
            pub captured_at: Option<DateRange>,
            pub settled_at: Option<DateRange>,
            /// 0-100, 10 where it is not given; 0 is as many as there may be.
            pub limit: Option<i64>,
            /// How many to skip.
            pub offset: Option<i64>,
        }

        impl TransactionSearch {
            /// What to look for, how many at most, how many to skip.
            ///
            /// # Errors
            /// `Invalid` naming the field.
            pub fn into_query(self) -> Result<TransactionQuery> {
                let limit = page_part("limit", self.limit, PAGE_DEFAULT, PAGE_MAX)?;
                let offset = page_part("offset", self.offset, 0, OFFSET_MAX)?;
                let texts = [
                    $((TextField::$field, find(stringify!($text), self.$text)?),)*
                    (TextField::Type, find("type", self.kind)?),
                ];
                let numbers = [
                    $((NumberField::$amount, compared(stringify!($number), self.$number)?),)*
                ];
                let full_number = full_number(self.full_cc_number)?;
                let duration = duration(self.duration)?;
                let mut filter = TransactionFilter {
                    texts: texts.into_iter().filter_map(|(field, wanted)| Some((field, wanted?))).collect(),
                    numbers: numbers.into_iter().filter_map(|(field, n)| n.map(|(c, v)| (field, c, v))).collect(),
                    created: range("created_at", self.created_at)?,
                    updated: range("updated_at", self.updated_at)?,
                    captured: range("captured_at", self.captured_at)?,
                    settled: range("settled_at", self.settled_at)?,
                    custom: custom(self.custom_fields)?,
                    ..TransactionFilter::default()
                };
                as_stored(&mut filter);
                add_address(&mut filter, "billing_address", TextField::BillingAddressId, self.billing_address)?;
                add_address(&mut filter, "shipping_address", TextField::ShippingAddressId, self.shipping_address)?;
                let limit = if limit == 0 { PAGE_MAX } else { limit };
                Ok(TransactionQuery { filter, full_number, duration, limit, offset })
            }
        }
    };
}

search! {
    texts {
        transaction_id TransactionId
        order_id OrderId
        transaction_or_order_id TransactionOrOrderId
        customer_id CustomerId
        subscription_id SubscriptionId
        settlement_batch_id SettlementBatchId
        user_id UserId
        user_name UserName
        status Status
        transaction_source Source
        ip_address IpAddress
        po_number PoNumber
        payment_method PaymentMethod
        payment_type PaymentType
        processor_id ProcessorId
        processor_name ProcessorName
        terminal_id TerminalId
        terminal_description TerminalDescription
        currency_iso_code Currency
        cc_first_six FirstSix
        cc_last_four LastFour
    }
    numbers {
        amount Amount
        amount_authorized Authorized
        amount_captured Captured
        amount_settled Settled
        tax_amount Tax
    }
}

macro_rules! address_search {
    ($($field:ident $part:ident)*) => {
        /// Parts of an address.
        #[derive(Deserialize, ToSchema, Default)]
        #[expect(missing_docs, reason = "the names are those of the fields that are matched")]
        pub struct AddressSearch {
            /// The stored address that the request named.
            pub address_id: Option<Match>,
            $(pub $field: Option<Match>,)*
        }

        impl AddressSearch {
            fn into_parts(self, field: &str) -> Result<Vec<(AddressPart, TextWanted)>> {
                let parts = [$((AddressPart::$part, find(&format!("{field}.{}", stringify!($field)), self.$field)?),)*];
                Ok(parts.into_iter().filter_map(|(part, wanted)| Some((part, wanted?))).collect())
            }
        }
    };
}

address_search! {
    first_name FirstName
    last_name LastName
    company Company
    address_line_1 Line1
    address_line_2 Line2
    city City
    state State
    postal_code PostalCode
    country Country
    email Email
    phone Phone
    fax Fax
}

fn find(field: &str, given: Option<Match>) -> Result<Option<TextWanted>> {
    let Some(Match { value, operator }) = given else { return Ok(None) };
    let value = text::line(&format!("{field}.value"), value.unwrap_or_default().trim(), VALUE_MAX)?;
    let comparison = match operator.as_deref().unwrap_or("") {
        "=" | "eq" => TextComparison::Equal,
        "!=" => TextComparison::NotEqual,
        "%" | "like" => TextComparison::Like,
        "" if value.is_empty() => return Ok(None),
        _ => return Err(Error::invalid(format!("{field}.operator"), "must be \"=\", \"!=\" or \"%\"")),
    };
    // A whole card number has no place here: it would be kept in logs of proxies.
    if CardNumber::parse(&value).is_ok() && field.starts_with("cc_") {
        return Err(Error::invalid(format!("{field}.value"), "must be part of a number"));
    }
    let value = if comparison == TextComparison::Like { pattern(&value) } else { value };
    Ok(Some(TextWanted { value, comparison }))
}

/// The pattern of a text: "%" stands for anything, everything else for itself; without one it may stand anywhere.
fn pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('_', "!_");
    if escaped.contains('%') { escaped } else { format!("%{escaped}%") }
}

fn full_number(given: Option<Match>) -> Result<Option<(CardNumber, TextComparison)>> {
    let Some(Match { value, operator }) = given else { return Ok(None) };
    let comparison = match operator.as_deref().unwrap_or("=") {
        "=" | "eq" | "" => TextComparison::Equal,
        "!=" => TextComparison::NotEqual,
        _ => return Err(Error::invalid("full_cc_number.operator", "must be \"=\" or \"!=\"")),
    };
    let Some(value) = value.map(Zeroizing::new).filter(|value| !value.is_empty()) else { return Ok(None) };
    let number = CardNumber::parse(&value).map_err(|why| Error::invalid("full_cc_number.value", why.to_string()))?;
    Ok(Some((number, comparison)))
}

fn custom(given: Option<BTreeMap<String, Match>>) -> Result<Vec<(String, TextWanted)>> {
    let mut wanted = Vec::new();
    for (id, given) in given.unwrap_or_default() {
        if let Some(found) = find("custom_fields", Some(given))? {
            wanted.push((id, found));
        }
    }
    Ok(wanted)
}

fn duration(given: Option<String>) -> Result<Option<Duration>> {
    let Some(text) = given.filter(|text| !text.is_empty()) else { return Ok(None) };
    let problem = "must be today, yesterday, this_month, last_month, this_year or last_year";
    Duration::parse(&text).map(Some).ok_or_else(|| Error::invalid("duration", problem))
}

fn compared(field: &str, given: Option<NumberMatch>) -> Result<Option<(Comparison, i64)>> {
    let Some(NumberMatch { value, operator }) = given else { return Ok(None) };
    let comparison = match operator.as_deref().unwrap_or("") {
        "=" | "eq" => Comparison::Equal,
        "!=" => Comparison::NotEqual,
        "<" => Comparison::Less,
        ">" => Comparison::Greater,
        "" if value.is_none() => return Ok(None),
        _ => {
            let problem = "must be \"=\", \"!=\", \"<\" or \">\"";
            return Err(Error::invalid(format!("{field}.operator"), problem));
        }
    };
    let value = value.ok_or_else(|| Error::invalid(format!("{field}.value"), "is required"))?;
    Ok(Some((comparison, value)))
}

/// Writes the values as the rows have them.
fn as_stored(filter: &mut TransactionFilter) {
    for (field, wanted) in &mut filter.texts {
        match field {
            TextField::Currency => wanted.value.make_ascii_uppercase(),
            TextField::PaymentType if wanted.value == "echeck" => "ach".clone_into(&mut wanted.value),
            _ => {}
        }
    }
}

fn add_address(filter: &mut TransactionFilter, field: &str, id: TextField, given: Option<AddressSearch>) -> Result<()> {
    let Some(mut search) = given else { return Ok(()) };
    if let Some(wanted) = find(&format!("{field}.address_id"), search.address_id.take())? {
        filter.texts.push((id, wanted));
    }
    let mut parts = search.into_parts(field)?;
    for (part, wanted) in &mut parts {
        match part {
            AddressPart::Country => wanted.value.make_ascii_uppercase(),
            AddressPart::Phone | AddressPart::Fax if wanted.comparison != TextComparison::Like => {
                let name = format!("{field}.{}.value", part.as_str());
                wanted.value = text::phone(&name, &wanted.value, PHONE_DIGITS_MAX)?;
            }
            _ => {}
        }
    }
    match id {
        TextField::BillingAddressId => filter.billing = parts,
        _ => filter.shipping = parts,
    }
    Ok(())
}
