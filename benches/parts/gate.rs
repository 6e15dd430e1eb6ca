//! A gated prepaid event over HTTP, durable on answer, beside what it could be at most: the server's own answer without
//! a database, the writer without HTTP, one commit per request, PostgreSQL with a stored function.
//!
//! Server, load and PostgreSQL share the machine's cores; only ratios of one run say anything. The targets are those of
//! PERFORMANCE.md, section 7. Afterwards the books are verified, and each accepted event is one entry in them.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use actix_web::middleware::from_fn;
use actix_web::web::{self, Data, Json};
use actix_web::{App as Web, HttpResponse, HttpServer};
use bursar::app::App;
use bursar::app::api_key::NewApiKey;
use bursar::app::bootstrap::{Open, OpenClock};
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::clock::{Stopwatch, SystemClock};
use bursar::domain::currency::Denomination;
use bursar::domain::id::CustomerId;
use bursar::domain::usage_event::{Cost, EventState, EventType};
use bursar::domain::user::KeyType;
use bursar::http::middleware::{correlation, measure, panic};
use bursar::http::security_headers;
use bursar::ids::Random;
use bursar::processors::simulator;
use bursar::serve::{Application, Options};
use bursar::store::{Role, Tuning};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::billing::{command, connect};
use crate::gate_load::{Load, Rate, Request, draw, middle, send};
use crate::gate_postgres::Postgres;
use crate::measure::{ROUNDS, median, syncs_per_second};

/// Accounts in the short form and in the full one.
const ACCOUNTS: [u32; 2] = [100_000, 1_000_000];
/// How many of them a run of the few uses.
const FEW: u32 = 1_000;
/// Connections.
const CONNECTIONS: [usize; 4] = [1, 16, 64, 256];
/// The number that most targets speak of.
const MANY: usize = 64;
/// Threads that answer requests.
const WORKERS: usize = 2;
/// Seconds of one figure of one round.
const SECONDS: f64 = 1.5;
/// Events of one request to the batch endpoint.
const BATCH: usize = 100;
/// What each account is given.
const GIVEN: i64 = 1_000_000_000;

/// Everything that is measured against.
struct Bench {
    runtime: Runtime,
    app: App,
    key: String,
    server: SocketAddr,
    echo: SocketAddr,
    own: SocketAddr,
    accounts: u32,
}

/// A figure of every round.
#[derive(Default)]
struct Figures {
    rows: Vec<(String, Vec<Rate>)>,
}

impl Figures {
    fn add(&mut self, name: impl Into<String>, rate: Rate) {
        let name = name.into();
        match self.rows.iter_mut().find(|row| row.0 == name) {
            Some(row) => row.1.push(rate),
            None => self.rows.push((name, vec![rate])),
        }
    }

    fn of(&self, name: &str) -> Rate {
        self.rows.iter().find(|row| row.0 == name).map_or_else(Rate::default, |row| middle(&row.1))
    }
}

/// Prints the table and the ratios.
pub(crate) fn run(dir: &Path, is_full: bool) {
    let accounts = ACCOUNTS[usize::from(is_full)];
    let bench = Bench::open(&dir.join("gate"), accounts);
    let watch = Stopwatch::start();
    fill(&dir.join("gate/bursar.db"), accounts);
    let given = bench.runtime.block_on(in_process(&bench.app, 256, Take::Give(accounts)));
    println!("  {accounts} accounts were opened in {:.0} s", watch.elapsed().as_secs_f64());
    let postgres = Postgres::start(dir.parent().unwrap_or(dir), accounts);
    let (mut figures, mut syncs) = (Figures::default(), Vec::new());
    for _ in 0..ROUNDS {
        syncs.push(1_000_000.0 / syncs_per_second(dir));
        bench.round(&mut figures);
        if let Ok(postgres) = &postgres {
            for (name, clients, is_hot) in [("pg", MANY, false), ("pg, 1 client", 1, false), ("pg, hot", MANY, true)] {
                let per_s = postgres.rate(clients, is_hot, 2).expect("pgbench measures");
                figures.add(name, Rate { per_s, ..Rate::default() });
            }
        }
    }
    print(&figures, median(syncs), postgres.as_ref().err());
    drop(postgres);
    let accepted: u64 = figures.rows.iter().filter(|row| is_taken(&row.0)).map(|row| middle(&row.1).answers).sum();
    let verdict = bench.app.verify(&command()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
    assert_eq!(verdict.entries, given + accepted, "each accepted event is one entry, and nothing else is");
    println!("  {}", verdict.sentence());
}

/// Whether a row counts events that were taken.
fn is_taken(name: &str) -> bool {
    !name.starts_with("echo") && !name.starts_with("own") && !name.starts_with("pg")
}

impl Bench {
    fn open(data: &Path, accounts: u32) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(WORKERS).enable_all().build();
        let runtime = runtime.expect("a runtime starts");
        let options = Options {
            open: Open {
                data_dir: data.to_owned(),
                key_file: None,
                role: Role::Server,
                clock: OpenClock::Running(Arc::new(SystemClock)),
                random: Arc::new(Random::system()),
                public_url: String::new(),
                simulator: simulator::Settings::default(),
                relay: None,
                checkpoint: None,
                outbound: bursar::outbound::Settings::default(),
            },
            listen: "127.0.0.1:0".parse().expect("an address"),
            workers: WORKERS,
            trusted_proxies: Vec::new(),
        };
        let application = runtime.block_on(Application::build(options)).expect("the program starts");
        let (app, server) = (application.app().clone(), application.address());
        runtime.spawn(application.run_until_stopped());
        let new = NewApiKey { kind: KeyType::Api, name: "bench".to_owned(), secret: None };
        let key = runtime.block_on(app.api_key_create(&command(), new)).expect("a key is made").text;
        let (echo, own) = (echo(&runtime, None), echo(&runtime, Some(app.clone())));
        Self { runtime, app, key, server, echo, own, accounts }
    }

    fn send(&self, address: SocketAddr, connections: usize, request: Request<'_>) -> Rate {
        send(Load { address, key: &self.key, connections, seconds: SECONDS }, request)
    }

    fn round(&self, figures: &mut Figures) {
        let debit = |accounts: u32| move |n: u64| (path(n, accounts), body());
        let spread = debit(self.accounts);
        for connections in CONNECTIONS {
            figures.add(format!("echo {connections}"), self.send(self.echo, connections, &spread));
            figures.add(format!("own {connections}"), self.send(self.own, connections, &spread));
            figures.add(format!("gate {connections}"), self.send(self.server, connections, &spread));
        }
        figures.add("few accounts", self.send(self.server, MANY, &debit(FEW)));
        figures.add("hot account", self.send(self.server, MANY, &debit(1)));
        self.app.writer_tune(Tuning { group_max: Some(1), is_behind: false });
        figures.add("one commit each", self.send(self.server, MANY, &spread));
        self.app.writer_tune(Tuning { group_max: None, is_behind: false });
        figures.add("row by row", self.send(self.server, MANY, &spread));
        self.app.writer_tune(Tuning::default());
        let many = |n: u64| (path(n, self.accounts), format!("[{}]", vec![body(); BATCH].join(",")));
        let batches = self.send(self.server, 8, &many);
        let events = batches.answers * BATCH as u64;
        figures.add("batches of 100", Rate { per_s: batches.per_s * BATCH as f64, answers: events, ..batches });
        let watch = Stopwatch::start();
        let taken = self.runtime.block_on(in_process(&self.app, 256, Take::For(SECONDS, self.accounts)));
        let per_s = taken as f64 / watch.elapsed().as_secs_f64();
        figures.add("in process", Rate { per_s, answers: taken, ..Rate::default() });
    }
}

fn path(n: u64, accounts: u32) -> String {
    format!("/accounts/a_{}/balance/credits", id(n, accounts))
}

fn id(n: u64, accounts: u32) -> String {
    format!("gate{}", n % u64::from(accounts))
}

fn body() -> String {
    r#"{"amount":-1,"gate_on_balance":true,"type":"CHAT"}"#.to_owned()
}

/// A server that reads JSON and answers JSON; with `app`, behind the middleware of ours.
fn echo(runtime: &Runtime, app: Option<App>) -> SocketAddr {
    async fn answer(body: Json<Value>) -> HttpResponse {
        let event = json!({ "id": "e_0Qk1s3bTz8Yw2LmN", "account_id": "a_gate1", "type": body["type"], "quantity": 1,
            "state": "complete", "costs": [{ "denomination": "credits", "amount": body["amount"] }] });
        HttpResponse::Ok().json(json!({ "data": { "balance": 1, "available": 1, "event": event } }))
    }
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let routes = |config: &mut web::ServiceConfig| {
        config.service(web::scope("/accounts").route("/{account}/balance/{denomination}", web::post().to(answer)));
    };
    let _in_runtime = runtime.enter();
    let server = match app {
        None => {
            HttpServer::new(move || Web::new().configure(routes)).workers(WORKERS).disable_signals().listen(listener)
        }
        Some(app) => {
            let web = move || {
                Web::new()
                    .wrap(from_fn(panic::catch))
                    .wrap(security_headers::everywhere(false))
                    .wrap(from_fn(measure::measure))
                    .wrap(from_fn(correlation::correlate))
                    .app_data(Data::new(app.clone()))
                    .configure(routes)
            };
            let server = HttpServer::new(web).workers(WORKERS).disable_signals().listen(listener);
            runtime.spawn(server.expect("it listens").run());
            return address;
        }
    };
    runtime.spawn(server.expect("it listens").run());
    address
}

/// Customers, written past the program.
fn fill(file: &Path, accounts: u32) {
    connect(file)
        .execute_batch(&format!(
            "PRAGMA busy_timeout=10000; BEGIN IMMEDIATE;
             WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {accounts})
             INSERT INTO customer (id, created_at, updated_at) SELECT 'gate' || n, 1, 1 FROM n;
             COMMIT"
        ))
        .expect("the rows fit");
}

/// What the clients inside the process do.
#[derive(Clone, Copy)]
enum Take {
    /// Give every account its units.
    Give(u32),
    /// Take one unit of some account, again and again, for so many seconds.
    For(f64, u32),
}

/// So many clients that call `App` themselves; answers how many events were recorded.
async fn in_process(app: &App, clients: usize, take: Take) -> u64 {
    let watch = Stopwatch::start();
    let clients = (0..clients).map(|client| {
        let app = app.clone();
        tokio::spawn(async move {
            let (mut state, mut recorded) = (client as u64, 0);
            let mut next = client as u64;
            loop {
                let (n, amount) = match take {
                    Take::Give(accounts) if next < u64::from(accounts) => (id(next, accounts), -GIVEN),
                    Take::For(seconds, accounts) if watch.elapsed().as_secs_f64() < seconds => {
                        (id(draw(&mut state), accounts), 1)
                    }
                    Take::Give(_) | Take::For(..) => return recorded,
                };
                next += 256;
                let of = CustomerId::parse(&n).expect("an id");
                let made = app.usage_event_record(&command(), &of, usage(amount)).await.expect("it is recorded");
                assert_eq!(made.event.state, EventState::Complete, "{amount} of {n}");
                recorded += 1;
            }
        })
    });
    let mut recorded = 0;
    for client in clients.collect::<Vec<_>>() {
        recorded += client.await.expect("a client ends");
    }
    recorded
}

fn usage(amount: i64) -> RecordUsage {
    let denomination = Denomination::parse("credits").expect("a denomination");
    RecordUsage {
        kind: EventType::parse("CHAT").expect("a type"),
        quantity: 1,
        cost: Some(Cost { denomination, amount }),
        state: NewState::Complete,
        gate_on_balance: true,
        metadata_json: "null".to_owned(),
    }
}

fn print(figures: &Figures, sync_us: f64, no_postgres: Option<&String>) {
    println!("  {:<18} {:>10} {:>10} {:>10}", "", "per second", "p50 us", "p99 us");
    for (name, rounds) in &figures.rows {
        let Rate { per_s, p50_us, p99_us, .. } = middle(rounds);
        println!("  {name:<18} {per_s:>10.0} {p50_us:>10.0} {p99_us:>10.0}");
    }
    println!("  {:<18} {:>10.0} {sync_us:>10.0}", "fsync", 1_000_000.0 / sync_us);
    let rate = |name: &str| figures.of(name).per_s;
    let gate = rate("gate 64");
    let one = figures.of("gate 1").p50_us / (figures.of("echo 1").p50_us + sync_us);
    println!("  {:<56} {:>8} {:>8} {:>8}", "", "here", "solid", "ambitious");
    let line = |what: &str, figure: f64, solid: &str, ambitious: &str| {
        println!("  {what:<56} {figure:>8.2} {solid:>8} {ambitious:>8}");
    };
    line("J1a  64 connections / an echo of actix alone", gate / rate("echo 64"), "0.25", "0.50");
    line("J1a  64 connections / this server without a database", gate / rate("own 64"), "0.25", "0.50");
    line("J1b  64 connections / one commit per request", gate / rate("one commit each"), "7", "15");
    line("     64 connections / each row at once, group commit", gate / rate("row by row"), "", "");
    line("J1c  256 connections / the same in process", rate("gate 256") / rate("in process"), "0.70", "0.85");
    match no_postgres {
        None => {
            line("J1d  64 connections / PostgreSQL, 64 clients", gate / rate("pg"), "2", "5");
            line("J1d  one hot account / PostgreSQL's", rate("hot account") / rate("pg, hot"), "30", "50");
            line("     1 connection / PostgreSQL, 1 client", rate("gate 1") / rate("pg, 1 client"), "", "");
        }
        Some(why) => println!("  J1d  PostgreSQL was not measured: {why}"),
    }
    line("J1e  p99 at 64 connections, ms", figures.of("gate 64").p99_us / 1_000.0, "6", "2");
    line("J1e  p50 of 1 connection / (echo + fsync)", one, "1.5", "1.1");
    line("J1f  batches of 100 / single events (64 connections)", rate("batches of 100") / gate, "1.3", "2");
    line("     all accounts / a thousand", gate / rate("few accounts"), "", "");
}
