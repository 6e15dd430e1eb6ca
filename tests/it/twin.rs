//! Two appliances are asked the same, in the same order: one whose writer lets rows of prepaid events wait in memory,
//! one that writes each row at once. Every answer and every row of the file must be the same.

use bursar::app::App;
use bursar::app::balance::ChangeBalance;
use bursar::app::caller::{Caller, Dedupe};
use bursar::app::customer::CreateCustomer;
use bursar::app::deposit::MakeDeposit;
use bursar::app::payment_method::NewMethod;
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::domain::id::{CustomerId, UsageEventId};
use bursar::domain::page::PageAsked;
use bursar::domain::usage_event::{Cost, EventPrice, EventState, EventType, UsageFilter};
use bursar::store::Tuning;
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use rusqlite::Connection;

use crate::support::{TestApp, command};
use crate::treasury::unit;

/// Customers, and denominations of each.
const CUSTOMERS: u64 = 6;
const UNITS: [&str; 3] = ["sms", "USD", "tokens"];
/// Rounds: in each a burst of events at once, then something slower.
const ROUNDS: u64 = 160;
const BURST_MAX: u64 = 40;

/// Splitmix64: a fixed sequence.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB) >> 32) % limit
    }

    fn amount(&mut self) -> i64 {
        match self.below(40) {
            0 => i64::MIN,
            1 => i64::MAX,
            2 => -i64::MAX,
            3 => 0,
            n if n < 18 => -i64::try_from(self.below(60)).expect("small"),
            _ => i64::try_from(self.below(60)).expect("small"),
        }
    }

    fn customer(&mut self) -> CustomerId {
        // One that is not there, now and then.
        let number = self.below(CUSTOMERS * 8);
        CustomerId::parse(&format!("twin-{}", if number == 0 { 99 } else { number % CUSTOMERS })).expect("an id")
    }

    fn usage(&mut self) -> RecordUsage {
        let states =
            [NewState::Complete, NewState::Complete, NewState::Complete, NewState::Pending, NewState::Cancelled];
        let at = usize::try_from(self.below(12)).expect("small");
        let state = *states.get(at).unwrap_or(&NewState::Complete);
        let denomination = unit(UNITS[usize::try_from(self.below(3)).expect("small")]);
        // Without a cost, the prices of the type say it: of several denominations, or of none.
        let cost = (self.below(4) > 0).then(|| Cost { denomination, amount: self.amount() });
        RecordUsage {
            kind: EventType::parse(["CHAT", "CALL", "FREE"][usize::try_from(self.below(3)).expect("small")])
                .expect("a type"),
            quantity: i64::try_from(1 + self.below(3)).expect("small"),
            cost,
            state,
            gate_on_balance: self.below(2) == 0,
            metadata_json: format!("{{\"n\":{}}}", self.below(1000)),
        }
    }

    /// Mostly nobody in particular; sometimes a request that names itself, sometimes by a name that was used.
    fn caller(&mut self) -> Caller {
        let mut caller = command();
        match self.below(10) {
            0 => caller.idempotency_key = Some(format!("key-{}", self.below(50))),
            1 => caller.dedupe = Some(Dedupe { id: format!("name-{}", self.below(50)), content: vec![1] }),
            _ => {}
        }
        caller
    }
}

/// What an appliance told, in words.
type Told = BoxFuture<'static, String>;

/// One request of a burst: a single write, so that the order of the requests is the order of the writes.
fn request(app: &App, draw: &mut Draw) -> Told {
    let (app, of) = (app.clone(), draw.customer());
    match draw.below(30) {
        0 => {
            let caller = draw.caller();
            let news: Vec<_> = (0..1 + draw.below(30)).map(|_| draw.usage()).collect();
            async move { format!("{:?}", app.usage_events_record(&caller, &of, news).await) }.boxed()
        }
        1 => {
            let alert_at = Some(Some(i64::try_from(draw.below(100)).expect("small")));
            let change = ChangeBalance { alert_at, is_paused: Some(draw.below(4) == 0) };
            let denomination = unit(UNITS[usize::try_from(draw.below(3)).expect("small")]);
            async move { format!("{:?}", app.balance_change(&command(), &of, &denomination, change).await) }.boxed()
        }
        2 => {
            let limit = i64::try_from(draw.below(50)).expect("small");
            let denomination = unit(UNITS[usize::try_from(draw.below(3)).expect("small")]);
            async move { format!("{:?}", app.credit_limit_set(&command(), &of, &denomination, limit).await) }.boxed()
        }
        3 => {
            let kind = EventType::parse("CHAT").expect("a type");
            let cost = Cost { denomination: unit("sms"), amount: draw.amount() / 3 };
            async move { format!("{:?}", app.event_price_set(&command(), EventPrice { kind, cost }).await) }.boxed()
        }
        4 | 5 => match pending(&app) {
            Some(id) => {
                let is_complete = draw.below(2) == 0;
                async move { format!("{:?}", app.usage_event_finish(&command(), &id, is_complete).await) }.boxed()
            }
            None => async { String::new() }.boxed(),
        },
        _ => {
            let (mut caller, new) = (draw.caller(), draw.usage());
            // A refusal that is kept is a second write, whose place would be chance.
            caller.dedupe = None;
            async move { format!("{:?}", app.usage_event_record(&caller, &of, new).await) }.boxed()
        }
    }
}

/// A pending event, as the burst before left it.
fn pending(app: &App) -> Option<UsageEventId> {
    let filter = UsageFilter { state: Some(EventState::Pending), ..UsageFilter::default() };
    let asked = PageAsked { limit: 1, before: None };
    let page = app.usage_event_list(&command(), &filter, asked).expect("a page");
    page.rows.first().map(|event| event.id.clone())
}

/// Something of several writes, alone.
async fn slow(twin: &TestApp, draw: &mut Draw) -> String {
    let (app, of) = (twin.app(), draw.customer());
    match draw.below(7) {
        0 | 1 => {
            let charge = i64::try_from(draw.below(2) * 100).expect("small");
            let denomination = Some(unit("sms"));
            let amount = i64::try_from(1 + draw.below(90)).expect("small");
            let deposit = MakeDeposit { customer_id: of, denomination, amount, charge, charge_against: None };
            format!("{:?}", app.deposit_make(&draw.caller(), deposit).await)
        }
        2 => {
            let (denomination, charge_against) = (Some(unit("tokens")), Some(unit("sms")));
            let amount = i64::try_from(1 + draw.below(30)).expect("small");
            let deposit = MakeDeposit { customer_id: of, denomination, amount, charge: 7, charge_against };
            format!("{:?}", app.deposit_make(&command(), deposit).await)
        }
        3 => {
            let minutes = i64::try_from(draw.below(45)).expect("small");
            twin.clock().advance_to(twin.now().plus(minutes * 60_000_000));
            format!("{:?}", app.usage_events_expire(&command()).await)
        }
        4 => {
            // The hour of some is over, and nobody has looked yet.
            twin.clock().advance_to(twin.now().plus(1_800_000_000));
            String::new()
        }
        5 => {
            let (caller, new) = (draw.caller(), draw.usage());
            format!("{:?}", app.usage_event_record(&caller, &of, new).await)
        }
        _ => {
            let verdict = app.events_after(&command(), 0, 1_000_000).expect("the feed");
            format!("{:?}", verdict.last())
        }
    }
}

/// Every row of every table, with its table; but the company's, which holds the address that each was served at.
fn rows(twin: &TestApp) -> Vec<String> {
    let file = twin.data_dir().join("bursar.db");
    let connection = Connection::open(file).expect("the file opens");
    let mut tables = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'company' ORDER BY name")
        .expect("the schema");
    let tables: Vec<String> =
        tables.query_map([], |row| row.get(0)).expect("the schema").collect::<Result<_, _>>().expect("names");
    let mut rows = Vec::new();
    for table in tables {
        let mut query = connection.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = query.column_count();
        let mut found = query.query([]).expect("its rows");
        while let Some(row) = found.next().expect("a row") {
            let cells: Vec<String> = (0..columns).map(|at| format!("{:?}", row.get_ref(at).expect("a cell"))).collect();
            rows.push(format!("{table}: {}", cells.join(" ")));
        }
    }
    rows
}

async fn furnish(twin: &TestApp) {
    for number in 0..CUSTOMERS {
        let id = Some(CustomerId::parse(&format!("twin-{number}")).expect("an id"));
        let tokens = ["tok_visa", "tok_chargeDeclined"];
        let method =
            tokens.get(usize::try_from(number).expect("small")).map(|token| NewMethod::Token((*token).to_owned()));
        let new = CreateCustomer { id, method, ..CreateCustomer::default() };
        twin.app().customer_create(&command(), new).await.expect("the customer is new");
    }
    for (kind, denomination, amount) in [("CHAT", "sms", 3), ("CALL", "sms", 5), ("CALL", "tokens", -2)] {
        let cost = Cost { denomination: unit(denomination), amount };
        let kind = EventType::parse(kind).expect("a type");
        twin.app().event_price_set(&command(), EventPrice { kind, cost }).await.expect("a price");
    }
}

/// Runs everything on one of the twins; answers what it told.
async fn live(twin: &TestApp, seed: u64) -> Vec<String> {
    let (mut draw, mut told) = (Draw(seed), Vec::new());
    furnish(twin).await;
    for _ in 0..ROUNDS {
        let burst: Vec<Told> = (0..1 + draw.below(BURST_MAX)).map(|_| request(twin.app(), &mut draw)).collect();
        told.extend(join_all(burst).await);
        told.push(slow(twin, &mut draw).await);
    }
    told
}

#[tokio::test]
async fn twins_tell_and_keep_the_same() {
    for seed in [1, 2] {
        let (waiting, at_once) = (TestApp::start().await, TestApp::start().await);
        at_once.app().writer_tune(Tuning { is_behind: false, ..Tuning::default() });
        let (left, right) = (live(&waiting, seed).await, live(&at_once, seed).await);
        for (at, (left, right)) in left.iter().zip(&right).enumerate() {
            assert_eq!(left, right, "answer {at} of seed {seed}");
        }
        assert!(left.len() > 2_000, "thousands of requests");
        for state in ["Complete", "Pending", "Cancelled", "Gated", "OutOfRange", "NotFound", "EventFinal"] {
            assert!(left.iter().any(|told| told.contains(state)), "nothing was told of {state}");
        }
        for (left, right) in rows(&waiting).iter().zip(&rows(&at_once)) {
            assert_eq!(left, right, "a row of seed {seed}");
        }
        assert_eq!(rows(&waiting).len(), rows(&at_once).len());
        let verdict = waiting.app().verify(&command()).expect("the books can be read");
        assert!(verdict.ok, "{}", verdict.sentence());
    }
}
