//! `POST /api/transaction/multi`, `/multi/void`, `/multi/refund` and `/{id}/email`: what is asked, what became of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::given::{at_least_zero, given};
use super::transaction::NewTransaction;
use crate::domain::transaction::Transaction;
use crate::error::{Error, Result};
use crate::http::gateway::GatewayError;

/// Transactions in one request at most.
const MANY_MAX: usize = 100;
/// Most that a verdict repeats of an id it was asked about, characters.
const NAMED_MAX: usize = 255;

given! {
    /// Charges, at most 100.
    ManyCharges {
        /// As of `POST /api/transaction`.
        #[schema(min_items = 1, max_items = 100)]
        transactions: Vec<NewTransaction>,
    }
}

given! {
    /// Transactions to undo, at most 100.
    ManyVoids {
        /// Which.
        #[schema(min_items = 1, max_items = 100)]
        transactions: Vec<OneOfMany>,
    }
}

given! {
    /// Transactions to give money of back, at most 100.
    ManyRefunds {
        /// Which.
        #[schema(min_items = 1, max_items = 100)]
        transactions: Vec<RefundOfMany>,
    }
}

given! {
    /// A transaction by its id.
    OneOfMany {
        /// Its id.
        #[schema(max_length = 64, example = "b7kgflt1tlv51er0fts0")]
        id: String,
    }
}

given! {
    /// A transaction by its id, and how much to give back.
    RefundOfMany {
        /// Its id.
        #[schema(max_length = 64, example = "b7kgflt1tlv51er0fts0")]
        id: String,
        /// Minor units; all that is left where it is 0 or not given.
        #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 0)]
        amount: i64,
    }
}

given! {
    /// `POST /api/transaction/{id}/email`.
    ReceiptTo {
        /// Who gets the receipt.
        #[schema(min_length = 6, max_length = 254, format = Email, example = "user@home.com")]
        email_address: String,
    }
}

/// What became of one of several.
#[derive(Serialize, ToSchema)]
pub struct Verdict {
    /// The transaction that was made, else the one that was named; "" where there is neither.
    #[schema(max_length = 255, example = "b7kgflt1tlv51er0fts0")]
    pub transaction_id: String,
    /// The transaction's status, else "failed".
    #[schema(max_length = 32, example = "voided")]
    pub status: String,
    /// Its order.
    #[schema(max_length = 255, example = "someOrderID")]
    pub order_id: String,
    /// "success", else what is wrong.
    #[schema(max_length = 1000, example = "success")]
    pub msg: String,
}

impl Verdict {
    /// Of what was asked about `id`, or of a new transaction for `order_id`.
    pub fn of(id: &str, order_id: &str, done: Result<Transaction>) -> Self {
        match done {
            Ok(t) => Self {
                transaction_id: t.id.to_string(),
                status: t.status.as_str().to_owned(),
                order_id: t.order_id,
                msg: "success".to_owned(),
            },
            Err(why) => Self {
                transaction_id: id.chars().take(NAMED_MAX).collect(),
                status: "failed".to_owned(),
                order_id: order_id.to_owned(),
                msg: GatewayError(why).to_string(),
            },
        }
    }
}

fn checked<T>(transactions: Vec<T>) -> Result<Vec<T>> {
    match transactions.len() {
        1..=MANY_MAX => Ok(transactions),
        _ => Err(Error::invalid("transactions", format!("must be 1 to {MANY_MAX}"))),
    }
}

impl ManyCharges {
    /// The charges.
    ///
    /// # Errors
    /// `Invalid` where there are none or too many.
    pub fn into_checked(self) -> Result<Vec<NewTransaction>> {
        checked(self.transactions)
    }
}

impl ManyVoids {
    /// The transactions.
    ///
    /// # Errors
    /// `Invalid` where there are none or too many.
    pub fn into_checked(self) -> Result<Vec<OneOfMany>> {
        checked(self.transactions)
    }
}

impl ManyRefunds {
    /// The transactions.
    ///
    /// # Errors
    /// `Invalid` where there are none or too many.
    pub fn into_checked(self) -> Result<Vec<RefundOfMany>> {
        checked(self.transactions)
    }
}

impl RefundOfMany {
    /// How much; all that is left where `None`.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn amount(&self) -> Result<Option<i64>> {
        Ok(Some(at_least_zero("amount", self.amount)?).filter(|amount| *amount > 0))
    }
}
