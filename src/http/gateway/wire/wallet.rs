//! Tokens of Apple Pay and Google Pay as requests bring them.

use serde_json::Value;

use super::given::{given, required};
use crate::app::wallet::WalletToken;
use crate::domain::text::line;
use crate::domain::wallet::Wallet;
use crate::error::{Error, Result};
use crate::limits;

given! {
    /// What Apple Pay gave a shop's page.
    NewApplePay {
        /// The merchant's key to open it with, by its id or the merchant identifier; any where it is not given.
        #[schema(max_length = 128, example = "merchant.com.example")]
        key_id: String,
        /// Kept for clients that send it; has no effect.
        #[schema(max_length = 255, example = "")]
        processor_id: String,
        /// Not available: there is no WalletJS here, send `pkpaymenttoken`.
        #[schema(max_length = 0, example = "")]
        temporary_token: String,
        /// `event.payment.token` of Apple Pay JS, or its `paymentData`.
        #[schema(value_type = Option<Object>)]
        pkpaymenttoken: Option<Value>,
    }
}

impl NewApplePay {
    /// The token in it.
    ///
    /// # Errors
    /// `Invalid` naming the part.
    pub(super) fn into_token(self) -> Result<WalletToken> {
        if !self.temporary_token.is_empty() {
            return Err(Error::invalid("temporary_token", "is not available: send pkpaymenttoken"));
        }
        let given = self.pkpaymenttoken.ok_or_else(|| Error::invalid("pkpaymenttoken", "is required"))?;
        let object = given.as_object().ok_or_else(|| Error::invalid("pkpaymenttoken", "must be an object"))?;
        let data = object.get("paymentData").unwrap_or(&given).to_string();
        line("processor_id", &self.processor_id, 255)?;
        Ok(WalletToken {
            wallet: Wallet::ApplePay,
            json: within("pkpaymenttoken", data)?,
            key_id: line("key_id", &self.key_id, 128)?,
        })
    }
}

/// The Google Pay token in a text or an object: the token itself, or `PaymentData` around it.
///
/// # Errors
/// `Invalid` naming `google_pay_token`.
pub(super) fn google_pay_token(given: &Value) -> Result<WalletToken> {
    const FIELD: &str = "google_pay_token";
    let json = match given {
        Value::String(text) => required(FIELD, text)?.to_owned(),
        Value::Object(object) if object.contains_key("signedMessage") => given.to_string(),
        Value::Object(_) => ["/paymentMethodData/tokenizationData/token", "/tokenizationData/token", "/token"]
            .iter()
            .find_map(|path| given.pointer(path)?.as_str())
            .ok_or_else(|| Error::invalid(FIELD, "must be a Google Pay token"))?
            .to_owned(),
        _ => return Err(Error::invalid(FIELD, "must be a Google Pay token, as text or object")),
    };
    Ok(WalletToken { wallet: Wallet::GooglePay, json: within(FIELD, json)?, key_id: String::new() })
}

fn within(field: &str, json: String) -> Result<String> {
    let max = limits::WALLET_TOKEN_MAX_BYTES;
    if json.len() <= max { Ok(json) } else { Err(Error::invalid(field, format!("must have at most {max} bytes"))) }
}
