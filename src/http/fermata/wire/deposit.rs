//! Deposits.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::balance::TreasuryBalance;
use super::{Amount, Instant, denomination, given, instant};
use crate::app::deposit::{DepositMade, MakeDeposit};
use crate::domain::deposit::{Deposit, PaidBy};
use crate::domain::id::CustomerId;
use crate::error::Result;

/// Units to buy or to grant.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDeposit {
    /// Units to add.
    #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64, example = 700)]
    amount_to_deposit: i64,
    /// What they cost, minor units of the company's currency; 0 charges nothing.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 500)]
    amount_to_charge: i64,
    /// The balance that pays instead of the card, in its units.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "USD")]
    charge_against_denomination: Option<String>,
    /// Into which balance; the company's currency where it is left out.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: Option<String>,
}

impl NewDeposit {
    /// The command, for this customer.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self, customer_id: CustomerId) -> Result<MakeDeposit> {
        let against = self.charge_against_denomination;
        let named = |field: &str, text: Option<String>| text.map(|text| denomination(field, &text)).transpose();
        Ok(MakeDeposit {
            customer_id,
            denomination: named("denomination", self.denomination)?,
            amount: self.amount_to_deposit,
            charge: self.amount_to_charge,
            charge_against: named("charge_against_denomination", against)?,
        })
    }
}

/// A deposit.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryDeposit {
    /// Its id.
    #[schema(pattern = r"^d_[A-Za-z0-9._^-]+$", example = "d_0Qk1s3bTz8Yw2LmN")]
    id: String,
    /// Whose.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: String,
    /// Into which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
    /// Units it adds.
    #[schema(value_type = Amount)]
    amount_deposited: i64,
    /// What it cost.
    #[schema(value_type = Amount)]
    amount_charged: i64,
    /// What paid: `card`, a denomination, or nothing.
    #[schema(max_length = 32, example = "card")]
    charged_against: Option<String>,
    /// The card's charge.
    #[schema(max_length = 42, example = "t_0Qk1s3bTz8Yw2LmN")]
    charge_id: Option<String>,
    /// What became of it.
    #[schema(pattern = "^(confirming|succeeded|declined)$", example = "succeeded")]
    status: String,
    /// The balance as it stands.
    balance: TreasuryBalance,
    /// When it was asked for.
    #[schema(value_type = Instant)]
    created_at: String,
}

impl From<DepositMade> for TreasuryDeposit {
    fn from(DepositMade { deposit, balance, charge: _ /* told where it is declined */ }: DepositMade) -> Self {
        let Deposit { id, customer_id, denomination, amount, charged, paid_by, status, created_at } = deposit;
        let (charged_against, charge_id) = match paid_by {
            PaidBy::Nobody => (None, None),
            PaidBy::Balance(denomination) => (Some(denomination.as_str().to_owned()), None),
            PaidBy::Card(id) => (Some("card".to_owned()), Some(format!("t_{id}"))),
        };
        Self {
            id: format!("d_{id}"),
            account_id: format!("a_{customer_id}"),
            denomination: denomination.as_str().to_owned(),
            amount_deposited: amount,
            amount_charged: charged,
            charged_against,
            charge_id,
            status: status.as_str().to_owned(),
            balance: balance.into(),
            created_at: instant(created_at),
        }
    }
}
