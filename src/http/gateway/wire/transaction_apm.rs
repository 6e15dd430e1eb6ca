//! `payment_method.apm`: a payment on another page, to which the customer is sent and from which it comes back.

use super::given::{given, required};
use crate::domain::apm::{Apm, RedirectUrl};
use crate::domain::text::line;
use crate::error::{Error, Result};

/// Longest text of a field for which the seed names no bound, characters.
const TEXT_MAX: usize = 255;
/// Longest name of a method, characters.
const TYPE_MAX: usize = 40;
/// Longest `national_id` (seed gateway, "Process"), characters.
const NATIONAL_ID_MAX: usize = 30;
/// Longest `consumer_ref` (seed gateway, "Process"), characters.
const CONSUMER_REF_MAX: usize = 20;
/// Longest `locale`, characters.
const LOCALE_MAX: usize = 35;

given! {
    /// A payment on another page: the answer says where the customer pays, and the customer returns to
    /// `merchant_redirect_url` with `transaction_id`, `status` and `response_code` behind it.
    NewApm {
        /// Which method; the simulator plays every one.
        #[serde(rename = "type")]
        #[schema(rename = "type", min_length = 1, max_length = 40, pattern = "^[a-z0-9_-]{1,40}$", example = "alipay")]
        kind: String,
        /// Where the customer goes afterwards: http or https, without a user name.
        #[schema(max_length = 2048, pattern = r"^https?://[A-Za-z0-9][A-Za-z0-9-]*(?:\.[A-Za-z0-9][A-Za-z0-9-]*){0,4}(?:/[A-Za-z0-9/._~-]*)?$",
            example = "http://merchantwebsite.com/")]
        merchant_redirect_url: String,
        /// Language of the other page.
        #[schema(min_length = 2, max_length = 35, pattern = "^[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}$", example = "en-US")]
        locale: String,
        /// Whether the other page is for a phone.
        #[schema(example = false)]
        mobile_view: Option<bool>,
        /// Goes to the method, is not kept.
        #[schema(max_length = 30, pattern = "^[A-Za-z0-9.-]{0,30}$", example = "")]
        national_id: String,
        /// Your name of the customer.
        #[schema(max_length = 20, pattern = "^[a-z0-9-]{0,20}$", example = "customer-7")]
        consumer_ref: String,
    }
}

impl NewApm {
    /// The method in it.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub(super) fn into_apm(self) -> Result<Apm> {
        let within = |field: &str, text: &str, max: usize, is_good: fn(u8) -> bool, form: &str| {
            let fits = text.len() <= max && text.bytes().all(is_good);
            if fits { Ok(text.to_owned()) } else { Err(Error::invalid(field, format!("must be {form}"))) }
        };
        let is_name = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        let is_ref = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let kind = required("type", &self.kind)?;
        let kind = within("type", kind, TYPE_MAX, is_name, "1 to 40 of a-z, 0-9, - and _")?;
        let url = required("merchant_redirect_url", &self.merchant_redirect_url)?;
        let redirect_url = RedirectUrl::parse(url).ok_or_else(|| {
            Error::invalid("merchant_redirect_url", "must be an http or https address without a user name")
        })?;
        let locale = required("locale", &self.locale)?;
        if !is_locale(locale) {
            return Err(Error::invalid("locale", "must be a language such as en-US"));
        }
        self.mobile_view.ok_or_else(|| Error::invalid("mobile_view", "is required"))?;
        line("national_id", &self.national_id, NATIONAL_ID_MAX)?;
        let consumer_ref =
            within("consumer_ref", &self.consumer_ref, CONSUMER_REF_MAX, is_ref, "at most 20 of a-z, 0-9 and -")?;
        Ok(Apm { kind, redirect_url, locale: line("locale", locale, TEXT_MAX)?, consumer_ref })
    }
}

/// A language and up to three of script, country and variant.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let language = parts.next().unwrap_or("");
    let rest: Vec<&str> = parts.collect();
    text.len() <= LOCALE_MAX
        && (2..=3).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && rest.len() <= 3
        && rest.iter().all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}
