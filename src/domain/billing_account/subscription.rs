//! What an account pays again and again: items that a schedule adds to its balance.

use jiff::civil::Date;

use super::super::currency::Currency;
use super::super::id::CustomerId;
use super::super::time::Timestamp;
use super::item::Items;
use super::schedule::Schedule;

/// Characters of a subscription's id, which is its own within the account.
pub const ID_LENGTH: usize = 4;
/// Subscriptions of one account that are kept.
pub const SUBSCRIPTIONS_MAX: usize = 100;

/// A subscription of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSubscription {
    /// Whose.
    pub customer_id: CustomerId,
    /// Its id within the account, four characters.
    pub id: String,
    /// What the merchant calls it.
    pub number: Option<String>,
    /// What is added each time.
    pub items: Items,
    /// In what; the account's.
    pub currency: Currency,
    /// When.
    pub schedule: Schedule,
    /// The first day on which something may be added.
    pub start: Date,
    /// The first day on which nothing is added any more.
    pub end: Option<Date>,
    /// Where the merchant is told of orders with its items.
    pub callback: Option<String>,
    /// The next date; `None` where it has ended.
    pub due: Option<Date>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl AccountSubscription {
    /// The first date on or after `from`, and after its start, that lies before its end.
    pub fn due_from(&self, from: Date) -> Option<Date> {
        let first = self.schedule.first(self.start)?;
        let reached = std::iter::successors(Some(first), |date| self.schedule.next(*date));
        reached.take_while(|date| self.is_before_end(*date)).find(|date| *date >= from)
    }

    /// The date after `due`, before its end.
    pub fn due_after(&self, due: Date) -> Option<Date> {
        self.schedule.next(due).filter(|date| self.is_before_end(*date))
    }

    fn is_before_end(&self, date: Date) -> bool {
        self.end.is_none_or(|end| date < end)
    }
}

#[cfg(test)]
mod tests {
    use super::super::decimal::Decimal;
    use super::super::schedule::Frequency;
    use super::*;

    #[test]
    fn nothing_is_due_from_the_end_on() {
        let date = |text: &str| crate::domain::time::parse_date(text).expect("a date");
        let subscription = |end: Option<&str>| AccountSubscription {
            customer_id: CustomerId::from_stored("c".to_owned()),
            id: "abcd".to_owned(),
            number: None,
            items: Items::Amount(Decimal::ONE),
            currency: Currency::EUR,
            schedule: Schedule::every(Frequency::Monthly),
            start: date("2026-01-15"),
            end: end.map(date),
            callback: None,
            due: None,
            created_at: Timestamp::from_micros(0),
        };
        for (end, from, expected) in [
            (None, "2026-01-01", Some("2026-01-15")),
            (None, "2026-01-15", Some("2026-01-15")),
            (None, "2026-01-16", Some("2026-02-15")),
            (Some("2026-02-15"), "2026-01-16", None),
            (Some("2026-02-16"), "2026-01-16", Some("2026-02-15")),
        ] {
            assert_eq!(subscription(end).due_from(date(from)), expected.map(date), "{end:?} {from}");
        }
        assert_eq!(subscription(Some("2026-02-15")).due_after(date("2026-01-15")), None);
        assert_eq!(subscription(None).due_after(date("2026-01-15")), Some(date("2026-02-15")));
    }
}
