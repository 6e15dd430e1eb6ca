//! Many clients at once: a gate never lets more through than there is, and units are neither made nor lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bursar::app::App;
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::domain::id::CustomerId;
use bursar::domain::ledger::chart::AccountKind;
use bursar::domain::usage_event::{Cost, EventState, EventType};
use serde_json::json;

use super::Shop;
use crate::support::command;
use crate::treasury::{customer, unit};

/// Debits of each client inside the process, and of each over HTTP.
const DEBITS_EACH: usize = 10_000;
const DEBITS_EACH_OVER_HTTP: usize = 150;

#[expect(clippy::disallowed_methods, reason = "a test's own knob")]
fn debits_each(usual: usize) -> usize {
    std::env::var("BURSAR_TEST_DEBITS").map_or(usual, |text| text.parse().expect("a number of debits"))
}

/// RELIABILITY.md R17, as many as it names: 640,000 debits of 1, each decided and recorded for itself. The clients call
/// `App`; what HTTP adds is in the test below.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_balance_of_5000_pays_exactly_5000_of_640000_debits() {
    let each = debits_each(DEBITS_EACH);
    let shop = Shop::open().await;
    shop.add(5_000).await.data(200);
    let of = CustomerId::parse(shop.account.trim_start_matches("a_")).expect("an id");
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (app, of) = (shop.app.app().clone(), of.clone());
            tokio::spawn(async move {
                let (mut accepted, mut gated) = (0, 0);
                for _ in 0..each {
                    let new = RecordUsage {
                        kind: EventType::parse("CHAT").expect("a type"),
                        quantity: 1,
                        cost: Some(Cost { denomination: unit("credits"), amount: 1 }),
                        state: NewState::Complete,
                        gate_on_balance: true,
                        metadata_json: "null".to_owned(),
                    };
                    let recorded = app.usage_event_record(&command(), &of, new).await.expect("it is recorded");
                    let left = recorded.balance.expect("it has a cost").available;
                    assert!(left >= 0, "{left} are left");
                    match recorded.event.state {
                        EventState::Complete => accepted += 1,
                        EventState::Gated => gated += 1,
                        other => panic!("{other:?}"),
                    }
                }
                (accepted, gated)
            })
        })
        .collect();
    let (mut accepted, mut gated) = (0, 0);
    for client in clients {
        let (its_accepted, its_gated) = client.await.expect("a client ends");
        accepted += its_accepted;
        gated += its_gated;
    }
    assert_eq!((accepted, gated), (5_000, 64 * each - 5_000));
    assert_eq!(shop.sums().await, [0; 5]);
    // As a command: a server ends a look at so many events in a debug build after half a minute.
    let (code, told, problems) = crate::cli::run(&shop.app.data_dir(), &["verify"]);
    assert_eq!(code, 0, "{told}{problems}");
}

/// The same over HTTP. `BURSAR_TEST_DEBITS` says how many each client sends.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_balance_of_5000_pays_exactly_5000_events_of_64_clients() {
    let each = debits_each(DEBITS_EACH_OVER_HTTP);
    let shop = Shop::open().await;
    shop.add(5_000).await.data(200);
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let (client, path) = (shop.app.admin(), shop.path("{a}/balance/credits"));
            tokio::spawn(async move {
                let mut accepted = 0;
                for _ in 0..each {
                    let answer = client.post(&path, &json!({ "amount": -1, "gate_on_balance": true })).await;
                    match answer.status {
                        200 => {
                            assert!(answer.body["data"]["available"].as_i64() >= Some(0), "{}", answer.text);
                            accepted += 1;
                        }
                        402 => {}
                        other => panic!("{other}: {}", answer.text),
                    }
                }
                accepted
            })
        })
        .collect();
    let mut accepted = 0;
    for client in clients {
        accepted += client.await.expect("a client ends");
    }
    assert_eq!((accepted, shop.sums().await), (5_000, [0; 5]));
    shop.assert_books_hold();
}

/// Balances of the bank, and what each begins with.
const BALANCES: u64 = 20;
const PAID_IN: i64 = 50;

/// Splitmix64: every client its own fixed sequence.
fn draw(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mixed = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32
}

/// One event that takes `amount` of one denomination of a customer and gives it in another, gated: a transfer. Both
/// costs are of one event, so no snapshot sees one without the other.
async fn transfer(app: &App, of: &CustomerId, kind: &str) -> EventState {
    let new = RecordUsage {
        kind: EventType::parse(kind).expect("a type"),
        quantity: 1,
        cost: None,
        state: NewState::Complete,
        gate_on_balance: true,
        metadata_json: "{}".to_owned(),
    };
    app.usage_event_record(&command(), of, new).await.expect("an event is recorded").event.state
}

/// What all balances hold together, in one snapshot.
fn held(app: &App) -> i128 {
    let books = app.trial_balance(&command()).expect("the books");
    let balances = books.into_iter().filter(|(name, _)| name.kind == AccountKind::CustomerBalance);
    balances.map(|(_, totals)| totals.available()).sum()
}

/// RELIABILITY.md R16: every snapshot sums to what was paid in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_snapshot_of_a_busy_bank_sums_to_what_was_paid_in() {
    let shop = Shop::open().await;
    let app = shop.app.app().clone();
    for (kind, from, to) in [("LEFT", "a", "b"), ("RIGHT", "b", "a")] {
        for (denomination, amount) in [(from, 30), (to, -30)] {
            let cost = Cost { denomination: unit(denomination), amount };
            let kind = EventType::parse(kind).expect("a type");
            let price = bursar::domain::usage_event::EventPrice { kind, cost };
            app.event_price_set(&command(), price).await.expect("a price");
        }
    }
    let mut customers = Vec::new();
    for n in 0..BALANCES {
        let of = customer(&app, &format!("bank-{n}"), None).await;
        let cost = Some(Cost { denomination: unit("a"), amount: -PAID_IN });
        let new = RecordUsage {
            kind: EventType::parse("OPEN").expect("a type"),
            quantity: 1,
            cost,
            state: NewState::Complete,
            gate_on_balance: false,
            metadata_json: "{}".to_owned(),
        };
        app.usage_event_record(&command(), &of, new).await.expect("paid in");
        customers.push(of);
    }
    let paid_in = i128::from(BALANCES) * i128::from(PAID_IN);
    let is_over = Arc::new(AtomicBool::new(false));
    let (watched, over) = (app.clone(), Arc::clone(&is_over));
    let watcher = std::thread::spawn(move || {
        let mut reads = 0;
        while !over.load(Ordering::SeqCst) || reads == 0 {
            assert_eq!(held(&watched), paid_in, "units were made or lost");
            reads += 1;
        }
    });
    let customers = Arc::new(customers);
    let clients: Vec<_> = (0..32_u64)
        .map(|client| {
            let (app, customers) = (app.clone(), Arc::clone(&customers));
            tokio::spawn(async move {
                let (mut state, mut refused) = (client, 0);
                for _ in 0..40 {
                    let of = &customers[usize::try_from(draw(&mut state) % BALANCES).expect("small")];
                    let kind = if draw(&mut state).is_multiple_of(2) { "LEFT" } else { "RIGHT" };
                    if transfer(&app, of, kind).await == EventState::Gated {
                        refused += 1;
                    }
                }
                refused
            })
        })
        .collect();
    let mut refused = 0;
    for client in clients {
        refused += client.await.expect("a client ends");
    }
    is_over.store(true, Ordering::SeqCst);
    watcher.join().expect("every snapshot held");
    assert!(refused > 0, "the gate was asked");
    assert_eq!(held(&app), paid_in);
    shop.assert_books_hold();
}
