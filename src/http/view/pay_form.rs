//! The pay form of a hosted invoice.
//!
//! Names of the fields it posts to `/invoice/{public_id}/pay` (`application/x-www-form-urlencoded`):
//! `version`, `attempt`, `method` (`card`, `bank`, `mail`), `card_number`, `card_expiry` (`MM / YY`, also `MM/YYYY`),
//! `card_cvc`, `card_name`, `bank_name`, `bank_routing`, `bank_account`, `bank_account_type` (`checking`, `savings`),
//! `amount`, `tip`, `rejected_items` (repeated) with `left_out_message` and `agreed` (what the page said is left to pay
//! without them), `recount` (only shows what is left), `email`, `save` (`yes`), and for `billing_` and
//! `shipping_`: `first_name`, `last_name`, `company`, `address_line_1`, `address_line_2`, `city`, `state`,
//! `postal_code`, `country`. The reject form posts `version`, `attempt`, `reject_message` to `…/reject`.
//! Without JavaScript the fields of ways not chosen arrive too: read only those of `method`.
//! `errors` uses the same names.
//!
//! There is no field for a card or account number: they are never sent back to a page.

use std::collections::BTreeMap;

use super::tone::Notice;

/// What the form offers, what was typed before, and what was wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayForm {
    /// The version of the invoice this page shows; a stale one is refused by the handler.
    pub version: String,
    /// The attempt this form makes; sent twice, it is one payment.
    pub attempt: String,
    /// Ways to pay that are open.
    pub methods: Methods,
    /// The way shown first: `card`, `bank` or `mail`. Must be one of `methods`.
    pub chosen: String,
    /// Whether less than the whole may be paid, and how.
    pub partial: Partial,
    /// Whether a tip may be added.
    pub tipping: bool,
    /// The tip typed before.
    pub tip: String,
    /// Hint under the tip, such as the currency; may be empty.
    pub tip_hint: String,
    /// Name on the card typed before.
    pub card_name: String,
    /// Name on the bank account typed before.
    pub bank_name: String,
    /// `checking` (default) or `savings`.
    pub bank_account_type: String,
    /// Where a check goes, line by line.
    pub mail_to: Vec<String>,
    /// Billing address, where one is asked for.
    pub billing: Option<AddressForm>,
    /// Shipping address, where one is asked for.
    pub shipping: Option<AddressForm>,
    /// Whether to ask where the receipt goes.
    pub ask_email: bool,
    /// The address typed before.
    pub email: String,
    /// Whether the method may be kept for later.
    pub offer_save: bool,
    /// Whether keeping it was ticked.
    pub save: bool,
    /// What is left to pay without the lines ticked, minor units: what the customer agrees to by paying; "" where none
    /// is left out.
    pub agreed: String,
    /// The same with its currency, "" where none is left out.
    pub left: String,
    /// The button: `Pay 1,234.50 USD`, or `Pay` where the amount is typed, or `Authorize 120.00 USD`.
    pub pay_label: String,
    /// A sentence under the button; none by default.
    pub fine_print: Option<String>,
    /// Whether the invoice may be rejected.
    pub rejectable: bool,
    /// The reason typed into the reject form.
    pub reject_message: String,
    /// The reason typed for lines left out.
    pub pay_reject_message: String,
    /// The decline or error of the last try, with what to do next.
    pub notice: Option<Notice>,
    /// Field name to what is wrong with it.
    pub errors: BTreeMap<String, String>,
}

impl PayForm {
    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }

    /// The bounds of a typed amount, in words. (A template must not name `max` where it calls a macro that has one.)
    pub fn amount_hint(&self) -> String {
        match &self.partial {
            Partial::Amount { min, max, .. } => format!("From {min} to {max}"),
            Partial::Whole | Partial::Lines { .. } => String::new(),
        }
    }

    /// Whether there is a second button above the one that pays: the key Enter takes the first.
    pub fn has_choices(&self) -> bool {
        matches!(self.partial, Partial::Lines { .. })
    }

    /// Whether lines are left out already.
    pub fn has_left_out(&self) -> bool {
        matches!(&self.partial, Partial::Lines { choices } if choices.iter().any(|choice| choice.left_out))
    }
}

/// Ways to pay that are open. At least one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Methods {
    /// By card.
    pub card: bool,
    /// From a bank account.
    pub bank: bool,
    /// By a check in the mail.
    pub mail: bool,
}

impl Methods {
    /// How many are open.
    pub fn count(self) -> usize {
        [self.card, self.bank, self.mail].into_iter().filter(|open| *open).count()
    }
}

/// Whether less than the whole may be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partial {
    /// All or nothing.
    Whole,
    /// Any amount between two.
    Amount {
        /// The amount typed before, or what is due, without a currency: `1234.50`.
        value: String,
        /// Smallest, with its currency.
        min: String,
        /// Largest, with its currency.
        max: String,
    },
    /// Whole lines may be left out.
    Lines {
        /// The lines.
        choices: Vec<LineChoice>,
    },
}

/// A line that may be left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineChoice {
    /// The line's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its amount.
    pub amount: String,
    /// Whether it was left out before.
    pub left_out: bool,
}

/// An address being typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressForm {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company.
    pub company: String,
    /// First line.
    pub address_line_1: String,
    /// Second line.
    pub address_line_2: String,
    /// City.
    pub city: String,
    /// State or region.
    pub state: String,
    /// Postal code.
    pub postal_code: String,
    /// Two-letter country code.
    pub country: String,
    /// Field name without prefix (`city`) to what is wrong with it.
    pub errors: BTreeMap<String, String>,
}

impl AddressForm {
    /// What is wrong with a field.
    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }
}
