//! What a request says of what pays and that charges nothing: kept with the transaction and shown with its answer.

use super::given::given;
use super::transaction_method::{AccountholderAuthentication, CardholderAuthentication, NewMethod, YesNo};
use crate::domain::cardholder_authentication as domain;
use crate::error::{Error, Result};

given! {
    /// What was said of what pays.
    MethodNotes {
        /// The result of an earlier 3-D Secure, without its proofs, `cavv` and `cryptogram`: they are not kept.
        cardholder_authentication: Option<CardholderAuthentication>,
        /// Of a bank debit agreed on by telephone.
        #[schema(max_length = 255, example = "1223")]
        check_number: String,
        /// "standard" or "sameday".
        #[schema(pattern = "^(standard|sameday)?$", example = "standard")]
        funding_speed: String,
        /// Who the holder of the account is; of the number only the last three characters are kept.
        accountholder_authentication: Option<AccountholderAuthentication>,
        /// Which copies the terminal prints.
        #[schema(pattern = "^(no|customer|merchant|both)?$", example = "both")]
        print_receipt: String,
        /// Whether the terminal asks for a signature.
        signature_required: bool,
        /// The reader of a chip.
        #[schema(max_length = 255, example = "0821231212")]
        device_serial_number: String,
    }
}

/// `{"method": …}` in `txn.details_json`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Stored {
    method: MethodNotes,
}

impl MethodNotes {
    /// What `method`, which is checked, says.
    pub fn of(method: &NewMethod) -> Self {
        let authentication = method.card.as_ref().and_then(|card| card.cardholder_authentication.clone());
        let mut notes = Self {
            cardholder_authentication: authentication.map(|given| CardholderAuthentication {
                cavv: String::new(),
                cryptogram: String::new(),
                ..given
            }),
            ..Self::default()
        };
        if let Some(ach) = &method.ach {
            ach.check_number.clone_into(&mut notes.check_number);
            ach.funding_speed.clone_into(&mut notes.funding_speed);
            notes.accountholder_authentication = ach.accountholder_authentication.as_ref().map(|given| {
                let AccountholderAuthentication { dl_state, dl_number } = given;
                AccountholderAuthentication { dl_state: dl_state.clone(), dl_number: masked(dl_number).into() }
            });
        }
        if let Some(terminal) = &method.terminal {
            terminal.print_receipt.clone_into(&mut notes.print_receipt);
            notes.signature_required = terminal.signature_required.as_ref().is_some_and(YesNo::is_yes);
        }
        if let Some(emv) = &method.emv {
            emv.device_serial_number.clone_into(&mut notes.device_serial_number);
        }
        notes
    }

    /// The notes in a transaction's `details_json`.
    ///
    /// # Errors
    /// Whatever cannot be read.
    pub fn read(details_json: &str) -> Result<Self> {
        let stored: Stored = serde_json::from_str(details_json).map_err(Error::internal)?;
        Ok(stored.method)
    }
}

/// The last three characters.
fn masked(text: &str) -> String {
    let count = text.chars().count();
    text.chars().enumerate().map(|(at, c)| if at.saturating_add(3) < count { '*' } else { c }).collect()
}

impl From<CardholderAuthentication> for domain::CardholderAuthentication {
    fn from(given: CardholderAuthentication) -> Self {
        let CardholderAuthentication { condition, eci, cavv, xid, cryptogram, version, .. } = given;
        let CardholderAuthentication { ds_transaction_id, acs_transaction_id, .. } = given;
        Self { condition, eci, cavv, xid, cryptogram, version, ds_transaction_id, acs_transaction_id }
    }
}
