//! Auto refills: units that are bought by themselves, when little is left of a balance or by the month. Whether one
//! fires is a condition on the present balance: it is asked now, and never about what might have been.

use jiff::tz::TimeZone;

use super::currency::Denomination;
use super::id::{CustomerId, RefillId, TransactionId};
use super::money::AMOUNT_MAX_MINOR;
use super::time::{SECOND, Timestamp, start_of_day};
use crate::error::{Error, Result};

/// From the start of one refill to the start of the next, seconds: at least, also where nothing is said.
pub const COOLDOWN_MIN_S: i64 = 300;
/// The same: at most.
pub const COOLDOWN_MAX_S: i64 = 2_678_400;
/// Soft declines in a row that switch a refill off.
pub const SOFT_DECLINES_MAX: i64 = 3;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($variant:ident $word:literal $about:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $name {
            $(#[doc = $about] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the file and on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }

            /// Reads that name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text)
            }
        }
    };
}

words! {
    /// Why a refill is off.
    OffReason {
        Requested "requested" "Somebody switched it off.";
        HardDecline "hard_decline" "The card is of no more use.";
        SoftDeclines "soft_declines" "The card was declined too often in a row, or when a person tried.";
        NoCard "no_card" "There was no card when it fired.";
    }
}

words! {
    /// Why units are bought.
    RefillReason {
        Threshold "threshold" "Little was left.";
        Monthly "monthly" "Its day of the month has come.";
        Retry "retry" "A person asked for it.";
    }
}

words! {
    /// What a refill does just now.
    RefillState {
        Ready "ready" "It waits for its condition.";
        InFlight "in_flight" "Its charge has no known outcome yet.";
        CoolingDown "cooling_down" "The last one started a moment ago.";
        Capped "capped" "The month has cost what it may.";
        Off "off" "It is off.";
    }
}

words! {
    /// What became of something that was to be bought.
    RefillStatus {
        Confirming "confirming" "Its charge has no known outcome yet.";
        Succeeded "succeeded" "The balance is credited.";
        Declined "declined" "The card refused; nothing was credited.";
        NotSent "not_sent" "Its charge never reached the card; nothing moved.";
    }
}

/// What is bought, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RefillTerms {
    /// Units are bought when this or less is available; `None`: only by the month.
    pub threshold: Option<i64>,
    /// Units, one or more.
    pub amount: i64,
    /// What they cost, minor units of the company's currency; 0 charges nothing.
    pub charge_minor: i64,
    /// Whether units are bought once a month as well, whatever is left.
    pub is_monthly: bool,
    /// What refills of one calendar month may cost together; `None`: anything.
    pub cap_minor: Option<i64>,
    /// From one start to the next, seconds.
    pub cooldown_s: i64,
}

impl RefillTerms {
    /// Passes where they can be kept.
    ///
    /// # Errors
    /// `Invalid` naming the member of contract-fermata.md, section 7.
    pub fn check(&self) -> Result<()> {
        if self.threshold.is_none() && !self.is_monthly {
            return Err(Error::invalid("threshold", "is needed where nothing is bought by the month"));
        }
        if self.amount < 1 {
            return Err(Error::invalid("amount", "must be 1 or more"));
        }
        if !(0..=AMOUNT_MAX_MINOR).contains(&self.charge_minor) {
            return Err(Error::invalid("usd_charge", format!("must be from 0 to {AMOUNT_MAX_MINOR}")));
        }
        if self.cap_minor.is_some_and(|cap| cap < 0) {
            return Err(Error::invalid("usd_monthly_cap", "must be 0 or more"));
        }
        if !(COOLDOWN_MIN_S..=COOLDOWN_MAX_S).contains(&self.cooldown_s) {
            let problem = format!("must be from {COOLDOWN_MIN_S} to {COOLDOWN_MAX_S}");
            return Err(Error::invalid("cooldown_seconds", problem));
        }
        Ok(())
    }
}

/// The auto refill of a balance.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AutoRefill {
    /// Whose balance.
    pub customer_id: CustomerId,
    /// What it counts.
    pub denomination: Denomination,
    /// What is bought, and when.
    pub terms: RefillTerms,
    /// Why it is off; `None`: it is on.
    pub off: Option<OffReason>,
    /// Soft declines in a row.
    pub soft_declines: i64,
    /// When it was switched on to buy by the month: the months count from there.
    pub anchor_at: Option<Timestamp>,
    /// The monthly instant that has come and is not bought yet.
    pub owed_at: Option<Timestamp>,
    /// When the last refill started, by the clock.
    pub last_start_at: Option<Timestamp>,
    /// When it is looked at next; `None`: not by itself.
    pub look_at: Option<Timestamp>,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was last set or switched, if ever.
    pub updated_at: Option<Timestamp>,
}

/// What of the present the decision looks at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RefillStanding {
    /// What is available of the balance.
    pub available: i64,
    /// Whether the units that would be bought fit into it.
    pub has_room: bool,
    /// What refills of this calendar month have cost and may yet cost, minor units.
    pub used_minor: i128,
    /// Whether a refill has no known outcome yet.
    pub is_under_way: bool,
}

/// What the present makes of a refill.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefillVerdict {
    /// One is under way, and nothing else starts.
    UnderWay,
    /// It is off.
    Off,
    /// Nothing starts before this instant.
    CoolingDown(Timestamp),
    /// Nothing starts before this instant: the next month.
    Capped(Timestamp),
    /// It fires.
    Fires(RefillReason),
    /// Its condition does not hold.
    Rests,
}

impl AutoRefill {
    /// The decision: does it fire now, and if not, what is in its way?
    pub fn judge(&self, standing: &RefillStanding, now: Timestamp, zone: &TimeZone) -> RefillVerdict {
        if standing.is_under_way {
            return RefillVerdict::UnderWay;
        }
        if self.off.is_some() {
            return RefillVerdict::Off;
        }
        if let Some(until) = self.cooled_at().filter(|until| now < *until) {
            return RefillVerdict::CoolingDown(until);
        }
        if self.is_capped(standing) {
            return RefillVerdict::Capped(next_month(now, zone));
        }
        let is_low = self.terms.threshold.is_some_and(|threshold| standing.available <= threshold);
        match (standing.has_room, self.owed_at, is_low) {
            (true, Some(_), _) => RefillVerdict::Fires(RefillReason::Monthly),
            (true, None, true) => RefillVerdict::Fires(RefillReason::Threshold),
            _ => RefillVerdict::Rests,
        }
    }

    /// Whether one more would cost more than the month may.
    pub fn is_capped(&self, standing: &RefillStanding) -> bool {
        let with_this = standing.used_minor.saturating_add(self.terms.charge_minor.into());
        self.terms.cap_minor.is_some_and(|cap| self.terms.charge_minor > 0 && with_this > i128::from(cap))
    }

    /// Whether it buys by the month just now.
    pub fn is_monthly(&self) -> bool {
        self.off.is_none() && self.terms.is_monthly
    }

    /// When the cooldown of the last one ends.
    fn cooled_at(&self) -> Option<Timestamp> {
        self.last_start_at.map(|start| start.plus(self.terms.cooldown_s.saturating_mul(SECOND)))
    }

    /// What a decline of the card does to it. Two soft ones pass; one that a person asked for does not.
    pub fn declined(&mut self, is_hard: bool, reason: RefillReason) {
        if is_hard {
            self.switch_off(OffReason::HardDecline);
            return;
        }
        self.soft_declines = self.soft_declines.saturating_add(1);
        if self.soft_declines >= SOFT_DECLINES_MAX || reason == RefillReason::Retry {
            self.switch_off(OffReason::SoftDeclines);
        }
    }

    /// Switches it off. The months end with it.
    pub fn switch_off(&mut self, why: OffReason) {
        self.off = Some(why);
        self.anchor_at = None;
        self.owed_at = None;
    }
}

impl RefillVerdict {
    /// What it is called.
    pub fn state(self) -> RefillState {
        match self {
            Self::UnderWay => RefillState::InFlight,
            Self::Off => RefillState::Off,
            Self::CoolingDown(_) => RefillState::CoolingDown,
            Self::Capped(_) => RefillState::Capped,
            Self::Fires(_) | Self::Rests => RefillState::Ready,
        }
    }

    /// When the next one may start at the earliest; `None` where that is not a question of time.
    pub fn next_at(self, next_monthly_at: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::UnderWay | Self::Off => None,
            Self::CoolingDown(until) | Self::Capped(until) => Some(until),
            Self::Fires(_) | Self::Rests => next_monthly_at,
        }
    }

    /// When it is looked at again.
    pub fn look_at(self, now: Timestamp, next_monthly_at: Option<Timestamp>) -> Option<Timestamp> {
        match self {
            Self::UnderWay | Self::Off => None,
            Self::CoolingDown(until) => Some(until),
            Self::Capped(until) => Some(next_monthly_at.map_or(until, |monthly| monthly.min(until))),
            Self::Fires(_) => Some(now),
            Self::Rests => next_monthly_at,
        }
    }
}

/// Something that was bought, or was to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refill {
    /// Its id.
    pub id: RefillId,
    /// Whose balance.
    pub customer_id: CustomerId,
    /// What it counts.
    pub denomination: Denomination,
    /// The how-manieth of its balance, from 1.
    pub number: i64,
    /// Why.
    pub reason: RefillReason,
    /// Units.
    pub amount: i64,
    /// What they cost, minor units.
    pub charge_minor: i64,
    /// The card's charge; `None` where it costs nothing.
    pub transaction_id: Option<TransactionId>,
    /// What became of it.
    pub status: RefillStatus,
    /// The instant it is for; `None` where a person asked for it.
    pub due_at: Option<Timestamp>,
    /// When it started, by the clock.
    pub started_at: Timestamp,
    /// When it was written down.
    pub created_at: Timestamp,
}

/// The first instant after `now` that is whole months, one or more, after `anchor`.
pub fn month_after(anchor: Timestamp, now: Timestamp) -> Timestamp {
    let count = |at: Timestamp| {
        let date = at.utc_date();
        i32::from(date.year()).saturating_mul(12).saturating_add(date.month().into())
    };
    let passed = count(now).saturating_sub(count(anchor)).max(1);
    // In the month of `now` itself, else in the next.
    let this = anchor.plus_months(passed);
    if this > now { this } else { anchor.plus_months(passed.saturating_add(1)) }
}

/// When the calendar month of `now` began.
pub fn this_month(now: Timestamp, zone: &TimeZone) -> Timestamp {
    start_of_day(now.date_in(zone).first_of_month(), zone)
}

/// When the next calendar month begins.
fn next_month(now: Timestamp, zone: &TimeZone) -> Timestamp {
    let date = now.date_in(zone).last_of_month();
    date.tomorrow().map_or(Timestamp::from_micros(i64::MAX), |first| start_of_day(first, zone))
}

#[cfg(test)]
#[path = "auto_refill_tests.rs"]
mod tests;
