//! The real binary, killed at random moments while it bills and answers: nothing acknowledged is lost, nothing is
//! charged twice (RELIABILITY.md R1).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bursar::app::api_key::NewApiKey;
use bursar::app::bootstrap::{self, Open, OpenClock, Opened};
use bursar::clock::{Clock, ManualClock, SystemClock};
use bursar::domain::id::CustomerId;
use bursar::domain::plan::ScheduleTerms;
use bursar::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use bursar::domain::time::DAY;
use bursar::domain::user::KeyType;
use bursar::error::Error;
use bursar::ids::Random;
use bursar::processors::OperationKind;
use bursar::processors::simulator::{BookState, Settings};
use bursar::store::Role;
use serde_json::json;

use crate::protocol::fact::{AMOUNT, GOOD, block_on, customer};
use crate::protocol::world::merchant;
use crate::support::Client;

/// How often the server is killed.
const KILLS: u64 = 30;
/// Subscriptions that are due in all; a third at the start, the others a few before each start.
const SUBSCRIPTIONS: i64 = 300;
const AT_FIRST: i64 = 90;
const BEFORE_EACH: i64 = (SUBSCRIPTIONS - AT_FIRST) / 30;

#[test]
fn thirty_kills_lose_nothing_and_charge_nothing_twice() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    let seed = u64::try_from(SystemClock.now().as_micros()).expect("after 1970");
    eprintln!("seed {seed}");
    let random = Random::seeded(seed);

    let key = {
        let opened = open(&data, OpenClock::Running(Arc::new(SystemClock)));
        block_on(subscribe(&opened, AT_FIRST));
        let new = NewApiKey { kind: KeyType::Api, name: "chaos".to_owned(), secret: None };
        let key = block_on(opened.app.api_key_create(&merchant(), new)).expect("a key is made").text;
        opened.app.shutdown();
        key
    };
    let mut acknowledged = Vec::new();
    let mut billed_at_kills = Vec::new();
    for _ in 0..KILLS {
        let opened = open(&data, OpenClock::Running(Arc::new(SystemClock)));
        block_on(subscribe(&opened, BEFORE_EACH));
        billed_at_kills.push(opened.simulator.charges().len());
        opened.app.shutdown();
        drop(opened);
        let moment = Duration::from_millis(20 + u64::from_be_bytes(random.bytes::<8>()) % 880);
        live_until(&data, moment, async |base| {
            let client = Client::of(&base, &key);
            loop {
                let body = json!({ "description": "made in chaos" });
                let made = client.post("/api/vault/customer", &body).await;
                assert_eq!(made.status, 200, "{}", made.text);
                acknowledged.push(made.body["data"]["id"].as_str().expect("an id").to_owned());
            }
        });
    }
    eprintln!("{} customers acknowledged; charges before each start: {billed_at_kills:?}", acknowledged.len());
    finish_and_audit(&data, &acknowledged);
    let verified = bursar(&data, &["verify"]).output().expect("the binary runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// The last life, on a clock moved by hand: what was lost in a kill is believed lost after a day only.
fn finish_and_audit(data: &Path, acknowledged: &[String]) {
    let clock = Arc::new(ManualClock::new(SystemClock.now().plus(1)));
    let opened = open(data, OpenClock::Manual(Arc::clone(&clock)));
    let recovered = block_on(opened.app.attempts_recover()).expect("it recovers");
    let to = clock.now().plus(3 * DAY);
    let moved = block_on(opened.app.test_clock_move(&merchant(), to)).expect("the clock moves");
    eprintln!("recovered at the end: {recovered}; ran {:?}", moved.ran);

    for id in acknowledged {
        let id = CustomerId::from_stored(id.clone());
        let found = opened.app.customer_find(&merchant(), &id);
        assert!(found.is_ok(), "customer {id} was acknowledged and is gone: {found:?}");
    }
    let database = rows(data);
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a good statement");
    assert_eq!(count("SELECT COUNT(*) FROM invoice"), SUBSCRIPTIONS);
    assert_eq!(count("SELECT COUNT(DISTINCT subscription_id) FROM invoice"), SUBSCRIPTIONS);
    assert_eq!(count("SELECT COUNT(*) FROM invoice WHERE status = 'paid' AND payments = 1"), SUBSCRIPTIONS);
    assert_eq!(count("SELECT COUNT(*) FROM attempt WHERE state NOT IN ('succeeded', 'cancelled', 'absent')"), 0);
    let mut approvals: BTreeMap<String, i64> = BTreeMap::new();
    for entry in opened.simulator.charges() {
        assert_eq!((entry.operation, entry.amount.minor()), (OperationKind::Sale, AMOUNT));
        if entry.state == BookState::Approved {
            *approvals.entry(entry.reference).or_default() += 1;
        }
    }
    assert_eq!(approvals.values().sum::<i64>(), SUBSCRIPTIONS, "approvals at the bank");
    assert!(approvals.values().all(|count| *count == 1), "one approval per reference");
    let given_up = count("SELECT COUNT(*) FROM attempt WHERE state IN ('cancelled', 'absent')");
    eprintln!("{given_up} attempts were given up and made anew");
    let verdict = opened.app.verify(&merchant()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
    opened.app.shutdown();
}

/// Serves `living`, which is given the address, until `moment` has passed since the start, then kills the server; what
/// `living` awaits then is given up.
pub fn live_until(data: &Path, moment: Duration, living: impl AsyncFnOnce(String)) {
    let mut child = bursar(data, &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the binary starts");
    let output = child.stdout.take().expect("piped");
    let (first, first_line) = tokio::sync::oneshot::channel();
    // Whatever it prints is read to the end: nobody prints into a closed pipe.
    let reading = std::thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        let _ = lines.next().map(|line| first.send(line));
        lines.count()
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let living = async {
        let Ok(line) = first_line.await else { return };
        living(line.strip_prefix("listening on ").expect("the first line is the address").to_owned()).await;
    };
    let lived = runtime.block_on(async { tokio::time::timeout(moment, living).await });
    let ended = child.try_wait().expect("it can be asked");
    drop(lived);
    kill(&mut child);
    reading.join().expect("reading does not panic");
    assert!(ended.is_none(), "it ended before it was killed: {ended:?}");
}

/// SIGKILL: nothing of it runs on.
fn kill(child: &mut Child) {
    child.kill().expect("the child is ours");
    child.wait().expect("it ends");
}

/// Makes `count` customers with a card, each with a subscription that is due today.
async fn subscribe(opened: &Opened, count: i64) {
    for _ in 0..count {
        let customer = customer(&opened.app, GOOD).await;
        let terms = SubscriptionTerms {
            customer: CustomerTerms { id: Some(customer.to_string()), ..CustomerTerms::default() },
            amount_minor: Some(AMOUNT),
            schedule: ScheduleTerms {
                frequency: Some("daily".to_owned()),
                billing_days: Some("30".to_owned()),
                interval: Some(1),
                ..ScheduleTerms::default()
            },
            next_bill_date: Some(opened.app.now().utc_date().to_string()),
            ..SubscriptionTerms::default()
        };
        opened.app.subscription_create(&merchant(), terms).await.expect("the subscription is good");
    }
}

/// Opens the folder in this process, once the last life has let go of it.
pub fn open(data: &Path, clock: OpenClock) -> Opened {
    for _ in 0..1_000_000 {
        let opened = bootstrap::open(Open {
            data_dir: PathBuf::from(data),
            key_file: None,
            role: Role::Server,
            clock: clock.clone(),
            random: Arc::new(Random::system()),
            public_url: String::new(),
            simulator: Settings::default(),
            relay: None,
            checkpoint: None,
            outbound: bursar::outbound::Settings::default(),
        });
        match opened {
            Err(Error::Conflict(_)) => std::thread::yield_now(),
            opened => return opened.expect("the folder opens"),
        }
    }
    panic!("the last life never let go of its folder");
}

#[expect(clippy::disallowed_methods, reason = "the auditor shares no code with the store")]
pub fn rows(data: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(data.join("bursar.db")).expect("the file opens")
}

pub fn bursar(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
    command.args(args).env_clear().env("BURSAR_DATA", data).stdin(Stdio::null());
    command
}
