//! The merchant whose books these are: profile, money, calendar and billing policy.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::currency::Currency;
use super::fees::FeePolicy;
use super::id::CompanyId;
use super::language::Language;
use super::time::{DAY, Timestamp, at_time_of_day, start_of_day, zone_named};

/// The company of this file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Company {
    /// Its id; never changes, also in a restored or cloned file.
    pub id: CompanyId,
    /// This installation; part of every reference that processors see.
    pub install_id: String,
    /// Name on invoices and pages.
    pub name: String,
    /// Address for customers' questions.
    pub email: String,
    /// Phone number.
    pub phone: String,
    /// Web site.
    pub website: String,
    /// Where the logo is, "" for none.
    pub logo_url: String,
    /// Colour of pages, `#rrggbb`.
    pub accent: String,
    /// Of customers who chose none.
    pub language: Language,
    /// Where customers reach the server, as it was last started; "" before it ever was.
    pub public_url: String,
    /// JSON snapshot of the postal address.
    pub address_json: String,
    /// Currency where a request names none.
    pub currency: Currency,
    /// IANA name of its zone.
    pub time_zone: String,
    /// Second of the local day at which settlement batches close.
    pub settlement_cutoff_s: u32,
    /// Head of the numbers of invoices.
    pub invoice_prefix: String,
    /// Number of the next invoice.
    pub next_invoice_number: i64,
    /// Days after the first decline on which a soft decline is tried again, ascending.
    pub retry_days: Vec<u32>,
    /// Days a customer has to pay an invoice that is not charged by itself.
    pub payment_terms_days: u32,
    /// Whether payments of invoices are receipted by mail without being asked.
    pub mails_receipts: bool,
    /// Days from an invoice's due date on which its customer is reminded, ascending; below zero before it.
    pub reminder_days: Vec<i32>,
    /// The last day whose reminders were written.
    pub reminded_on: Option<Date>,
    /// The last day whose warnings of expiring cards were written.
    pub expiry_warned_on: Option<Date>,
    /// What it adds to payments, or takes off them.
    pub fees: FeePolicy,
    /// First charge at a live processor.
    pub real_charge_at: Option<Timestamp>,
    /// Billing waits for a person since then, and why.
    pub billing_held: Option<(Timestamp, String)>,
    /// When the ticker last looked.
    pub last_tick_at: Option<Timestamp>,
    /// When the file was made.
    pub created_at: Timestamp,
    /// When the profile last changed.
    pub updated_at: Timestamp,
}

impl Company {
    /// The zone; UTC where the stored name is no longer known.
    pub fn zone(&self) -> TimeZone {
        zone_named(&self.time_zone).unwrap_or(TimeZone::UTC)
    }

    /// The civil date of `now` in the company's zone.
    pub fn today(&self, now: Timestamp) -> Date {
        now.date_in(&self.zone())
    }

    /// The instant at which `date` begins: what is billed on it becomes due then.
    pub fn start_of(&self, date: Date) -> Timestamp {
        start_of_day(date, &self.zone())
    }

    /// The last settlement cut-off at or before `now`.
    pub fn cutoff_before(&self, now: Timestamp) -> Timestamp {
        self.second_before(now, self.settlement_cutoff_s)
    }

    /// The first settlement cut-off after `now`.
    pub fn cutoff_after(&self, now: Timestamp) -> Timestamp {
        self.second_after(now, self.settlement_cutoff_s)
    }

    /// When this second of the day last came at or before `now`, in the company's zone.
    pub fn second_before(&self, now: Timestamp, second: u32) -> Timestamp {
        let zone = self.zone();
        let today = at_time_of_day(self.today(now), second, &zone);
        if today <= now {
            return today;
        }
        let yesterday = self.today(now).yesterday().unwrap_or(Date::MIN);
        at_time_of_day(yesterday, second, &zone)
    }

    /// When this second of the day first comes after `now`, in the company's zone.
    pub fn second_after(&self, now: Timestamp, second: u32) -> Timestamp {
        let zone = self.zone();
        let today = self.today(now);
        [Some(today), today.tomorrow().ok(), today.tomorrow().ok().and_then(|date| date.tomorrow().ok())]
            .into_iter()
            .flatten()
            .map(|date| at_time_of_day(date, second, &zone))
            .find(|at| *at > now)
            .unwrap_or_else(|| now.plus(DAY))
    }
}

/// Reads "1,3,5,7": ascending days after the first decline, at most ten, none above 60.
pub fn parse_retry_days(text: &str) -> Option<Vec<u32>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let days: Option<Vec<u32>> = text.split(',').map(|day| day.trim().parse().ok()).collect();
    let days = days?;
    let ascending = days.windows(2).all(|pair| pair.first() < pair.last());
    let bounded = days.len() <= 10 && days.iter().all(|day| (1..=60).contains(day));
    (ascending && bounded).then_some(days)
}

/// Reads "-3,3,14": ascending days from the due date, at most ten, none further away than 60.
pub fn parse_reminder_days(text: &str) -> Option<Vec<i32>> {
    if text.trim().is_empty() {
        return Some(Vec::new());
    }
    let days: Option<Vec<i32>> = text.split(',').map(|day| day.trim().parse().ok()).collect();
    let days = days?;
    let ascending = days.windows(2).all(|pair| pair.first() < pair.last());
    let bounded = days.len() <= 10 && days.iter().all(|day| (-60..=60).contains(day));
    (ascending && bounded).then_some(days)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A company in this zone, begun on 1 January 1970.
    pub(crate) fn company(zone: &str) -> Company {
        let now = Timestamp::from_micros(0);
        Company {
            id: CompanyId::from_parts(now, 1),
            install_id: "i".to_owned(),
            name: "Northwind".to_owned(),
            email: "shop@northwind.example".to_owned(),
            phone: String::new(),
            website: "https://northwind.example".to_owned(),
            logo_url: String::new(),
            accent: "#3454d1".to_owned(),
            language: Language::English,
            public_url: "https://pay.northwind.example".to_owned(),
            address_json: "{}".to_owned(),
            currency: Currency::USD,
            time_zone: zone.to_owned(),
            settlement_cutoff_s: 0,
            invoice_prefix: "INV-".to_owned(),
            next_invoice_number: 5,
            retry_days: vec![1],
            payment_terms_days: 14,
            mails_receipts: true,
            reminder_days: vec![-3],
            reminded_on: None,
            expiry_warned_on: None,
            fees: FeePolicy::default(),
            real_charge_at: None,
            billing_held: None,
            last_tick_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    #[test]
    fn retry_days_ascend() {
        for (text, expected) in [
            ("1,3,5,7", Some(vec![1, 3, 5, 7])),
            (" 2 , 4 ", Some(vec![2, 4])),
            ("", Some(vec![])),
            ("3,1", None),
            ("1,1", None),
            ("0,1", None),
            ("61", None),
            ("a", None),
        ] {
            assert_eq!(parse_retry_days(text), expected, "{text:?}");
        }
    }

    #[test]
    fn reminder_days_ascend() {
        for (text, expected) in [
            ("-3,3,14", Some(vec![-3, 3, 14])),
            (" -1 , 0 ", Some(vec![-1, 0])),
            ("", Some(vec![])),
            ("3,-3", None),
            ("3,3", None),
            ("-61", None),
            ("61", None),
            ("1,2,3,4,5,6,7,8,9,10,11", None),
            ("x", None),
        ] {
            assert_eq!(parse_reminder_days(text), expected, "{text:?}");
        }
    }
}
