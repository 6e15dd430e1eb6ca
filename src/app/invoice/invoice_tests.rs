//! Invoices in the file: after every step the ledger and the invoices say the same.

use std::sync::Arc;

use super::*;
use crate::app::Caller;
use crate::clock::ManualClock;
use crate::domain::access::{Actor, Permission, Permissions, Role};
use crate::domain::currency::Currency;
use crate::domain::customer::{Customer, Defaults};
use crate::domain::event::Topic;
use crate::domain::id::{CompanyId, CustomerId, ProcessorId, TransactionId, UserId};
use crate::domain::invoice::price::{NewLine, TaxRule};
use crate::domain::invoice::search::{Compare, InvoiceFilter, Match};
use crate::domain::invoice::{InvoiceSource, InvoiceStatus, PayBy};
use crate::domain::ledger::chart::{self, AccountKind};
use crate::domain::money::Money;
use crate::domain::rate::Rate;
use crate::domain::time::{DAY, Timestamp};
use crate::domain::transaction::{Amounts, Answer, Transaction, TransactionSource, TransactionStatus, TransactionType};
use crate::error::Error;
use crate::ids::Random;
use crate::store::{Role as StoreRole, Store, WriteTx};

const START: i64 = 1_767_225_600_000_000; // 2026-01-01T00:00:00Z

struct Books {
    store: Store,
    _dir: tempfile::TempDir,
}

impl Books {
    fn new() -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(Timestamp::from_micros(START)));
        let store = Store::open(dir.path(), StoreRole::Server, clock, Arc::new(Random::seeded(7))).expect("a new file");
        let books = Self { store, _dir: dir };
        books
            .write(|tx| {
                store::company::insert(tx, &CompanyId::from_stored("shop".to_owned()), "install", "Shop")?;
                store::customer::insert(
                    tx,
                    &Customer {
                        profile: crate::domain::customer::Profile::default(),
                        id: ann(),
                        description: String::new(),
                        notes: String::new(),
                        flags: Vec::new(),
                        language: None,
                        defaults: Defaults::default(),
                        created_at: tx.now(),
                        updated_at: tx.now(),
                    },
                )
            })
            .expect("furnished");
        books
    }

    fn write<T: Send + 'static>(&self, job: impl FnOnce(&mut WriteTx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let answer = self.store.write_blocking(job);
        self.agree();
        answer
    }

    /// The receivable of every customer is the sum of what is due on their invoices.
    fn agree(&self) {
        let (balance, owed, wrong) = self
            .store
            .read(|tx| {
                Ok((
                    store::ledger::trial_balance(tx)?,
                    store::invoice::owed_by_customer(tx)?,
                    store::invoice::list_inconsistent(tx, 10)?,
                ))
            })
            .expect("readable");
        let mut receivable: Vec<(String, Currency, i64)> = balance
            .into_iter()
            .filter(|(name, _)| name.kind == AccountKind::Receivable)
            .map(|(name, totals)| {
                let currency = name.denomination.currency().expect("receivables are money");
                (name.owner, currency, i64::try_from(totals.debits_posted - totals.credits_posted).expect("an amount"))
            })
            .filter(|row| row.2 != 0)
            .collect();
        receivable.sort();
        let mut owed: Vec<_> = owed.into_iter().filter(|row| row.2 != 0).collect();
        owed.sort();
        assert_eq!(receivable, owed);
        assert!(wrong.is_empty(), "{wrong:?}");
    }

    fn status(&self, id: &InvoiceId) -> (InvoiceStatus, i64, u32) {
        let invoice = self.store.read(|tx| known_in(tx, id)).expect("stored");
        (invoice.status, invoice.due().minor(), invoice.payments)
    }

    fn topics(&self, id: &InvoiceId) -> Vec<String> {
        let id = id.to_string();
        let events = self.store.read(|tx| store::event::list_of(tx, "invoice", &id, 100)).expect("readable");
        events.into_iter().map(|event| event.topic).collect()
    }
}

fn ann() -> CustomerId {
    CustomerId::from_stored("ann".to_owned())
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn clerk() -> Caller {
    Caller::internal(Actor::Command)
}

fn guest() -> Caller {
    Caller::customer(String::new())
}

fn command(minor: i64) -> IssueInvoice {
    let lines = vec![NewLine { quantity: 2, discount: usd(10), ..NewLine::of("Widget", usd(minor)) }];
    let due = Timestamp::from_micros(START + 5 * DAY);
    let mut command = IssueInvoice::new(InvoiceSource::Api, Currency::USD, lines, due);
    command.customer_id = Some(ann());
    command.tax = TaxRule::Percent(Rate::parse_percent("7").expect("a percentage"));
    command.shipping = usd(500);
    command.adjustment = usd(-20);
    command.terms.allow_partial_payment = true;
    command.terms.methods = vec![PayBy::Card, PayBy::Mail];
    command
}

fn issue(books: &Books, command: IssueInvoice) -> Invoice {
    books.write(move |tx| issue_in(tx, &clerk(), command)).expect("issued")
}

fn transaction(id: &str, source: TransactionSource) -> Transaction {
    Transaction {
        key: 0,
        id: TransactionId::from_stored(id.to_owned()),
        kind: TransactionType::Sale,
        status: TransactionStatus::PendingSettlement,
        response_code: 100,
        source,
        amounts: Amounts::of(usd(0)),
        processor_id: ProcessorId::from_stored("sim".to_owned()),
        method: "card".to_owned(),
        instrument: None,
        fingerprint: None,
        answer: Answer::default(),
        customer_id: None,
        payment_method_id: None,
        subscription_id: None,
        invoice_id: None,
        referenced_id: None,
        terminal_id: None,
        settlement_batch_id: None,
        user_id: None,
        order_id: String::new(),
        po_number: String::new(),
        description: String::new(),
        ip_address: String::new(),
        billing_address_json: "{}".to_owned(),
        shipping_address_json: "{}".to_owned(),
        details_json: "{}".to_owned(),
        created_at: Timestamp::default(),
        updated_at: Timestamp::default(),
        captured_at: None,
        settled_at: None,
    }
}

/// What a captured payment does: its postings, and the invoice's side.
fn pay(books: &Books, id: &InvoiceId, minor: i64) {
    let id = id.clone();
    books
        .write(move |tx| {
            let owner = ledger_owner_in(tx, &id)?.expect("stored");
            let source = Source { kind: "transaction", id: "t1" };
            store::ledger::post(tx, source, &chart::invoice_paid(&owner, "sim", usd(minor), usd(0)))?;
            let paid_by = transaction("t1", TransactionSource::Invoice);
            payment_applied_in(tx, &guest(), &id, &paid_by, usd(minor), usd(0))
        })
        .expect("paid");
}

#[test]
fn a_new_invoice_is_owed_and_told() {
    let books = Books::new();
    let invoice = issue(&books, command(1000));
    // 2 × 10.00 − 0.10 = 19.90; 7 % = 1.39; shipping 5.00; adjustment −0.20.
    assert_eq!(invoice.totals.total, usd(1990 + 139 + 500 - 20));
    assert_eq!(books.topics(&invoice.id), ["invoice.created"]);
    let found = books.store.read(|tx| find::find_public_in(tx, &invoice.public_id)).expect("behind its link");
    assert_eq!(found, invoice);
    assert_eq!(invoice.public_id.len(), 22, "128 random bits");
    assert!(books.store.read(|tx| find::find_public_in(tx, invoice.id.as_str())).is_err(), "the id opens nothing");
}

#[test]
fn payments_move_it_on() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    pay(&books, &id, 1000);
    assert_eq!(books.status(&id), (InvoiceStatus::PartiallyPaid, 1609, 1));
    pay(&books, &id, 1609);
    assert_eq!(books.status(&id), (InvoiceStatus::Paid, 0, 2));
    assert_eq!(books.topics(&id), ["invoice.created", "invoice.partially_paid", "invoice.paid"]);
    // Money that a late answer took twice is not lost from sight: the books still agree.
    pay(&books, &id, 100);
    assert_eq!(books.status(&id), (InvoiceStatus::Paid, 0, 3));
}

#[test]
fn a_return_makes_it_owed_again() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    pay(&books, &id, 2609);
    let returned = id.clone();
    books
        .write(move |tx| {
            let source = Source { kind: "transaction", id: "t1" };
            store::ledger::post(tx, source, &chart::returned(Some("ann"), usd(2609)))?;
            payment_reversed_in(tx, &clerk(), &returned, usd(2609), Topic::InvoicePaymentReturned)
        })
        .expect("returned");
    assert_eq!(books.status(&id), (InvoiceStatus::Pending, 2609, 1));
    let more = id.clone();
    let again = books.write(move |tx| payment_reversed_in(tx, &clerk(), &more, usd(1), Topic::InvoiceUpdated));
    assert!(matches!(again, Err(Error::Invalid { .. })), "nothing is left to return");
}

#[test]
fn a_decline_leaves_it_payable() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    for (source, attempts) in [(TransactionSource::Invoice, 0), (TransactionSource::Recurring, 1)] {
        let declined = id.clone();
        let invoice = books
            .write(move |tx| payment_declined_in(tx, &guest(), &declined, &transaction("t1", source), false))
            .expect("declined");
        assert_eq!((invoice.status, invoice.collect_attempts), (InvoiceStatus::Declined, attempts));
        assert!(invoice.is_payable());
    }
    pay(&books, &id, 1000);
    let declined = id.clone();
    let by = transaction("t1", TransactionSource::Invoice);
    let invoice = books.write(move |tx| payment_declined_in(tx, &guest(), &declined, &by, true)).expect("declined");
    assert_eq!(invoice.status, InvoiceStatus::PartiallyPaid, "what was paid stays paid");
}

#[test]
fn an_authorization_holds_it_until_it_is_released() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    let held = id.clone();
    let by = transaction("t1", TransactionSource::Invoice);
    let invoice = books.write(move |tx| payment_authorized_in(tx, &guest(), &held, &by)).expect("held");
    assert!(!invoice.is_payable());
    let gone = id.clone();
    assert!(books.write(move |tx| delete::delete_in(tx, &clerk(), &gone)).is_err(), "money is held for it");
    let key = invoice.charge_key();
    let released = id.clone();
    let invoice = books
        .write(move |tx| payment_reversed_in(tx, &clerk(), &released, usd(0), Topic::InvoiceUpdated))
        .expect("released");
    assert_eq!(invoice.status, InvoiceStatus::Pending);
    assert_ne!(invoice.charge_key(), key, "the held attempt keeps its key");
}

#[test]
fn changing_replaces_what_is_owed() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    for minor in [5000, 10, 1000] {
        let changed = id.clone();
        let invoice =
            books.write(move |tx| update::update_in(tx, &clerk(), &changed, command(minor))).expect("changed");
        assert_eq!(invoice.lines[0].unit_price, usd(minor));
        assert_eq!(invoice.id, id);
    }
    let nobody = id.clone();
    let moved = IssueInvoice { customer_id: None, ..command(1000) };
    books.write(move |tx| update::update_in(tx, &clerk(), &nobody, moved)).expect("nobody's now");
    pay(&books, &id, 1);
    let late = id.clone();
    let refused = books.write(move |tx| update::update_in(tx, &clerk(), &late, command(1)));
    assert!(matches!(refused, Err(Error::InvalidTransition { .. })), "something was paid");
    let gone = id.clone();
    assert!(books.write(move |tx| delete::delete_in(tx, &clerk(), &gone)).is_err(), "something was paid");
}

#[test]
fn deleting_and_rejecting_take_it_back() {
    let books = Books::new();
    let deleted = issue(&books, command(1000));
    let id = deleted.id.clone();
    books.write(move |tx| delete::delete_in(tx, &clerk(), &id)).expect("deleted");
    assert!(books.store.read(|tx| find::find_in(tx, &clerk(), &deleted.id)).is_err());
    assert!(books.store.read(|tx| find::find_public_in(tx, &deleted.public_id)).is_err());
    let invoice = issue(&books, command(1000));
    let link = invoice.public_id.clone();
    let rejected =
        books.write(move |tx| reject::reject_in(tx, &guest(), &link, "not mine".to_owned())).expect("rejected");
    assert_eq!(rejected.status, InvoiceStatus::Rejected);
    let link = invoice.public_id.clone();
    assert!(books.write(move |tx| reject::reject_in(tx, &guest(), &link, "again".to_owned())).is_err());
    let gone = invoice.id.clone();
    books.write(move |tx| delete::delete_in(tx, &clerk(), &gone)).expect("a rejected one may go");
    assert_eq!(books.topics(&invoice.id), ["invoice.created", "invoice.rejected", "invoice.deleted"]);
}

#[test]
fn it_is_paid_outside_or_by_mail() {
    let books = Books::new();
    let invoice = issue(&books, IssueInvoice { amount_paid: usd(100), ..command(1000) });
    assert_eq!((invoice.status, invoice.due()), (InvoiceStatus::PartiallyPaid, usd(2509)));
    let link = invoice.public_id.clone();
    let by_mail = books.write(move |tx| pay_by_mail::pay_by_mail_in(tx, &guest(), &link)).expect("a check");
    assert_eq!(by_mail.status, InvoiceStatus::PayingViaMail);
    let id = invoice.id.clone();
    let paid = books.write(move |tx| mark_paid::mark_paid_in(tx, &clerk(), &id)).expect("the check arrived");
    assert_eq!((paid.status, paid.due()), (InvoiceStatus::Paid, usd(0)));
    let id = invoice.id.clone();
    assert!(books.write(move |tx| mark_paid::mark_paid_in(tx, &clerk(), &id)).is_err(), "once only");
}

#[test]
fn nothing_due_is_paid_at_once() {
    let books = Books::new();
    let lines = vec![NewLine::of("Free", usd(0))];
    let free = issue(&books, IssueInvoice::new(InvoiceSource::Api, Currency::USD, lines, Timestamp::default()));
    assert_eq!(free.status, InvoiceStatus::Paid);
    assert_eq!(books.topics(&free.id), ["invoice.created", "invoice.paid"]);
}

#[test]
fn the_due_date_passes_once() {
    let books = Books::new();
    let id = issue(&books, command(1000)).id;
    let due = Timestamp::from_micros(START + 5 * DAY);
    let mark = |now| books.write(move |tx| past_due::past_due_mark_in(tx, now, 10)).expect("looked");
    assert_eq!(mark(due), 0, "the last instant is still in time");
    assert_eq!(mark(due.plus(1)), 1);
    assert_eq!(mark(due.plus(1)), 0);
    assert_eq!(books.status(&id).0, InvoiceStatus::PastDue);
    pay(&books, &id, 2609);
    assert_eq!(mark(due.plus(DAY)), 0);
}

#[test]
fn refusals_name_what_is_wrong_and_write_nothing() {
    let books = Books::new();
    let nobody = Some(CustomerId::from_stored("nobody".to_owned()));
    let too_many = vec![NewLine::of("x", usd(1)); crate::limits::INVOICE_LINES_MAX + 1];
    let mut stranger = command(1000);
    stranger.terms.bill_to_id = "unheard-of".to_owned();
    for (command, field) in [
        (IssueInvoice { customer_id: nobody, ..command(1000) }, "customer_id"),
        (IssueInvoice { lines: Vec::new(), ..command(1000) }, "items"),
        (IssueInvoice { lines: too_many, ..command(1000) }, "items"),
        (IssueInvoice { amount_paid: usd(2610), ..command(1000) }, "amount_paid"),
        (IssueInvoice { amount_paid: usd(-1), ..command(1000) }, "amount_paid"),
        (stranger, "bill_to.id"),
    ] {
        let refused = books.write(move |tx| issue_in(tx, &clerk(), command)).expect_err("refused");
        assert!(matches!(&refused, Error::Invalid { field: named, .. } if named == field), "{refused}");
    }
    let made = books.store.read(|tx| store::invoice::count(tx, &InvoiceFilter::default())).expect("readable");
    assert_eq!(made, 0);
}

#[test]
fn searches_hold_every_condition() {
    let books = Books::new();
    let first = issue(&books, IssueInvoice { number: Some("A-1".to_owned()), ..command(1000) });
    let second = issue(&books, IssueInvoice { customer_id: None, ..command(2000) });
    pay(&books, &second.id, second.due().minor());
    let same = |value: &str| Some(Match { value: value.to_owned(), is_excluded: false });
    let not = |value: &str| Some(Match { value: value.to_owned(), is_excluded: true });
    let none = InvoiceFilter::default;
    let paid = |is_excluded| Some(Match { value: InvoiceStatus::Paid, is_excluded });
    let due = first.date_due;
    for (name, filter, expected) in [
        ("all", none(), vec!["2", "1"]),
        ("id", InvoiceFilter { id: same(first.id.as_str()), ..none() }, vec!["1"]),
        ("not id", InvoiceFilter { id: not(first.id.as_str()), ..none() }, vec!["2"]),
        ("number", InvoiceFilter { number: same("A-1"), ..none() }, vec!["1"]),
        ("not number", InvoiceFilter { number: not("A-1"), ..none() }, vec!["2"]),
        (
            "customer",
            InvoiceFilter { customer_id: Some(Match { value: ann(), is_excluded: false }), ..none() },
            vec!["1"],
        ),
        (
            "not customer",
            InvoiceFilter { customer_id: Some(Match { value: ann(), is_excluded: true }), ..none() },
            vec!["2"],
        ),
        ("status", InvoiceFilter { status: paid(false), ..none() }, vec!["2"]),
        ("not status", InvoiceFilter { status: paid(true), ..none() }, vec!["1"]),
        ("due =", InvoiceFilter { due_minor: Some((Compare::Is, 2609)), ..none() }, vec!["1"]),
        ("due !=", InvoiceFilter { due_minor: Some((Compare::IsNot, 2609)), ..none() }, vec!["2"]),
        ("due <", InvoiceFilter { due_minor: Some((Compare::Below, 2609)), ..none() }, vec!["2"]),
        ("due >", InvoiceFilter { due_minor: Some((Compare::Above, 2608)), ..none() }, vec!["1"]),
        ("dates", InvoiceFilter { date_due: (Some(due), Some(due)), ..none() }, vec!["2", "1"]),
        ("too late", InvoiceFilter { date_due: (Some(due.plus(1)), None), ..none() }, vec![]),
        ("too early", InvoiceFilter { date_due: (None, Some(due.plus(-1))), ..none() }, vec![]),
        ("both", InvoiceFilter { number: same("A-1"), status: paid(false), ..none() }, vec![]),
    ] {
        let (found, count) = books
            .store
            .read(|tx| Ok((store::invoice::search(tx, &filter, 10, 0)?, store::invoice::count(tx, &filter)?)))
            .expect("searched");
        let names: Vec<&str> = found.iter().map(|one| if one.id == first.id { "1" } else { "2" }).collect();
        assert_eq!(names, expected, "{name}");
        assert_eq!(count, expected.len() as u64, "{name}");
    }
    let page = books.store.read(|tx| store::invoice::search(tx, &none(), 1, 1)).expect("searched");
    assert_eq!(page[0].id, first.id);
}

#[test]
fn a_restricted_user_sees_their_own_only() {
    let books = Books::new();
    let mut user = clerk();
    user.role = Role::Standard;
    user.user_id = Some(UserId::from_stored("bob".to_owned()));
    user.permissions = Permissions::NONE.with(Permission::RestrictViewingOthersInvoices);
    let others = issue(&books, command(1000));
    let (maker, own) = (user.clone(), command(1000));
    let own = books.write(move |tx| issue_in(tx, &maker, own)).expect("issued");
    assert!(books.store.read(|tx| find::find_in(tx, &user, &others.id)).is_err());
    assert!(books.store.read(|tx| find::find_in(tx, &user, &own.id)).is_ok());
    user.role = Role::Admin;
    assert!(books.store.read(|tx| find::find_in(tx, &user, &others.id)).is_ok());
}
