//! The engine over a file with a clock moved by hand: downtime, parking, dunning, running twice.

use std::sync::Arc;

use jiff::civil::Date;

use super::bill_due::{bill_due_in, due_ids, next_due_at};
use super::dunning::{invoice_paid_in, payment_declined_in};
use super::release::{Release, release_in};
use super::status::set_status_in;
use super::*;
use crate::clock::ManualClock;
use crate::domain::access::Actor;
use crate::domain::adjustment::{AdjustmentKind, Applied, Worth};
use crate::domain::customer::{Customer, Defaults};
use crate::domain::id::{AdjustmentId, CompanyId, CustomerId, InvoiceId};
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::plan::ScheduleTerms;
use crate::domain::rate::Rate;
use crate::domain::recurring::subscribe::{BilledCustomer, Subscribing, SubscriptionTerms};
use crate::domain::time::{DAY, parse_date};
use crate::ids::Random;
use crate::store::{Role, Store};

struct Books {
    store: Store,
    clock: Arc<ManualClock>,
    _dir: tempfile::TempDir,
}

impl Books {
    /// A shop on 2026-01-10 with the customer "ann".
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(at("2026-01-10T00:00:00Z")));
        let random = Arc::new(Random::seeded(3));
        let store = Store::open(dir.path(), Role::Server, clock.clone(), random).expect("a new file");
        let books = Self { store, clock, _dir: dir };
        books.write(|tx| {
            store::company::insert(tx, &CompanyId::from_stored("shop".to_owned()), "install", "Shop")?;
            let (created_at, updated_at) = (tx.now(), tx.now());
            let defaults = Defaults::default();
            let (description, notes, flags) = (String::new(), String::new(), Vec::new());
            store::customer::insert(
                tx,
                &Customer {
                    id: ann(),
                    description,
                    notes,
                    flags,
                    profile: crate::domain::customer::Profile::default(),
                    language: None,
                    defaults,
                    created_at,
                    updated_at,
                },
            )
        });
        books
    }

    fn write<T: Send + 'static>(&self, job: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static) -> T {
        self.store.write_blocking(job).expect("nothing is wrong with it")
    }

    /// A subscription of 10.00 USD, changed by `edit` before it is written.
    fn subscribe(
        &self,
        (frequency, days, interval): (&str, &str, i64),
        edit: impl FnOnce(&mut Subscription) + Send + 'static,
    ) -> SubscriptionId {
        let schedule = ScheduleTerms {
            frequency: Some(frequency.to_owned()),
            billing_days: Some(days.to_owned()),
            interval: Some(interval),
            charge_on_day: None,
        };
        let terms = SubscriptionTerms { amount_minor: Some(1000), schedule, ..SubscriptionTerms::default() };
        self.write(move |tx| {
            let company = store::company::fetch(tx)?;
            let customer = BilledCustomer {
                id: ann(),
                payment_method_id: None,
                billing_address_id: None,
                shipping_address_id: None,
            };
            let (currency, today, now) = (company.currency, company.today(tx.now()), tx.now());
            let with = Subscribing { plan: None, customer, currency, today, now, adjustments: None };
            let mut made = terms.create(tx.new_id(), with)?;
            edit(&mut made);
            made.reset_due(&company.zone());
            store::subscription::insert(tx, &made)?;
            Ok(made.id)
        })
    }

    fn go_to(&self, instant: &str) {
        self.clock.advance_to(at(instant));
    }

    /// Bills what is due after a gap; answers the periods that were invoiced.
    fn bill(&self, id: &SubscriptionId) -> Vec<String> {
        self.bill_as(id, false)
    }

    fn bill_as(&self, id: &SubscriptionId, lived_through: bool) -> Vec<String> {
        let id = id.clone();
        let invoices = self.write(move |tx| {
            let company = store::company::fetch(tx)?;
            bill_due_in(tx, &caller(), &company, &id, lived_through)
        });
        invoices.iter().map(period_of).collect()
    }

    /// Lives to `end`: bills every due instant with the clock standing there.
    fn live_to(&self, end: &str) -> Vec<String> {
        let mut billed = Vec::new();
        while let Some(next) = self.store.read(next_due_at).expect("readable").filter(|next| *next <= at(end)) {
            self.clock.advance_to(next);
            let now = self.clock_now();
            for id in self.store.read(|tx| due_ids(tx, now, 10)).expect("readable") {
                billed.extend(self.bill_as(&id, true));
            }
        }
        billed
    }

    fn clock_now(&self) -> Timestamp {
        self.store.clock().now().plus(1_000)
    }

    fn get(&self, id: &SubscriptionId) -> Subscription {
        self.store.read(|tx| fetch_in(tx, id)).expect("it is there")
    }

    fn status(&self, id: &SubscriptionId) -> &'static str {
        self.get(id).status.as_str()
    }

    fn open(&self, id: &SubscriptionId) -> Vec<store::subscription::OpenInvoice> {
        self.store.read(|tx| store::subscription::list_open_invoices(tx, id)).expect("readable")
    }

    fn pay(&self, id: &SubscriptionId, invoice: &InvoiceId) {
        let (id, invoice) = (id.clone(), invoice.clone());
        self.write(move |tx| {
            let mut paid = store::invoice::fetch(tx, &invoice)?.expect("it is there");
            paid.paid = paid.totals.total;
            paid.status = InvoiceStatus::Paid;
            paid.collect_at = None;
            store::invoice::update(tx, &paid)?;
            invoice_paid_in(tx, &caller(), &id)
        });
    }

    /// Declines the charge of the oldest open invoice; answers when it is tried again.
    fn decline(&self, id: &SubscriptionId, hard: bool) -> Option<String> {
        let (id, invoice_id) = (id.clone(), self.open(id)[0].id.clone());
        self.write(move |tx| {
            let company = store::company::fetch(tx)?;
            let mut invoice = store::invoice::fetch(tx, &invoice_id)?.expect("it is there");
            let first = *invoice.first_declined_at.get_or_insert(tx.now());
            let next = payment_declined_in(tx, &caller(), &company, (&id, &invoice_id), first, hard)?;
            invoice.collect_at = next;
            store::invoice::update(tx, &invoice)?;
            Ok(next.map(|next| next.utc_date().to_string()))
        })
    }

    fn release(&self, id: &SubscriptionId, release: Release) -> Result<SubscriptionShown> {
        let id = id.clone();
        self.store.write_blocking(move |tx| release_in(tx, &caller(), &id, release))
    }

    fn topics(&self, id: &SubscriptionId) -> Vec<String> {
        let found = self.store.read(|tx| store::event::list_of(tx, "subscription", id.as_str(), 100));
        found.expect("readable").into_iter().map(|event| event.topic).collect()
    }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("an instant")
}

fn date(text: &str) -> Date {
    parse_date(text).expect("a date")
}

fn ann() -> CustomerId {
    CustomerId::from_stored("ann".to_owned())
}

fn caller() -> Caller {
    Caller::internal(Actor::Job("bill_subscriptions"))
}

fn period_of(invoice: &Invoice) -> String {
    match &invoice.source {
        crate::domain::invoice::InvoiceSource::Subscription { period_start, .. } => period_start.to_string(),
        crate::domain::invoice::InvoiceSource::Api => "none".to_owned(),
    }
}

fn applied(kind: AdjustmentKind, worth: Worth, duration: u32) -> Carried {
    let adjustment_id = AdjustmentId::from_stored("a1".to_owned());
    Carried::new(Applied { kind, adjustment_id, name: String::new(), description: String::new(), worth, duration })
}

use crate::domain::subscription::Carried;

#[test]
fn a_year_of_month_ends_is_lived_through() {
    let books = Books::new();
    books.subscribe(("monthly", "0", 1), |_| ());
    let expected = [
        "2026-01-31",
        "2026-02-28",
        "2026-03-31",
        "2026-04-30",
        "2026-05-31",
        "2026-06-30",
        "2026-07-31",
        "2026-08-31",
        "2026-09-30",
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
    ];
    assert_eq!(books.live_to("2027-01-30T00:00:00Z"), expected);
}

#[test]
fn twice_monthly_and_weekly() {
    let books = Books::new();
    books.subscribe(("twice_monthly", "15,0", 1), |_| ());
    assert_eq!(books.live_to("2026-03-01T00:00:00Z"), ["2026-01-15", "2026-01-31", "2026-02-15", "2026-02-28"]);
    let books = Books::new();
    books.subscribe(("daily", "7", 1), |_| ());
    assert_eq!(books.live_to("2026-01-31T00:00:00Z"), ["2026-01-10", "2026-01-17", "2026-01-24", "2026-01-31"]);
}

#[test]
fn each_period_is_billed_once_however_often_it_is_tried() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |_| ());
    assert_eq!(books.bill(&id), ["2026-01-10"]);
    assert_eq!(books.bill(&id), Vec::<String>::new());
    // A due instant that was not moved (as after a torn run) finds the period billed and passes over it.
    let back = id.clone();
    books.write(move |tx| {
        let mut one = fetch_in(tx, &back)?;
        one.next_bill_date = Some(date("2026-01-10"));
        one.due_at = Some(at("2026-01-10T00:00:00Z"));
        store::subscription::update_progress(tx, &one)
    });
    assert_eq!(books.bill(&id), Vec::<String>::new());
    let one = books.get(&id);
    assert_eq!((one.next_bill_date, one.periods_billed), (Some(date("2026-02-10")), 1));
}

#[test]
fn downtime_of_days_months_and_more_than_a_year() {
    // (gap ends, billed, parked)
    for (now, billed, parked) in [
        ("2026-02-13T12:00:00Z", &["2026-02-10"][..], false),
        ("2026-03-10T00:00:00Z", &["2026-02-10", "2026-03-10"], false),
        ("2026-03-18T00:00:00Z", &[], true), // the missed one is 36 days old
        ("2027-03-01T00:00:00Z", &[], true),
    ] {
        let books = Books::new();
        let id = books.subscribe(("monthly", "10", 1), |one| one.next_bill_date = Some(date("2026-02-10")));
        books.go_to(now);
        assert_eq!(books.bill(&id), billed, "{now}");
        assert_eq!(books.get(&id).parked_reason.is_some(), parked, "{now}");
        assert_eq!(books.get(&id).due_at.is_none(), parked, "{now}");
    }
}

#[test]
fn a_daily_subscription_bills_only_the_latest_day_after_a_gap() {
    let books = Books::new();
    let id = books.subscribe(("daily", "1", 1), |_| ());
    books.go_to("2026-02-24T08:00:00Z");
    assert_eq!(books.bill(&id), ["2026-02-24"]);
    assert_eq!(books.get(&id).next_bill_date, Some(date("2026-02-25")));
}

#[test]
fn missed_periods_are_charged_a_day_apart() {
    let books = Books::new();
    let id = books.subscribe(("twice_monthly", "10,20", 1), |_| ());
    books.go_to("2026-02-11T06:00:00Z");
    assert_eq!(books.bill(&id), ["2026-01-10", "2026-01-20", "2026-02-10"]);
    let charges: Vec<_> = books.open(&id).into_iter().map(|open| open.collect_at.expect("is charged")).collect();
    assert_eq!(charges[1].since(charges[0]), DAY);
    assert_eq!(charges[2].since(charges[1]), DAY);
    let numbers = books.store.read(|tx| {
        let open = store::subscription::list_open_invoices(tx, &id)?;
        open.iter()
            .map(|open| Ok(store::invoice::fetch(tx, &open.id)?.expect("stored").number))
            .collect::<Result<Vec<_>>>()
    });
    assert_eq!(numbers.expect("readable"), ["INV-0001", "INV-0002", "INV-0003"], "oldest first, without gaps");
}

#[test]
fn a_person_releases_a_parked_subscription() {
    // (release, periods invoiced, next date)
    for (release, invoiced) in [(Release::All, 5), (Release::Latest, 1), (Release::Waive, 0)] {
        let books = Books::new();
        let id = books.subscribe(("monthly", "10", 1), |_| ());
        books.go_to("2026-05-20T00:00:00Z");
        assert_eq!(books.bill(&id), Vec::<String>::new());
        assert!(books.get(&id).parked_reason.expect("parked").contains("4 missed periods"));
        books.release(&id, release).expect("it is parked");
        assert_eq!(books.open(&id).len(), invoiced, "{release:?}");
        let one = books.get(&id);
        assert_eq!((one.next_bill_date, one.parked_reason.is_none()), (Some(date("2026-06-10")), true), "{release:?}");
        assert_eq!(one.due_at, Some(at("2026-06-10T00:00:00Z")));
        assert_eq!(books.topics(&id), ["subscription.parked", "subscription.released"]);
        assert!(matches!(books.release(&id, release), Err(Error::Conflict(_))), "only once");
    }
}

#[test]
fn a_duration_ends_in_completed_when_all_is_paid() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |one| one.duration = 3);
    assert_eq!(books.live_to("2027-01-01T00:00:00Z"), ["2026-01-10", "2026-02-10", "2026-03-10"]);
    assert_eq!(books.get(&id).next_bill_date, None);
    for (left, open) in books.open(&id).iter().enumerate() {
        assert_eq!(books.status(&id), "active", "{left} paid");
        books.pay(&id, &open.id);
    }
    assert_eq!(books.status(&id), "completed");
}

#[test]
fn add_ons_and_discounts_last_as_long_as_they_say() {
    let books = Books::new();
    let rate = Rate::from_thousandths(33_333).expect("in range");
    let id = books.subscribe(("monthly", "10", 1), move |one| {
        one.adjustments = vec![
            applied(AdjustmentKind::AddOn, Worth::AmountMinor(250), 2),
            applied(AdjustmentKind::Discount, Worth::Percentage(rate), 0),
        ];
    });
    books.live_to("2026-03-10T00:00:00Z");
    let totals = books.store.read(|tx| {
        let open = store::subscription::list_open_invoices(tx, &id)?;
        let total = |id| Ok(store::invoice::fetch(tx, id)?.expect("stored").totals.total.minor());
        open.iter().map(|open| total(&open.id)).collect::<Result<Vec<_>>>()
    });
    assert_eq!(totals.expect("readable"), [917, 917, 667]);
    assert_eq!(books.get(&id).adjustments[0].remaining, Some(0), "kept, used up");
}

#[test]
fn a_zero_total_is_paid_at_once() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |one| {
        one.duration = 1;
        one.adjustments = vec![applied(AdjustmentKind::Discount, Worth::AmountMinor(5000), 0)];
    });
    assert_eq!(books.bill(&id), ["2026-01-10"]);
    assert!(books.open(&id).is_empty(), "nothing is owed");
    assert_eq!(books.status(&id), "completed");
}

#[test]
fn the_ladder_ends_in_failed_and_a_payment_brings_it_back() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |_| ());
    books.bill(&id);
    let mut tried = Vec::new();
    while let Some(next) = books.decline(&id, false) {
        assert_eq!(books.status(&id), "failing");
        books.go_to(&format!("{next}T01:00:00Z"));
        tried.push(next);
    }
    assert_eq!(tried, ["2026-01-11", "2026-01-13", "2026-01-15", "2026-01-17"]);
    assert_eq!((books.status(&id), books.get(&id).due_at), ("failed", None));
    assert_eq!(books.open(&id)[0].collect_at, None);
    books.go_to("2026-03-15T00:00:00Z");
    assert_eq!(books.bill(&id), Vec::<String>::new(), "not billed while failed");
    let owed = books.open(&id)[0].id.clone();
    books.pay(&id, &owed);
    assert_eq!((books.status(&id), books.get(&id).next_bill_date), ("active", Some(date("2026-04-10"))));
}

#[test]
fn a_hard_decline_is_not_tried_again() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |_| ());
    books.bill(&id);
    assert_eq!(books.decline(&id, true), None);
    assert_eq!((books.status(&id), books.get(&id).due_at), ("failed", None));
}

#[test]
fn a_failing_subscription_is_billed_on_and_active_when_all_that_was_declined_is_paid() {
    let books = Books::new();
    let id = books.subscribe(("daily", "1", 1), |_| ());
    books.bill(&id);
    assert_eq!(books.decline(&id, false).as_deref(), Some("2026-01-11"));
    books.go_to("2026-01-11T00:00:00Z");
    assert_eq!(books.bill(&id), ["2026-01-11"], "billed while failing");
    let open = books.open(&id);
    let gap = open[1].collect_at.expect("is charged").since(open[0].collect_at.expect("is tried again"));
    assert_eq!(gap, DAY, "one automatic charge a day");
    books.pay(&id, &open[1].id);
    assert_eq!(books.status(&id), "failing", "the declined one is still open");
    books.pay(&id, &open[0].id);
    assert_eq!(books.status(&id), "active");
}

#[test]
fn pausing_stops_charges_and_activating_starts_them_again() {
    use SubscriptionStatus as S;
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |_| ());
    books.bill(&id);
    let set = |to, next: Option<Date>| {
        let id = id.clone();
        books.store.write_blocking(move |tx| set_status_in(tx, &caller(), &id, to, next))
    };
    set(S::Paused, None).expect("allowed");
    assert_eq!((books.open(&id)[0].collect_at, books.get(&id).due_at), (None, None));
    books.go_to("2026-04-20T00:00:00Z");
    assert_eq!(books.bill(&id), Vec::<String>::new());
    let taken = set(S::Active, Some(date("2026-01-10")));
    assert!(matches!(taken, Err(Error::Invalid { ref field, .. }) if field == "next_bill_date"), "{taken:?}");
    set(S::Active, None).expect("allowed");
    assert_eq!(books.get(&id).next_bill_date, Some(date("2026-05-10")), "the pause was not missed");
    assert!(books.open(&id)[0].collect_at.is_some());
    assert_eq!(books.topics(&id), ["subscription.status_changed", "subscription.status_changed"]);
}

#[test]
fn an_expiry_in_the_gap_ends_billing() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |one| one.expires_on = Some(date("2026-02-09")));
    books.go_to("2026-09-01T00:00:00Z");
    assert_eq!(books.bill(&id), ["2026-01-10"]);
    assert_eq!((books.get(&id).next_bill_date, books.status(&id)), (None, "active"));
    let owed = books.open(&id)[0].id.clone();
    books.pay(&id, &owed);
    assert_eq!(books.status(&id), "completed");
}

#[test]
fn one_that_cannot_be_billed_waits_for_a_person() {
    let books = Books::new();
    let id = books.subscribe(("monthly", "10", 1), |_| ());
    books.write(|tx| store::customer::mark_deleted(tx, &ann()));
    assert_eq!(books.bill(&id), Vec::<String>::new());
    assert_eq!((books.status(&id), books.get(&id).due_at), ("error", None));
    assert_eq!(books.topics(&id), ["subscription.status_changed"]);
}
