//! Card charges for prepaid units: what each was for. Each row is one attempt, so counting rows counts what the card
//! saw; amount and outcome are those of its transaction.

use super::balance::within;
use super::currency::Denomination;
use super::id::{CustomerId, TransactionId};
use super::money::Money;
use super::rate::round_half_away;
use super::time::Timestamp;

/// What a charge is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChargeKind {
    /// A deposit.
    Deposit,
    /// An auto refill.
    AutoRefill,
    /// A plan is attached.
    PlanAttach,
    /// A plan renews.
    PlanRenewal,
    /// A plan changes within its period.
    PlanChange,
    /// What was used beyond a plan's units, where it does not renew.
    Overage,
}

impl ChargeKind {
    /// The name in the file and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::AutoRefill => "auto_refill",
            Self::PlanAttach => "plan_attach",
            Self::PlanRenewal => "plan_renewal",
            Self::PlanChange => "plan_change",
            Self::Overage => "overage",
        }
    }

    /// Reads that name.
    pub fn parse(text: &str) -> Option<Self> {
        let of_plans = [Self::PlanAttach, Self::PlanRenewal, Self::PlanChange, Self::Overage];
        let mut all = [Self::Deposit, Self::AutoRefill].into_iter().chain(of_plans);
        all.find(|kind| kind.as_str() == text)
    }
}

/// What became of a charge.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChargeStatus {
    /// Nobody can say yet.
    Confirming,
    /// The money was taken.
    Succeeded,
    /// It was refused.
    Declined,
}

impl ChargeStatus {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Confirming => "confirming",
            Self::Succeeded => "succeeded",
            Self::Declined => "declined",
        }
    }
}

/// A refusal of a card.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ChargeDecline {
    /// Our response code (facts-gateway.md, "Enumerations").
    pub code: u16,
    /// Whether another try is of no use.
    pub is_hard: bool,
}

impl ChargeDecline {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self.code {
            202 => "insufficient_funds",
            223 => "expired_card",
            250..=253 => "stolen_card",
            400..=499 => "processing_error",
            _ => "card_declined",
        }
    }

    /// "soft" or "hard".
    pub fn kind(self) -> &'static str {
        if self.is_hard { "hard" } else { "soft" }
    }
}

/// A charge.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrepaidCharge {
    /// The transaction that it is.
    pub transaction_id: TransactionId,
    /// Whose card.
    pub customer_id: CustomerId,
    /// What it is for.
    pub kind: ChargeKind,
    /// The id of the deposit, refill or period that is paid.
    pub source_id: String,
    /// What is bought, where that is one denomination.
    pub denomination: Option<Denomination>,
    /// The instant it is for; `None` where a request made it.
    pub due_at: Option<Timestamp>,
    /// Which try it is, from 1.
    pub attempt: u32,
    /// What is charged.
    pub amount: Money,
    /// What became of it.
    pub status: ChargeStatus,
    /// Why it was declined, where it was.
    pub decline: Option<ChargeDecline>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed, if ever.
    pub updated_at: Option<Timestamp>,
}

/// How many of `units` go back where `returned` of the `paid` minor units did: in the same proportion, rounded half away
/// from zero; all of them where all of it did.
pub fn units_back(units: i64, returned: i64, paid: i64) -> i64 {
    if returned >= paid {
        return units;
    }
    let product = i128::from(units).saturating_mul(returned.max(0).into());
    round_half_away(product, paid.into()).map_or(0, within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declines_have_words() {
        for (code, word) in [
            (200, "card_declined"),
            (202, "insufficient_funds"),
            (223, "expired_card"),
            (250, "stolen_card"),
            (421, "processing_error"),
        ] {
            assert_eq!(ChargeDecline { code, is_hard: false }.word(), word);
        }
        assert_eq!(ChargeKind::parse("deposit"), Some(ChargeKind::Deposit));
        assert_eq!(ChargeKind::parse("auto_refill"), Some(ChargeKind::AutoRefill));
        assert_eq!(ChargeKind::parse("gift"), None);
    }

    #[test]
    fn units_go_back_in_proportion() {
        for (units, returned, paid, expected) in [
            (700, 0, 500, 0),
            (700, 500, 500, 700),
            (700, 250, 500, 350),
            (3, 1, 2, 2),
            (1, 1, 3, 0),
            (1, 2, 3, 1),
            (i64::MAX, 1, 2, i64::MAX / 2 + 1),
            (7, 9, 5, 7),
            (7, 0, 0, 7),
        ] {
            assert_eq!(units_back(units, returned, paid), expected, "{units} for {returned} of {paid}");
        }
    }
}
