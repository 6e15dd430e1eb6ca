//! Prepaid balances through `App`: gate, reservations, range, expiry, deposits, and that the books hold afterwards.

use bursar::app::App;
use bursar::app::balance::ChangeBalance;
use bursar::app::caller::Dedupe;
use bursar::app::customer::CreateCustomer;
use bursar::app::deposit::{DepositMade, MakeDeposit};
use bursar::app::payment_method::NewMethod;
use bursar::app::usage_event::{NewState, RecordUsage, UsageRecorded};
use bursar::domain::balance::Balance;
use bursar::domain::currency::Denomination;
use bursar::domain::deposit::DepositStatus;
use bursar::domain::id::{CustomerId, UsageEventId};
use bursar::domain::page::PageAsked;
use bursar::domain::refusal::RefusalCode;
use bursar::domain::usage_event::{Cost, EventPrice, EventState, EventType, PENDING_US, UsageFilter};
use bursar::error::{Error, Result};

use crate::support::{TestApp, command};

pub fn unit(text: &str) -> Denomination {
    Denomination::parse(text).expect("a denomination")
}

pub async fn customer(app: &App, id: &str, token: Option<&str>) -> CustomerId {
    let id = CustomerId::parse(id).expect("an id");
    let method = token.map(|token| NewMethod::Token(token.to_owned()));
    let new = CreateCustomer { id: Some(id.clone()), method, ..CreateCustomer::default() };
    app.customer_create(&command(), new).await.expect("the customer is new");
    id
}

fn usage(amount: i64, state: NewState, gate_on_balance: bool) -> RecordUsage {
    RecordUsage {
        kind: EventType::parse("CHAT").expect("a type"),
        quantity: 1,
        cost: Some(Cost { denomination: unit("sms"), amount }),
        state,
        gate_on_balance,
        metadata_json: "{}".to_owned(),
    }
}

async fn take(app: &App, of: &CustomerId, amount: i64) -> Result<UsageRecorded> {
    app.usage_event_record(&command(), of, usage(amount, NewState::Complete, false)).await
}

async fn gated(app: &App, of: &CustomerId, amount: i64) -> EventState {
    let new = usage(amount, NewState::Complete, true);
    app.usage_event_record(&command(), of, new).await.expect("an event is recorded").event.state
}

async fn pend(app: &App, of: &CustomerId, amount: i64) -> UsageEventId {
    let new = usage(amount, NewState::Pending, false);
    app.usage_event_record(&command(), of, new).await.expect("an event is recorded").event.id
}

async fn buy(app: &App, of: &CustomerId, amount: i64, charge: i64) -> Result<DepositMade> {
    let denomination = Some(unit("sms"));
    let deposit = MakeDeposit { customer_id: of.clone(), denomination, amount, charge, charge_against: None };
    app.deposit_make(&command(), deposit).await
}

/// Amount, pending debits, credits, events, available.
fn parts(of: &Balance) -> (i64, i64, i64, i64, i64) {
    (of.amount, of.pending_debits, of.pending_credits, of.pending_events, of.available)
}

fn standing(app: &App, of: &CustomerId) -> Balance {
    app.balance_find(&command(), of, &unit("sms")).expect("a balance")
}

#[track_caller]
fn assert_books_hold(app: &App) {
    let verdict = app.verify(&command()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(answer: Result<T>, code: RefusalCode) {
    match answer {
        Err(Error::Refused(refusal)) => assert_eq!(refusal.code, code),
        other => panic!("{other:?} is not refused as {}", code.as_str()),
    }
}

#[tokio::test]
async fn a_gate_lets_through_what_is_covered() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "gated", None).await);
    assert_eq!(gated(app, &of, 1).await, EventState::Gated, "nothing is there");
    assert_eq!(standing(app, &of).created_at, None, "and nothing was touched");
    take(app, &of, -10).await.unwrap();
    let held = pend(app, &of, 4).await;
    assert_eq!(parts(&standing(app, &of)), (10, 4, 0, 1, 6));
    assert_eq!(gated(app, &of, 7).await, EventState::Gated, "what is reserved is held");
    assert_eq!(gated(app, &of, 6).await, EventState::Complete);
    app.usage_event_finish(&command(), &held, true).await.unwrap();
    assert_eq!(parts(&standing(app, &of)), (0, 0, 0, 0, 0));
    take(app, &of, 3).await.unwrap();
    assert_eq!(parts(&standing(app, &of)), (-3, 0, 0, 0, -3), "without the flag it goes below zero");
    let promised = pend(app, &of, -100).await;
    assert_eq!(parts(&standing(app, &of)), (-3, 0, 100, 1, -3), "what is promised cannot be spent");
    assert_eq!(gated(app, &of, 1).await, EventState::Gated);
    app.usage_event_finish(&command(), &promised, false).await.unwrap();
    assert_eq!(parts(&standing(app, &of)), (-3, 0, 0, 0, -3));
    assert_books_hold(app);
}

#[tokio::test]
async fn a_paused_balance_gives_nothing_but_what_was_pending() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "paused", None).await);
    take(app, &of, -10).await.unwrap();
    let held = pend(app, &of, 4).await;
    let pause = ChangeBalance { is_paused: Some(true), ..ChangeBalance::default() };
    app.balance_change(&command(), &of, &unit("sms"), pause).await.unwrap();
    assert_eq!(take(app, &of, 1).await.unwrap().event.state, EventState::Gated, "gated or not");
    assert_eq!(take(app, &of, -5).await.unwrap().event.state, EventState::Complete);
    buy(app, &of, 1, 0).await.unwrap();
    app.usage_event_finish(&command(), &held, true).await.unwrap();
    assert_eq!(parts(&standing(app, &of)), (12, 0, 0, 0, 12));
    assert_books_hold(app);
}

#[tokio::test]
async fn the_whole_range_of_amounts_is_exact() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "rich", None).await);
    for other in ["rich2", "rich3"] {
        let other = customer(app, other, None).await;
        take(app, &other, -i64::MAX).await.unwrap();
    }
    // (cost, what is left; None where it is refused)
    for (cost, left) in [
        (-i64::MAX, Some(i64::MAX)),
        (-1, None),
        (1, Some(i64::MAX - 1)),
        (-1, Some(i64::MAX)),
        (i64::MAX, Some(0)),
        (i64::MAX, Some(-i64::MAX)),
        (1, Some(i64::MIN)),
        (1, None),
        (i64::MIN, Some(0)),
        (i64::MIN, None),
        (-i64::MAX, Some(i64::MAX)),
    ] {
        let taken = take(app, &of, cost).await;
        match left {
            Some(left) => assert_eq!(taken.unwrap().balance.unwrap().amount, left, "{cost}"),
            None => assert_refused(taken, RefusalCode::OutOfRange),
        }
    }
    assert_refused(buy(app, &of, 1, 0).await, RefusalCode::OutOfRange);
    assert_books_hold(app);
}

#[tokio::test]
async fn expiry_is_a_fact_of_the_clock() {
    let mut app = TestApp::start().await;
    let of = customer(app.app(), "slow", None).await;
    take(app.app(), &of, -10).await.unwrap();
    let (first, second) = (pend(app.app(), &of, 6).await, pend(app.app(), &of, 3).await);
    let find = |app: &TestApp, id: &UsageEventId| app.app().usage_event_find(&command(), id).unwrap().event;
    let end = find(&app, &first).created_at.plus(PENDING_US);
    app.clock().advance_to(end.plus(-1));
    assert_eq!(gated(app.app(), &of, 2).await, EventState::Gated, "one microsecond earlier it is still held");
    assert_eq!(find(&app, &first).state, EventState::Pending);
    // Downtime, and no job has looked since.
    app.stop().await;
    app.clock().advance_to(end);
    app.restart().await;
    let ended = find(&app, &first);
    assert_eq!((ended.state, ended.finished_at), (EventState::Cancelled, Some(end)));
    assert_eq!(parts(&standing(app.app(), &of)), (10, 3, 0, 1, 7), "the second has a microsecond left");
    let late = app.app().usage_event_finish(&command(), &first, true).await;
    assert_refused(late, RefusalCode::EventFinal);
    let filter = UsageFilter { state: Some(EventState::Cancelled), ..UsageFilter::default() };
    let asked = PageAsked { limit: 9, before: None };
    let cancelled = app.app().usage_event_list(&command(), &filter, asked).unwrap();
    assert_eq!(cancelled.rows.len(), 1);
    assert_eq!(gated(app.app(), &of, 7).await, EventState::Complete, "and may be spent by another");
    app.app().usage_event_finish(&command(), &second, true).await.unwrap();
    assert_eq!(parts(&standing(app.app(), &of)), (0, 0, 0, 0, 0));
    assert_books_hold(app.app());
}

#[tokio::test]
async fn the_job_moves_what_expired() {
    let app = TestApp::start().await;
    let of = customer(app.app(), "job", None).await;
    let id = pend(app.app(), &of, 6).await;
    let made = app.app().usage_event_find(&command(), &id).unwrap().event.created_at;
    app.advance_to("2026-01-01T02:00:00Z").await;
    let events = app.app().events_after(&command(), 0, 100).unwrap();
    let told = events.iter().rfind(|event| event.topic == "balance.changed").unwrap();
    assert!(told.data_json.contains(r#""reason":"expiry""#), "{}", told.data_json);
    assert_eq!(app.app().usage_event_find(&command(), &id).unwrap().event.finished_at, Some(made.plus(PENDING_US)));
    assert_books_hold(app.app());
}

#[tokio::test]
async fn a_card_pays_before_the_balance_is_credited() {
    let app = TestApp::start().await;
    for (token, status, amount) in [
        ("tok_visa", DepositStatus::Succeeded, 700),
        ("tok_chargeDeclined", DepositStatus::Declined, 0),
        ("tok_chargeDeclinedStolenCard", DepositStatus::Declined, 0),
        ("tok_answerLost", DepositStatus::Confirming, 0),
    ] {
        let of = customer(app.app(), &token.replace('_', "-"), Some(token)).await;
        let made = buy(app.app(), &of, 700, 500).await.unwrap();
        assert_eq!((made.deposit.status, made.balance.amount), (status, amount), "{token}");
    }
    app.advance_to("2026-01-01T00:02:00Z").await;
    let lost = CustomerId::parse("tok-answerLost").unwrap();
    assert_eq!(standing(app.app(), &lost).amount, 700, "credited when it is known");
    app.advance_to("2026-01-03T00:02:00Z").await;
    assert_eq!(standing(app.app(), &lost).amount, 700, "once");
    let poor = customer(app.app(), "cardless", None).await;
    assert_refused(buy(app.app(), &poor, 1, 1).await, RefusalCode::PaymentRequired);
    assert_books_hold(app.app());
}

#[tokio::test]
async fn a_named_request_is_done_once() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "named", None).await);
    let mut named = command();
    let name = |id: &str, content: &str| Some(Dedupe { id: id.to_owned(), content: content.as_bytes().to_vec() });
    named.dedupe = name("one", "a");
    let first = app.usage_event_record(&named, &of, usage(-5, NewState::Complete, false)).await.unwrap();
    let again = app.usage_event_record(&named, &of, usage(-5, NewState::Complete, false)).await.unwrap();
    assert_eq!((first.event, standing(app, &of).amount), (again.event, 5));
    named.dedupe = name("one", "b");
    let other = app.usage_event_record(&named, &of, usage(-5, NewState::Complete, false)).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)), "{other:?}");
    // A refusal is a result too: a card that comes later does not change it.
    named.dedupe = name("two", "a");
    let deposit =
        || MakeDeposit { customer_id: of.clone(), denomination: None, amount: 1, charge: 1, charge_against: None };
    assert_refused(app.deposit_make(&named, deposit()).await, RefusalCode::PaymentRequired);
    app.payment_method_create(&command(), &of, NewMethod::Token("tok_visa".to_owned())).await.unwrap();
    assert_refused(app.deposit_make(&named, deposit()).await, RefusalCode::PaymentRequired);
    named.dedupe = name("three", "a");
    assert_eq!(app.deposit_make(&named, deposit()).await.unwrap().balance.amount, 1);
    assert_eq!(app.deposit_make(&named, deposit()).await.unwrap().balance.amount, 1);
}

#[tokio::test]
async fn prices_make_costs() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "priced", None).await);
    let kind = EventType::parse("CHAT").unwrap();
    for (denomination, amount) in [("sms", 3), ("USD", -2)] {
        let cost = Cost { denomination: unit(denomination), amount };
        app.event_price_set(&command(), EventPrice { kind: kind.clone(), cost }).await.unwrap();
    }
    let new = RecordUsage { quantity: 4, cost: None, ..usage(0, NewState::Complete, false) };
    let event = app.usage_event_record(&command(), &of, new.clone()).await.unwrap().event;
    let costs: Vec<(&str, i64)> = event.costs.iter().map(|cost| (cost.denomination.as_str(), cost.amount)).collect();
    assert_eq!(costs, [("USD", -8), ("sms", 12)], "by denomination");
    assert_eq!(standing(app, &of).amount, -12);
    app.event_price_delete(&command(), &kind, &unit("sms")).await.unwrap();
    app.event_price_delete(&command(), &kind, &unit("USD")).await.unwrap();
    let unpriced = app.usage_event_record(&command(), &of, new).await.unwrap();
    assert_eq!((unpriced.event.costs.len(), unpriced.balance), (0, None));
    assert_books_hold(app);
}
