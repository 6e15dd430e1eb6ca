//! Auto refills.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Amount, Instant, denomination, given, instant};
use crate::app::auto_refill::{RefillShown, SetAutoRefill};
use crate::domain::auto_refill::{AutoRefill, COOLDOWN_MIN_S, OffReason, RefillTerms};
use crate::domain::currency::Denomination;
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};

fn on() -> bool {
    true
}

fn shortest() -> i64 {
    COOLDOWN_MIN_S
}

/// The setting as a request says it; the two spellings of the path differ in what they say of the denomination.
macro_rules! setting {
    ($(#[$doc:meta])* $name:ident, $(#[$of:meta])* $denomination:ty) => {
        $(#[$doc])*
        #[derive(Debug, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $(#[$of])*
            denomination: $denomination,
            /// Units are bought when this or less is available; null: only by the month.
            #[schema(value_type = Option<Amount>)]
            threshold: Option<i64>,
            /// Units to buy.
            #[schema(minimum = 1, maximum = 9_223_372_036_854_775_807_i64, example = 500)]
            amount: i64,
            /// What they cost, minor units of the company's currency; 0 charges nothing.
            #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64, example = 1000)]
            usd_charge: i64,
            /// Whether units are bought once a month as well; needed where there is no threshold.
            #[serde(default)]
            #[schema(example = false)]
            refill_monthly: bool,
            /// What one calendar month may cost; null: anything.
            #[serde(default)]
            #[schema(minimum = 0, maximum = 9_223_372_036_854_775_807_i64, example = 5000)]
            usd_monthly_cap: Option<i64>,
            /// From the start of one to the start of the next.
            #[serde(default = "shortest")]
            #[schema(minimum = 300, maximum = 2_678_400, example = 300)]
            cooldown_seconds: i64,
            /// Whether it is on.
            #[serde(default = "on")]
            #[schema(example = true)]
            enabled: bool,
        }

        impl $name {
            fn terms(&self) -> RefillTerms {
                RefillTerms {
                    threshold: self.threshold,
                    amount: self.amount,
                    charge_minor: self.usd_charge,
                    is_monthly: self.refill_monthly,
                    cap_minor: self.usd_monthly_cap,
                    cooldown_s: self.cooldown_seconds,
                }
            }
        }
    };
}

setting! {
    /// The auto refill of the balance that `denomination` names.
    NewAutoRefill,
    /// Which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    String
}

setting! {
    /// The auto refill of the path's balance.
    NewBalanceRefill,
    /// The path's balance once more, if anything.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = String, pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    Option<String>
}

impl NewAutoRefill {
    /// The command, for this customer.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn into_command(self, customer_id: CustomerId) -> Result<SetAutoRefill> {
        let denomination = denomination("denomination", &self.denomination)?;
        Ok(SetAutoRefill { customer_id, denomination, terms: self.terms(), is_enabled: self.enabled })
    }
}

impl NewBalanceRefill {
    /// The command, for this balance.
    ///
    /// # Errors
    /// `Invalid` where the body names another one.
    pub fn into_command(self, customer_id: CustomerId, denomination: Denomination) -> Result<SetAutoRefill> {
        if self.denomination.as_ref().is_some_and(|named| named != denomination.as_str()) {
            return Err(Error::invalid("denomination", "is not the one of the path"));
        }
        Ok(SetAutoRefill { customer_id, denomination, terms: self.terms(), is_enabled: self.enabled })
    }
}

/// A balance whose auto refill is to buy once now.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RetryRefill {
    /// Which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
}

impl RetryRefill {
    /// The balance.
    ///
    /// # Errors
    /// `Invalid` naming the member.
    pub fn denomination(&self) -> Result<Denomination> {
        denomination("denomination", &self.denomination)
    }
}

/// An auto refill as it is now.
#[derive(Debug, Serialize, ToSchema)]
pub struct TreasuryAutoRefill {
    /// Whose.
    #[schema(pattern = r"^a_[A-Za-z0-9._^-]+$", example = "a_0Qk1s3bTz8Yw2LmN")]
    account_id: String,
    /// Which balance.
    #[schema(pattern = r"^[A-Za-z0-9_-]{1,32}$", example = "credits")]
    denomination: String,
    /// Units are bought when this or less is available; null: only by the month.
    #[schema(value_type = Option<Amount>)]
    threshold: Option<i64>,
    /// Units it buys.
    #[schema(value_type = Amount)]
    amount: i64,
    /// What they cost, minor units of the company's currency.
    #[schema(value_type = Amount)]
    usd_charge: i64,
    /// Whether units are bought once a month as well.
    #[schema(example = false)]
    refill_monthly: bool,
    /// What one calendar month may cost; null: anything.
    #[schema(value_type = Option<Amount>)]
    usd_monthly_cap: Option<i64>,
    /// From the start of one to the start of the next.
    #[schema(minimum = 300, maximum = 2_678_400, example = 300)]
    cooldown_seconds: i64,
    /// Whether it is on.
    #[schema(example = true)]
    enabled: bool,
    /// What it does just now.
    #[schema(pattern = "^(ready|in_flight|cooling_down|capped|off)$", example = "ready")]
    state: String,
    /// Why it is off.
    #[schema(pattern = "^(requested|hard_decline|soft_declines|no_card)$", example = "hard_decline")]
    off_reason: Option<String>,
    /// Soft declines in a row.
    #[schema(value_type = Amount)]
    soft_declines: i64,
    /// When the last one started.
    #[schema(value_type = Option<Instant>)]
    last_refill_at: Option<String>,
    /// When the next one may start at the earliest: the end of the cooldown or the cap, or the next month.
    #[schema(value_type = Option<Instant>)]
    next_refill_at: Option<String>,
    /// When it was first set.
    #[schema(value_type = Instant)]
    created_at: String,
    /// When it was last set or switched.
    #[schema(value_type = Option<Instant>)]
    updated_at: Option<String>,
}

impl From<RefillShown> for TreasuryAutoRefill {
    fn from(RefillShown { refill, verdict, next_monthly_at }: RefillShown) -> Self {
        let AutoRefill {
            customer_id,
            denomination,
            terms,
            off,
            soft_declines,
            anchor_at: _, // the balance shows the months
            owed_at: _,
            last_start_at,
            look_at: _, // ours
            created_at,
            updated_at,
        } = refill;
        let RefillTerms { threshold, amount, charge_minor, is_monthly, cap_minor, cooldown_s } = terms;
        Self {
            account_id: format!("a_{customer_id}"),
            denomination: denomination.as_str().to_owned(),
            threshold,
            amount,
            usd_charge: charge_minor,
            refill_monthly: is_monthly,
            usd_monthly_cap: cap_minor,
            cooldown_seconds: cooldown_s,
            enabled: off.is_none(),
            state: verdict.state().as_str().to_owned(),
            off_reason: off.map(|why: OffReason| why.as_str().to_owned()),
            soft_declines,
            last_refill_at: last_start_at.map(instant),
            next_refill_at: verdict.next_at(next_monthly_at).map(instant),
            created_at: instant(created_at),
            updated_at: updated_at.map(instant),
        }
    }
}
