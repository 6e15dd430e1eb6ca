//! Subscriptions billed per second by the real billing run, against the same rows written by a bare loop; and prepaid
//! debits per second.
//!
//! The bare loop is the limit: what the run wrote is read back from the file and written into a copy of the file as it
//! was before, table by table in one transaction, with the program's settings and without one line of its code.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bursar::app::bootstrap::{self, Open, OpenClock};
use bursar::app::customer::CreateCustomer;
use bursar::app::deposit::MakeDeposit;
use bursar::app::payment_method::NewMethod;
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::app::{App, Caller};
use bursar::clock::{ManualClock, Stopwatch, SystemClock};
use bursar::domain::access::Actor;
use bursar::domain::address::Address;
use bursar::domain::adjustment::{AdjustmentKind, AdjustmentTerms, AdjustmentUse};
use bursar::domain::card::CardNumber;
use bursar::domain::currency::Denomination;
use bursar::domain::id::CustomerId;
use bursar::domain::plan::{PlanTerms, ScheduleTerms};
use bursar::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use bursar::domain::time::Timestamp;
use bursar::domain::usage_event::{Cost, EventState, EventType};
use bursar::ids::Random;
use bursar::processors::simulator;
use bursar::store::Role;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::measure::{ROUNDS, median, per_second, syncs_per_second};

/// Subscriptions billed in a round, each with a plan and a discount, every second one with an add-on.
const SUBSCRIPTIONS: usize = 5_000;
/// Clients that write at once.
const WRITERS: usize = 64;
/// Debits of a round in groups.
const DEBITS: usize = 20_000;
/// Debits of a round with a commit each.
const DEBITS_ALONE: usize = 1_000;
/// Balances that are debited where it is not one.
const BALANCES: usize = 1_000;

/// Prints one line for the billing run and one per spread of the debits.
pub(crate) fn run(dir: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build();
    let runtime = runtime.expect("a runtime starts");
    bill(&runtime, dir);
    debit(&runtime, &dir.join("prepaid"));
}

pub(crate) fn command() -> Caller {
    Caller::internal(Actor::Command)
}

pub(crate) fn open(data_dir: &Path, clock: OpenClock) -> App {
    let open = Open {
        data_dir: data_dir.to_owned(),
        key_file: None,
        role: Role::Server,
        clock,
        random: Arc::new(Random::seeded(1)),
        public_url: String::new(),
        simulator: simulator::Settings::default(),
        relay: None,
        checkpoint: None,
        outbound: bursar::outbound::Settings::default(),
    };
    bootstrap::open(open).expect("a new folder opens on the data disk").app
}

fn bill(runtime: &Runtime, dir: &Path) {
    let instant = |month: usize| {
        let text = format!("2026-{month:02}-01T00:00:00Z");
        Timestamp::parse_rfc3339(&text).expect("RFC 3339")
    };
    let clock = Arc::new(ManualClock::new(instant(1)));
    let data = dir.join("billing");
    let app = open(&data, OpenClock::Manual(Arc::clone(&clock)));
    runtime.block_on(furnish(&app));
    let file = data.join("bursar.db");
    let (mut runs, mut limits, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        clock.advance_to(instant(round + 1));
        let copy = dir.join(format!("before-{round}.db"));
        let live = connect(&file);
        live.execute("VACUUM INTO ?1", [copy.to_str().expect("a path in UTF-8")]).expect("the file is copied");
        runs.push(per_second(SUBSCRIPTIONS, || bill_all(runtime, &app)));
        let made = Made::since(&live, &copy);
        limits.push(per_second(SUBSCRIPTIONS, || made.write_into(&copy)));
        ratios.push(runs[round] / limits[round]);
        println!("  round {}: billed {:.0}/s, bare loop {:.0}/s", round + 1, runs[round], limits[round]);
        std::fs::remove_file(&copy).expect("the copy is ours");
    }
    clock.advance_to(instant(ROUNDS + 1));
    let (longest_ms, waits) = longest_wait_while_billing(runtime, &app);
    println!(
        "  {:>13} {:>12} {:>14} {:>8} {:>24}",
        "subscriptions", "billed/s", "bare loop/s", "share", "longest writer hold"
    );
    println!(
        "  {SUBSCRIPTIONS:>13} {:>12.0} {:>14.0} {:>7.0}% {longest_ms:>12.1} ms ({waits} looks)",
        median(runs),
        median(limits),
        median(ratios) * 100.0
    );
    let verdict = app.verify(&command()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

fn bill_all(runtime: &Runtime, app: &App) {
    let billed = runtime.block_on(app.subscriptions_bill(&command())).expect("the run ends");
    assert_eq!(billed, SUBSCRIPTIONS, "one invoice for each subscription");
}

/// How long a small write waits at most while everything is billed: the longest that the writer is held.
fn longest_wait_while_billing(runtime: &Runtime, app: &App) -> (f64, usize) {
    let of = CustomerId::parse("customer-0").expect("an id");
    runtime.block_on(deposit(app, of.clone(), 1_000_000));
    let is_over = Arc::new(AtomicBool::new(false));
    let (asker, end) = (app.clone(), Arc::clone(&is_over));
    let looks = runtime.spawn(async move {
        let (mut longest, mut looks) = (0.0_f64, 0);
        while !end.load(Ordering::SeqCst) {
            let watch = Stopwatch::start();
            take_one(&asker, &of).await;
            longest = longest.max(watch.elapsed().as_secs_f64() * 1_000.0);
            looks += 1;
        }
        (longest, looks)
    });
    bill_all(runtime, app);
    is_over.store(true, Ordering::SeqCst);
    runtime.block_on(looks).expect("the look ends")
}

/// Customers with a card and an address, two plans, a subscription each: all due at once.
async fn furnish(app: &App) {
    let add_on = catalogue(app, AdjustmentKind::AddOn, Some(500), None).await;
    let discount = catalogue(app, AdjustmentKind::Discount, None, Some(25_000)).await;
    let plain = plan(app, "Plain", Vec::new(), vec![discount.clone()]).await;
    let extra = plan(app, "Extra", vec![add_on], vec![discount]).await;
    let clients = (0..WRITERS).map(|client| {
        let (app, plans) = (app.clone(), [plain.clone(), extra.clone()]);
        tokio::spawn(async move {
            for n in (client..SUBSCRIPTIONS).step_by(WRITERS) {
                customer(&app, n).await;
                let said = SubscriptionTerms {
                    plan_id: Some(plans[n % 2].clone()),
                    customer: CustomerTerms { id: Some(format!("customer-{n}")), ..CustomerTerms::default() },
                    next_bill_date: Some("2026-01-01".to_owned()),
                    ..SubscriptionTerms::default()
                };
                app.subscription_create(&command(), said).await.expect("a subscription is made");
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client ends");
    }
}

async fn catalogue(app: &App, kind: AdjustmentKind, amount: Option<i64>, percentage: Option<i64>) -> AdjustmentUse {
    let terms = AdjustmentTerms {
        name: Some("Support".to_owned()),
        amount_minor: amount,
        percentage,
        ..AdjustmentTerms::default()
    };
    let made = app.adjustment_create(&command(), kind, terms).await.expect("an entry of the catalogue");
    AdjustmentUse { id: made.id.as_str().to_owned(), overrides: AdjustmentTerms::default() }
}

async fn plan(app: &App, name: &str, add_ons: Vec<AdjustmentUse>, discounts: Vec<AdjustmentUse>) -> String {
    let terms = PlanTerms {
        name: Some(name.to_owned()),
        amount_minor: Some(2_999),
        schedule: ScheduleTerms {
            frequency: Some("monthly".to_owned()),
            billing_days: Some("1".to_owned()),
            interval: Some(1),
            charge_on_day: None,
        },
        add_ons: Some(add_ons),
        discounts: Some(discounts),
        ..PlanTerms::default()
    };
    app.plan_create(&command(), terms).await.expect("a plan is made").plan.id.as_str().to_owned()
}

async fn customer(app: &App, n: usize) {
    let number = CardNumber::parse("4111111111111111").expect("a test card");
    let address = Address {
        first_name: "Ada".to_owned(),
        last_name: format!("Client {n}"),
        line_1: "1 Main Street".to_owned(),
        city: "Springfield".to_owned(),
        country: "US".to_owned(),
        ..Address::default()
    };
    let new = CreateCustomer {
        id: CustomerId::parse(&format!("customer-{n}")),
        method: Some(NewMethod::Card { number, expiration_date: "12/30".to_owned() }),
        billing: Some(address),
        ..CreateCustomer::default()
    };
    app.customer_create(&command(), new).await.expect("a customer is made");
}

/// What a billing run wrote.
struct Made {
    /// New rows by table, whole, in the order in which they can be inserted.
    tables: Vec<(&'static str, Vec<Vec<Value>>)>,
    /// What billing moves in a subscription, its key last.
    subscriptions: Vec<Vec<Value>>,
}

impl Made {
    /// The rows of `live` that are not in the copy made before the run.
    fn since(live: &Connection, copy: &Path) -> Self {
        let before = connect(copy);
        let last = |sql: &str| before.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a number");
        let (invoice, entry, event) = (
            last("SELECT COALESCE(MAX(key), 0) FROM invoice"),
            last("SELECT COALESCE(MAX(key), 0) FROM ledger_entry"),
            last("SELECT COALESCE(MAX(seq), 0) FROM event"),
        );
        let lines = "SELECT invoice_line.* FROM invoice JOIN invoice_line ON invoice_line.invoice_id = invoice.id
                     WHERE invoice.key > ?1 ORDER BY invoice.key, invoice_line.line";
        let tables = vec![
            ("ledger_account", rows(live, "SELECT * FROM ledger_account WHERE key > ?1", 0)),
            ("invoice", rows(live, "SELECT * FROM invoice WHERE key > ?1 ORDER BY key", invoice)),
            ("invoice_line", rows(live, lines, invoice)),
            ("ledger_entry", rows(live, "SELECT * FROM ledger_entry WHERE key > ?1 ORDER BY key", entry)),
            ("event", rows(live, "SELECT * FROM event WHERE seq > ?1 ORDER BY seq", event)),
        ];
        let moved = "SELECT status, next_bill_date, due_at, periods_billed, updated_at, key FROM subscription
                     WHERE key > ?1";
        Self { tables, subscriptions: rows(live, moved, 0) }
    }

    fn write_into(&self, copy: &Path) {
        let connection = connect(copy);
        connection
            .execute_batch(
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-65536;
                 PRAGMA temp_store=MEMORY; PRAGMA wal_autocheckpoint=16000; BEGIN IMMEDIATE",
            )
            .expect("the program's settings");
        for (table, rows) in &self.tables {
            let places = vec!["?"; rows.first().map_or(1, Vec::len)].join(", ");
            // Not REPLACE: it deletes the account first, and the foreign keys of all entries would be looked through.
            let or_move = if *table == "ledger_account" {
                " ON CONFLICT (key) DO UPDATE SET debits_pending = excluded.debits_pending,
                 debits_pending_high = excluded.debits_pending_high, debits_posted = excluded.debits_posted,
                 debits_posted_high = excluded.debits_posted_high, credits_pending = excluded.credits_pending,
                 credits_pending_high = excluded.credits_pending_high, credits_posted = excluded.credits_posted,
                 credits_posted_high = excluded.credits_posted_high, moved_at = excluded.moved_at"
            } else {
                ""
            };
            each(&connection, &format!("INSERT INTO {table} VALUES ({places}){or_move}"), rows);
        }
        let moved = "UPDATE subscription SET status = ?, next_bill_date = ?, due_at = ?, periods_billed = ?,
                     updated_at = ? WHERE key = ?";
        each(&connection, moved, &self.subscriptions);
        connection.execute_batch("COMMIT").expect("the bare loop commits");
    }
}

#[expect(clippy::disallowed_methods, reason = "the bare loop is measured without the store")]
pub(crate) fn connect(file: &Path) -> Connection {
    Connection::open(file).expect("the file opens")
}

fn each(connection: &Connection, sql: &str, rows: &[Vec<Value>]) {
    let mut statement = connection.prepare(sql).expect("a right statement");
    for row in rows {
        statement.execute(params_from_iter(row)).expect("the row fits");
    }
}

fn rows(connection: &Connection, sql: &str, after: i64) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).expect("a right statement");
    let width = statement.column_count();
    let read = |row: &rusqlite::Row<'_>| (0..width).map(|at| row.get(at)).collect();
    statement.query_map([after], read).expect("the file answers").collect::<Result<_, _>>().expect("with values")
}

/// Debits of one balance and of many, and of many with a commit each.
fn debit(runtime: &Runtime, dir: &Path) {
    let app = open(dir, OpenClock::Running(Arc::new(SystemClock)));
    let ids: Vec<CustomerId> =
        (0..BALANCES).map(|n| CustomerId::parse(&format!("customer-{n}")).expect("an id")).collect();
    runtime.block_on(async {
        for (n, id) in ids.iter().enumerate() {
            customer(&app, n).await;
            deposit(&app, id.clone(), 1_000_000).await;
        }
    });
    let columns = ["balances", "fsync/s", "one by one/s", "debits/s", "ratio"];
    println!(
        "  {:>13} {:>12} {:>14} {:>12} {:>8}  ({WRITERS} writers)",
        columns[0], columns[1], columns[2], columns[3], columns[4]
    );
    for count in [1, BALANCES] {
        let used = Arc::new(ids[..count].to_vec());
        let (mut syncs, mut alone, mut grouped, mut ratios) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            syncs.push(syncs_per_second(dir));
            alone.push(per_second(DEBITS_ALONE, || runtime.block_on(debit_all(&app, &used, DEBITS_ALONE, true))));
            grouped.push(per_second(DEBITS, || runtime.block_on(debit_all(&app, &used, DEBITS, false))));
            ratios.push(grouped[round] / alone[round]);
        }
        let (syncs, alone, grouped) = (median(syncs), median(alone), median(grouped));
        println!("  {count:>13} {syncs:>12.0} {alone:>14.0} {grouped:>12.0} {:>7.1}x", median(ratios));
    }
    let verdict = app.verify(&command()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

async fn debit_all(app: &App, ids: &Arc<Vec<CustomerId>>, count: usize, one_by_one: bool) {
    let turn = Arc::new(Mutex::new(()));
    let clients = (0..WRITERS).map(|client| {
        let (app, ids, turn) = (app.clone(), Arc::clone(ids), Arc::clone(&turn));
        tokio::spawn(async move {
            for n in (client..count).step_by(WRITERS) {
                let alone = if one_by_one { Some(turn.lock().await) } else { None };
                take_one(&app, &ids[n % ids.len()]).await;
                drop(alone);
            }
        })
    });
    for client in clients.collect::<Vec<_>>() {
        client.await.expect("a client ends");
    }
}

fn units() -> Denomination {
    Denomination::parse("sms").expect("a denomination")
}

async fn take_one(app: &App, of: &CustomerId) {
    let new = RecordUsage {
        kind: EventType::parse("sms").expect("a type"),
        quantity: 1,
        cost: Some(Cost { denomination: units(), amount: 1 }),
        state: NewState::Complete,
        gate_on_balance: true,
        metadata_json: "{}".to_owned(),
    };
    let recorded = app.usage_event_record(&command(), of, new).await.expect("an event is recorded");
    assert_eq!(recorded.event.state, EventState::Complete, "the balance covers it");
}

async fn deposit(app: &App, customer_id: CustomerId, amount: i64) {
    let deposit = MakeDeposit { customer_id, denomination: Some(units()), amount, charge: 0, charge_against: None };
    app.deposit_make(&command(), deposit).await.expect("a deposit is taken");
}
