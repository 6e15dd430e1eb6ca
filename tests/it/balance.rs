//! Prepaid balances: the gate, reservations, limits, denominations, and that nothing told is lost.

use std::sync::Arc;

use bursar::app::App;
use bursar::app::balance::{BalanceMoved, DepositBalance, SpendBalance};
use bursar::app::bootstrap::{self, Open, OpenClock, default_key_file};
use bursar::app::customer::CreateCustomer;
use bursar::clock::ManualClock;
use bursar::domain::balance::Balance;
use bursar::domain::currency::Denomination;
use bursar::domain::id::{BalanceMovementId, CustomerId};
use bursar::domain::ledger::chart::AccountKind;
use bursar::domain::money::AMOUNT_MAX_MINOR;
use bursar::error::{Error, Result};
use bursar::ids::Random;
use bursar::processors::simulator;
use bursar::store::Role;

use crate::support::{TestApp, command};

fn unit(text: &str) -> Denomination {
    Denomination::parse(text).expect("a denomination")
}

async fn customer(app: &App, id: &str) -> CustomerId {
    let id = CustomerId::parse(id).expect("an id");
    let command_new = CreateCustomer { id: Some(id.clone()), ..CreateCustomer::default() };
    app.customer_create(&command(), command_new).await.expect("the customer is new");
    id
}

async fn deposit(app: &App, of: &CustomerId, denomination: &str, amount: i64) -> Result<BalanceMoved> {
    let (customer_id, denomination) = (of.clone(), unit(denomination));
    app.balance_deposit(&command(), DepositBalance { customer_id, denomination, amount, dedupe_id: None }).await
}

fn spend(of: &CustomerId, denomination: &str, amount: i64) -> SpendBalance {
    SpendBalance { customer_id: of.clone(), denomination: unit(denomination), amount }
}

async fn debit(app: &App, of: &CustomerId, denomination: &str, amount: i64) -> Result<BalanceMoved> {
    app.balance_debit(&command(), spend(of, denomination, amount)).await
}

async fn reserve(app: &App, of: &CustomerId, denomination: &str, amount: i64) -> Result<BalanceMoved> {
    app.balance_reserve(&command(), spend(of, denomination, amount)).await
}

fn find(app: &App, of: &CustomerId, denomination: &str) -> Balance {
    app.balance_find(&command(), of, &unit(denomination)).expect("the customer is there")
}

/// Balance, pending, available.
fn parts(balance: &Balance) -> (i64, i64, i64) {
    (balance.balance, balance.pending, balance.available)
}

#[track_caller]
fn assert_books_hold(app: &App) {
    let verdict = app.verify(&command()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(answer: Result<T>, field: &str) {
    match answer {
        Err(Error::Invalid { field: named, .. }) => assert_eq!(named, field),
        other => panic!("{field} was not refused: {other:?}"),
    }
}

/// What a run of debits by 64 clients was told: how many were accepted, how many lacked funds.
async fn debit_by_64(app: &App, of: &CustomerId, each: usize) -> (usize, usize) {
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (app, of) = (app.clone(), of.clone());
            tokio::spawn(async move {
                let (mut accepted, mut refused) = (0, 0);
                for _ in 0..each {
                    match debit(&app, &of, "sms", 1).await {
                        Ok(moved) => {
                            assert!(moved.balance.available >= 0, "below zero: {moved:?}");
                            accepted += 1;
                        }
                        Err(Error::InsufficientFunds) => refused += 1,
                        Err(other) => panic!("neither accepted nor refused: {other:?}"),
                    }
                }
                (accepted, refused)
            })
        })
        .collect();
    let mut sums = (0, 0);
    for client in clients {
        let (accepted, refused) = client.await.expect("a client ends");
        sums = (sums.0 + accepted, sums.1 + refused);
    }
    sums
}

#[expect(clippy::disallowed_methods, reason = "a test's own knob")]
fn debits_each() -> usize {
    std::env::var("BURSAR_TEST_DEBITS").map_or(200, |text| text.parse().expect("a number of debits"))
}

/// RELIABILITY.md R17. `BURSAR_TEST_DEBITS=10000` is the long form.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_balance_of_5000_pays_exactly_5000_debits_of_64_clients() {
    let each = debits_each();
    let app = TestApp::start().await;
    let of = customer(app.app(), "hot").await;
    deposit(app.app(), &of, "sms", 5_000).await.unwrap();
    let (accepted, refused) = debit_by_64(app.app(), &of, each).await;
    assert_eq!((accepted, refused), (5_000, 64 * each - 5_000));
    assert_eq!(parts(&find(app.app(), &of, "sms")), (0, 0, 0));
    assert_books_hold(app.app());
}

#[tokio::test]
async fn a_refused_debit_writes_nothing() {
    let app = TestApp::start().await;
    let of = customer(app.app(), "poor").await;
    deposit(app.app(), &of, "USD", 99).await.unwrap();
    let before = app.app().verify(&command()).unwrap();
    for _ in 0..2 {
        assert!(matches!(debit(app.app(), &of, "USD", 100).await, Err(Error::InsufficientFunds)));
        assert!(matches!(reserve(app.app(), &of, "USD", 100).await, Err(Error::InsufficientFunds)));
        assert!(matches!(debit(app.app(), &of, "EUR", 1).await, Err(Error::InsufficientFunds)), "never opened");
    }
    let after = app.app().verify(&command()).unwrap();
    assert_eq!(after, before, "neither an entry, nor an account, nor an event");
    debit(app.app(), &of, "USD", 99).await.unwrap();
    assert_eq!(parts(&find(app.app(), &of, "USD")), (0, 0, 0));
}

#[tokio::test]
async fn a_reservation_is_ended_once() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "holder").await);
    deposit(app, &of, "sms", 100).await.unwrap();
    let all = reserve(app, &of, "sms", 60).await.unwrap();
    assert_eq!(parts(&all.balance), (100, 60, 40));
    assert!(matches!(debit(app, &of, "sms", 41).await, Err(Error::InsufficientFunds)), "what is reserved is held");
    let second = reserve(app, &of, "sms", 40).await.unwrap();
    assert_eq!(parts(&second.balance), (100, 100, 0));

    assert_refused(app.balance_post(&command(), &all.id, Some(61)).await, "amount");
    assert_refused(app.balance_post(&command(), &all.id, Some(0)).await, "amount");
    let posted = app.balance_post(&command(), &all.id, Some(45)).await.unwrap();
    assert_eq!((posted.id.clone(), parts(&posted.balance)), (all.id.clone(), (55, 40, 15)), "the rest is free again");
    let released = app.balance_release(&command(), &second.id).await.unwrap();
    assert_eq!(parts(&released.balance), (55, 0, 55));
    for id in [&all.id, &second.id] {
        assert!(matches!(app.balance_post(&command(), id, None).await, Err(Error::Conflict(_))));
        assert!(matches!(app.balance_release(&command(), id).await, Err(Error::Conflict(_))));
    }
    let unknown = BalanceMovementId::parse("nothing").unwrap();
    assert!(matches!(app.balance_post(&command(), &unknown, None).await, Err(Error::NotFound { .. })));

    let whole = reserve(app, &of, "sms", 55).await.unwrap();
    app.balance_post(&command(), &whole.id, None).await.unwrap();
    assert_eq!(parts(&find(app, &of, "sms")), (0, 0, 0));
    assert_books_hold(app);
}

#[tokio::test]
async fn a_credit_limit_lets_a_balance_go_that_far_below_zero() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "trusted").await);
    let set = async |limit: i64| app.credit_limit_set(&command(), &of, &unit("USD"), limit).await;
    assert_refused(set(-1).await, "credit_limit");
    assert_eq!(set(500).await.unwrap().spendable(), 500, "also before the first deposit");
    deposit(app, &of, "USD", 100).await.unwrap();
    let low = debit(app, &of, "USD", 550).await.unwrap();
    assert_eq!((parts(&low.balance), low.balance.spendable()), ((-450, 0, -450), 50));
    let held = reserve(app, &of, "USD", 50).await.unwrap();
    assert!(matches!(debit(app, &of, "USD", 1).await, Err(Error::InsufficientFunds)));
    assert!(matches!(set(499).await, Err(Error::Conflict(_))), "the reservation counts");
    app.balance_release(&command(), &held.id).await.unwrap();
    assert_eq!(set(450).await.unwrap().spendable(), 0);
    assert!(matches!(set(449).await, Err(Error::Conflict(_))));
    deposit(app, &of, "USD", 450).await.unwrap();
    assert_eq!(set(0).await.unwrap().available, 0);
    assert_books_hold(app);
}

#[tokio::test]
async fn each_denomination_is_a_balance_of_its_own() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "many").await);
    // A denomination that names a currency is money in the bank; any other is units issued.
    for (text, source) in
        [("USD", AccountKind::Bank), ("usd", AccountKind::UnitsIssued), ("sms", AccountKind::UnitsIssued)]
    {
        deposit(app, &of, text, 10).await.unwrap();
        let books = app.trial_balance(&command()).unwrap();
        let paid = books.iter().find(|(name, totals)| name.denomination.as_str() == text && totals.debits_posted == 10);
        assert_eq!(paid.map(|(name, _)| name.kind), Some(source), "{text}");
    }
    assert!(matches!(debit(app, &of, "sms", 11).await, Err(Error::InsufficientFunds)), "no other balance pays for it");
    let other = customer(app, "other").await;
    assert!(matches!(debit(app, &other, "sms", 1).await, Err(Error::InsufficientFunds)), "nor another customer");
    let list = |after: Option<&str>, limit| {
        let after = after.map(unit);
        let found = app.balance_list(&command(), &of, after.as_ref(), limit).unwrap();
        found.into_iter().map(|balance| balance.denomination.as_str().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(list(None, 100), ["USD", "sms", "usd"]);
    assert_eq!(list(None, 2), ["USD", "sms"]);
    assert_eq!(list(Some("sms"), 2), ["usd"]);
    assert!(app.balance_list(&command(), &other, None, 10).unwrap().is_empty());
    assert_eq!(parts(&find(app, &other, "USD")), (0, 0, 0));
}

#[tokio::test]
async fn amounts_and_customers_are_checked() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "careful").await);
    for amount in [i64::MIN, -1, 0, AMOUNT_MAX_MINOR + 1] {
        assert_refused(deposit(app, &of, "sms", amount).await, "amount");
        assert_refused(debit(app, &of, "sms", amount).await, "amount");
        assert_refused(reserve(app, &of, "sms", amount).await, "amount");
    }
    deposit(app, &of, "sms", AMOUNT_MAX_MINOR).await.unwrap();
    assert_refused(deposit(app, &of, "sms", 1).await, "amount");
    debit(app, &of, "sms", AMOUNT_MAX_MINOR).await.unwrap();
    let nobody = CustomerId::parse("nobody").unwrap();
    assert!(matches!(deposit(app, &nobody, "sms", 1).await, Err(Error::NotFound { kind: "customer", .. })));
    assert!(matches!(debit(app, &nobody, "sms", 1).await, Err(Error::NotFound { kind: "customer", .. })));
    assert!(matches!(app.balance_find(&command(), &nobody, &unit("sms")), Err(Error::NotFound { .. })));
    assert!(matches!(app.balance_list(&command(), &nobody, None, 1), Err(Error::NotFound { .. })));
    assert_books_hold(app);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deposit_with_a_dedupe_id_happens_once() {
    let app = TestApp::start().await;
    let (app, of) = (app.app().clone(), customer(app.app(), "again").await);
    let named = |amount: i64, dedupe_id: &str| {
        let dedupe_id = Some(dedupe_id.to_owned());
        DepositBalance { customer_id: of.clone(), denomination: unit("USD"), amount, dedupe_id }
    };
    let mut answers = Vec::new();
    for _ in 0..20 {
        let (app, deposit) = (app.clone(), named(70, "first"));
        answers.push(tokio::spawn(async move { app.balance_deposit(&command(), deposit).await }));
    }
    let mut ids = Vec::new();
    for answer in answers {
        ids.push(answer.await.unwrap().unwrap().id);
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "every answer names the same deposit");
    assert_eq!(parts(&find(&app, &of, "USD")), (70, 0, 70));
    let other = app.balance_deposit(&command(), named(71, "first")).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)), "{other:?}");
    app.balance_deposit(&command(), named(70, "second")).await.unwrap();
    assert_refused(app.balance_deposit(&command(), named(1, "")).await, "dedupe_id");
    assert_refused(app.balance_deposit(&command(), named(1, &"x".repeat(256))).await, "dedupe_id");
    assert_eq!(parts(&find(&app, &of, "USD")), (140, 0, 140));
}

/// The id outlives the hour that is promised, also over a restart.
#[tokio::test]
async fn a_dedupe_id_is_kept_for_30_days() {
    let mut app = TestApp::start().await;
    let of = customer(app.app(), "later").await;
    let again = || DepositBalance {
        customer_id: of.clone(),
        denomination: unit("USD"),
        amount: 5,
        dedupe_id: Some("d".to_owned()),
    };
    app.app().balance_deposit(&command(), again()).await.unwrap();
    app.clock().advance_to(app.now().plus(30 * 86_400_000_000 - 60_000_000));
    app.restart().await;
    app.app().idempotency_prune().await.unwrap();
    app.app().balance_deposit(&command(), again()).await.unwrap();
    assert_eq!(find(app.app(), &of, "USD").balance, 5);
    app.clock().advance_to(app.now().plus(120_000_000));
    app.app().balance_deposit(&command(), again()).await.unwrap();
    assert_eq!(find(app.app(), &of, "USD").balance, 10, "then it is forgotten");
}

#[tokio::test]
async fn a_repeated_idempotency_key_debits_once() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "keyed").await);
    deposit(app, &of, "sms", 100).await.unwrap();
    let mut keyed = command();
    keyed.idempotency_key = Some("k1".to_owned());
    let first = app.balance_debit(&keyed, spend(&of, "sms", 30)).await.unwrap();
    assert_eq!(app.balance_debit(&keyed, spend(&of, "sms", 30)).await.unwrap(), first);
    let other = app.balance_debit(&keyed, spend(&of, "sms", 31)).await;
    assert!(matches!(other, Err(Error::IdempotencyMismatch)), "{other:?}");
    assert_eq!(find(app, &of, "sms").balance, 70);
}

#[tokio::test]
async fn every_movement_is_in_the_feed() {
    let app = TestApp::start().await;
    let (app, of) = (app.app(), customer(app.app(), "heard").await);
    deposit(app, &of, "sms", 100).await.unwrap();
    debit(app, &of, "sms", 10).await.unwrap();
    let posted = reserve(app, &of, "sms", 20).await.unwrap();
    app.balance_post(&command(), &posted.id, Some(5)).await.unwrap();
    let released = reserve(app, &of, "sms", 20).await.unwrap();
    app.balance_release(&command(), &released.id).await.unwrap();
    app.credit_limit_set(&command(), &of, &unit("sms"), 7).await.unwrap();
    let events = app.events_after(&command(), 0, 100).unwrap();
    let told: Vec<_> = events.iter().filter(|event| event.subject_id == "heard/sms").collect();
    let topics: Vec<&str> = told.iter().map(|event| event.topic.as_str()).collect();
    let moves = ["deposited", "debited", "reserved", "debited", "reserved", "released", "updated"];
    assert_eq!(topics, moves.map(|word| format!("balance.{word}")));
    let last: serde_json::Value = serde_json::from_str(&told[5].data_json).unwrap();
    assert_eq!((last["balance"].as_i64(), last["amount"].as_i64()), (Some(85), Some(20)));
}

/// What a kill leaves is the files as they are at that moment: they are copied beside the running program.
#[tokio::test]
async fn what_was_told_survives_a_kill() {
    let mut app = TestApp::start().await;
    let of = customer(app.app(), "kept").await;
    deposit(app.app(), &of, "USD", 1_000).await.unwrap();
    let held = reserve(app.app(), &of, "USD", 300).await.unwrap();
    debit(app.app(), &of, "USD", 200).await.unwrap();
    app.app().credit_limit_set(&command(), &of, &unit("USD"), 40).await.unwrap();
    let told = find(app.app(), &of, "USD");
    assert_eq!(parts(&told), (800, 300, 500));

    let elsewhere = tempfile::tempdir().unwrap();
    let data_dir = elsewhere.path().join("data");
    std::fs::create_dir(&data_dir).unwrap();
    for entry in std::fs::read_dir(app.data_dir()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), data_dir.join(entry.file_name())).unwrap();
    }
    std::fs::copy(default_key_file(&app.data_dir()), default_key_file(&data_dir)).unwrap();
    let open = Open {
        data_dir,
        key_file: None,
        role: Role::Server,
        clock: OpenClock::Manual(Arc::new(ManualClock::new(app.now()))),
        random: Arc::new(Random::seeded(2)),
        public_url: String::new(),
        simulator: simulator::Settings::default(),
        relay: None,
        checkpoint: None,
    };
    let after = tokio::task::spawn_blocking(move || bootstrap::open(open).unwrap()).await.unwrap().app;
    assert_eq!(find(&after, &of, "USD"), told);
    after.balance_post(&command(), &held.id, Some(300)).await.unwrap();
    assert_eq!(parts(&find(&after, &of, "USD")), (500, 0, 500));
    assert_books_hold(&after);

    app.restart().await;
    assert_eq!(find(app.app(), &of, "USD"), told, "the running program's own file was not touched");
    assert_books_hold(app.app());
}
