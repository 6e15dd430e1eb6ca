//! The real binary, killed at random moments while clients spend and buy: every acknowledged movement of a balance is
//! there, none is there twice under one name, no gate was passed (RELIABILITY.md R1, R17).

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bursar::app::api_key::NewApiKey;
use bursar::app::bootstrap::OpenClock;
use bursar::app::deposit::MakeDeposit;
use bursar::clock::{Clock, ManualClock, SystemClock};
use bursar::domain::id::CustomerId;
use bursar::domain::time::DAY;
use bursar::domain::user::KeyType;
use bursar::ids::Random;
use bursar::processors::simulator::BookState;
use futures_util::FutureExt as _;
use futures_util::future::select_all;
use serde_json::{Value, json};

use crate::chaos::{bursar, live_until, open, rows};
use crate::protocol::fact::block_on;
use crate::protocol::world::merchant;
use crate::support::{Answer, Client};
use crate::treasury::{customer, unit};

/// How often the server is killed.
const KILLS: u64 = 30;
/// How long a life may take that ends with an answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// Clients at once, each waiting for its answers.
const CLIENTS: usize = 6;
/// Accounts, and what each begins with: little enough that gates refuse.
const ACCOUNTS: usize = 4;
const PAID_IN: i64 = 60;
/// What a bought deposit gives, and what it costs.
const BOUGHT: i64 = 25;
const PRICE: i64 = 100;

/// A request, under a name of its own.
struct Asked {
    name: String,
    account: usize,
    path: &'static str,
    body: Value,
    /// `None`: sent, and nobody knows what became of it.
    told: Option<Told>,
}

/// What a client was told.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Told {
    status: u16,
    /// The ids of what was made.
    ids: Vec<String>,
    /// What became of the balance; `None` while a charge is being confirmed.
    change: Option<i64>,
}

impl Asked {
    fn draw(name: String, random: &Random) -> Self {
        let drawn: [u8; 4] = random.bytes();
        let amount = i64::from(drawn[1] % 9) + 1;
        let take = |amount: i64| json!({ "amount": -amount, "gate_on_balance": true });
        let (path, body) = match drawn[0] % 10 {
            0 => (
                "deposit",
                json!({ "amount_to_deposit": BOUGHT, "amount_to_charge": PRICE, "denomination": "credits" }),
            ),
            1 => ("deposit", json!({ "amount_to_deposit": amount, "amount_to_charge": 0, "denomination": "credits" })),
            2 => ("balance/credits", json!([take(amount), take(1)])),
            _ => ("balance/credits", take(amount)),
        };
        Self { name, account: usize::from(drawn[2]) % ACCOUNTS, path, body, told: None }
    }

    async fn send(&self, client: &Client, accounts: &[CustomerId]) -> Told {
        let client = client.clone().header("X-DedupeId", &self.name);
        let path = format!("/accounts/a_{}/{}", accounts[self.account], self.path);
        told(&client.post(&path, &self.body).await, &self.body)
    }
}

/// Reads an answer: nothing but what the contract says may come back.
fn told(answer: &Answer, body: &Value) -> Told {
    let data = &answer.body["data"];
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("an id in {}", answer.text)).to_owned();
    let (ids, change) = match (answer.status, body) {
        (200, Value::Array(items)) => {
            let events = data["events"].as_array().expect("events");
            let complete = items.iter().zip(events).filter(|(_, event)| event["state"] == "complete");
            let change = complete.map(|(item, _)| item["amount"].as_i64().expect("an amount")).sum();
            (events.iter().map(|event| text(&event["id"])).collect(), Some(change))
        }
        (200, _) if body["amount"].is_i64() => (vec![text(&data["event"]["id"])], body["amount"].as_i64()),
        (402, _) if body["amount"].is_i64() => (vec![text(&answer.body["error"]["event_id"])], Some(0)),
        (200, _) => (vec![text(&data["id"])], data["amount_deposited"].as_i64()),
        (202, _) => (vec![text(&data["id"])], None),
        // The kill came before the card was asked: that charge was given up.
        (402, _) if answer.body["error"]["code"] == "payment_declined" => (Vec::new(), Some(0)),
        _ => panic!("{} to {body}: {}", answer.status, answer.text),
    };
    Told { status: answer.status, ids, change }
}

#[test]
fn thirty_kills_lose_no_movement_and_make_none_twice() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let data = dir.path().join("data");
    let seed = u64::try_from(SystemClock.now().as_micros()).expect("after 1970");
    eprintln!("seed {seed}");
    let random = Random::seeded(seed);
    let (key, accounts) = begin(&data);
    let asked = RefCell::new(Vec::new());
    for life in 0..KILLS {
        // Most lives end with an answer, while others are on their way; some while the server starts.
        let drawn = u64::from_be_bytes(random.bytes::<8>());
        let moment = if life % 6 == 5 { Duration::from_millis(20 + drawn % 880) } else { PATIENCE };
        live_until(&data, moment, async |base| {
            let client = Client::of(&base, &key);
            ask_again(&client, &accounts, &asked, &random).await;
            let left = Cell::new(drawn % 40);
            let clients = (0..CLIENTS)
                .map(|nth| spend(&client, &accounts, &asked, &random, &left, format!("{life}-{nth}")).boxed_local());
            select_all(clients).await;
        });
    }
    let unknown = asked.borrow().iter().filter(|asked: &&Asked| asked.told.is_none()).count();
    // The last life answers what is still unknown; then it is killed as well.
    live_until(&data, PATIENCE, async |base| {
        ask_again(&Client::of(&base, &key), &accounts, &asked, &random).await;
    });
    let asked = asked.into_inner();
    eprintln!("{} requests, {unknown} of them unknown after the last kill", asked.len());
    assert!(asked.len() > 200, "{} requests are too few to say anything", asked.len());
    settle(&data);
    audit(&data, &accounts, &asked);
    let verified = bursar(&data, &["verify"]).output().expect("the binary runs");
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

/// Accounts with cards and something on them, and a key.
fn begin(data: &Path) -> (String, Vec<CustomerId>) {
    let opened = open(data, OpenClock::Running(Arc::new(SystemClock)));
    let made = block_on(async {
        let new = NewApiKey { kind: KeyType::Api, name: "chaos".to_owned(), secret: None };
        let key = opened.app.api_key_create(&merchant(), new).await.expect("a key is made").text;
        let mut accounts = Vec::new();
        for nth in 0..ACCOUNTS {
            let id = customer(&opened.app, &format!("account{nth}"), Some("tok_visa")).await;
            let grant = MakeDeposit {
                customer_id: id.clone(),
                denomination: Some(unit("credits")),
                amount: PAID_IN,
                charge: 0,
                charge_against: None,
            };
            opened.app.deposit_make(&merchant(), grant).await.expect("a grant");
            accounts.push(id);
        }
        (key, accounts)
    });
    opened.app.shutdown();
    made
}

/// Sends what nobody knows about, and a few others: under their names they are answered as they were.
async fn ask_again(client: &Client, accounts: &[CustomerId], asked: &RefCell<Vec<Asked>>, random: &Random) {
    let count = asked.borrow().len();
    for nth in 0..count {
        let is_unknown = asked.borrow()[nth].told.is_none();
        if !is_unknown && random.bytes::<1>()[0] > 2 && nth + 3 < count {
            continue;
        }
        let again = {
            let one = &asked.borrow()[nth];
            Asked { name: one.name.clone(), account: one.account, path: one.path, body: one.body.clone(), told: None }
        };
        let told = again.send(client, accounts).await;
        let known = &mut asked.borrow_mut()[nth].told;
        if let Some(known) = known {
            let is_confirmed = known.change.is_none() && (known.ids == told.ids || told.ids.is_empty());
            assert!(is_confirmed || *known == told, "{}: {known:?}, then {told:?}", again.name);
        }
        *known = Some(told);
    }
}

/// Spends and buys until all clients together had `left` answers.
async fn spend(
    client: &Client,
    accounts: &[CustomerId],
    asked: &RefCell<Vec<Asked>>,
    random: &Random,
    left: &Cell<u64>,
    name: String,
) {
    for nth in 0.. {
        let new = Asked::draw(format!("{name}-{nth}"), random);
        let at = asked.borrow().len();
        let sent = Asked { told: None, name: new.name.clone(), body: new.body.clone(), ..new };
        asked.borrow_mut().push(sent);
        let told = new.send(client, accounts).await;
        asked.borrow_mut()[at].told = Some(told);
        match left.get().checked_sub(1) {
            Some(fewer) => left.set(fewer),
            None => return,
        }
    }
}

/// On a clock moved by hand: charges whose answers were lost come to their end.
fn settle(data: &Path) {
    let clock = Arc::new(ManualClock::new(SystemClock.now().plus(1)));
    let opened = open(data, OpenClock::Manual(Arc::clone(&clock)));
    block_on(opened.app.attempts_recover()).expect("it recovers");
    block_on(opened.app.test_clock_move(&merchant(), clock.now().plus(3 * DAY))).expect("the clock moves");
    let verdict = opened.app.verify(&merchant()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
    opened.app.shutdown();
}

fn audit(data: &Path, accounts: &[CustomerId], asked: &[Asked]) {
    let opened = open(data, OpenClock::OfFile);
    let database = rows(data);
    let ids = |sql: &str| -> BTreeSet<String> {
        let mut rows = database.prepare(sql).expect("a good statement");
        let found = rows.query_map([], |row| row.get(0)).expect("it runs");
        found.map(|id| id.expect("text")).collect()
    };
    // What was made is exactly what clients were told of: nothing is missing, nothing is there twice.
    let told = |prefix: &str| -> Vec<String> {
        let ids = asked.iter().flat_map(|asked| &asked.told.as_ref().expect("all are known").ids);
        ids.filter_map(|id| id.strip_prefix(prefix).map(str::to_owned)).collect()
    };
    let events = told("e_");
    assert_eq!(ids("SELECT id FROM usage_event"), events.iter().cloned().collect(), "events");
    assert_eq!(events.len(), events.iter().collect::<BTreeSet<_>>().len(), "a name made one event");
    let stored = ids("SELECT id FROM deposit");
    assert!(told("d_").iter().all(|id| stored.contains(id)), "a deposit was acknowledged and is gone");
    let named = asked.iter().filter(|asked| asked.path == "deposit").count();
    assert_eq!(stored.len(), named + ACCOUNTS, "a name made one deposit, and each account has its grant");
    assert!(ids("SELECT id FROM deposit WHERE status = 'confirming'").is_empty());
    let succeeded = ids("SELECT id FROM deposit WHERE status = 'succeeded'");
    let bought = ids("SELECT id FROM deposit WHERE status = 'succeeded' AND charged > 0");
    let approved = opened.simulator.charges().into_iter().filter(|entry| entry.state == BookState::Approved);
    let approved: Vec<String> = approved.map(|entry| entry.reference).collect();
    assert_eq!(approved.len(), approved.iter().collect::<BTreeSet<_>>().len(), "one approval per reference");
    assert_eq!(approved.len(), bought.len(), "a bought deposit is one charge, and the other way round");
    for (nth, account) in accounts.iter().enumerate() {
        let of_account = asked.iter().filter(|asked| asked.account == nth);
        let changes = of_account.map(|asked| match asked.told.as_ref().expect("all are known") {
            Told { change: Some(change), .. } => *change,
            // What became of a charge that was being confirmed is in the file.
            Told { ids, .. } if succeeded.contains(ids[0].trim_start_matches("d_")) => BOUGHT,
            Told { .. } => 0,
        });
        let expected = PAID_IN + changes.sum::<i64>();
        let balance = opened.app.balance_find(&merchant(), account, &unit("credits")).expect("it reads");
        assert_eq!((balance.amount, balance.available), (expected, expected), "{account}");
        assert!(balance.amount >= 0, "a gate let {account} below zero");
    }
    opened.app.shutdown();
}
