//! Every documented filter of the customer search, as a ratio to finding one customer by its id in the same run.

use std::path::Path;
use std::sync::Arc;

use bursar::app::App;
use bursar::app::bootstrap::OpenClock;
use bursar::clock::{Stopwatch, SystemClock};
use bursar::domain::customer::{CustomerFilter, TextMatch};
use bursar::domain::id::CustomerId;
use bursar::domain::time::Timestamp;

use crate::billing::{command, connect, open};

/// Customers in the short form and in the full one.
const CUSTOMERS: [u32; 2] = [20_000, 1_000_000];
/// Questions of each kind; the slow ones are asked less often.
const QUESTIONS: usize = 51;
/// A kind of question that took this long is not asked on, seconds.
const PATIENCE_S: f64 = 10.0;

/// A filter by the value that customer `n` has, and how its values are spread.
type Kind = (&'static str, fn(u32) -> CustomerFilter);

/// Prints a line for each filter.
pub(crate) fn run(dir: &Path, is_full: bool) {
    let customers = CUSTOMERS[usize::from(is_full)];
    let data = dir.join("search");
    let app = open(&data, OpenClock::Running(Arc::new(SystemClock)));
    let watch = Stopwatch::start();
    fill(&data.join("bursar.db"), customers);
    println!("  {customers} customers were written in {:.0} s", watch.elapsed().as_secs_f64());
    let by_id = ask(|n| {
        let id = CustomerId::parse(&format!("c{}", n % customers)).expect("an id");
        app.customer_find(&command(), &id).expect("the customer is there");
        1
    });
    println!("  {:<28} {:>9} {:>10} {:>10} {:>9}", "filter", "found", "p50 ms", "p99 ms", "ratio");
    line("(one by its id)", &by_id, by_id.p50_ms);
    for (name, filter) in KINDS {
        let asked = ask(|n| search(&app, &filter(n % customers)));
        line(name, &asked, by_id.p50_ms);
    }
}

fn search(app: &App, filter: &CustomerFilter) -> u64 {
    app.customer_search(&command(), filter, 10, 0).expect("the search is answered").1
}

/// Prints what was asked of one filter.
pub(crate) fn line(name: &str, asked: &Asked, one_ms: f64) {
    let Asked { found, p50_ms, p99_ms } = asked;
    println!("  {name:<28} {found:>9} {p50_ms:>10.2} {p99_ms:>10.2} {:>8.1}x", p50_ms / one_ms);
}

/// How many the last question found, and how long questions took.
pub(crate) struct Asked {
    pub(crate) found: u64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
}

/// Asks about rows from all over the file.
pub(crate) fn ask(mut question: impl FnMut(u32) -> u64) -> Asked {
    let (mut found, mut times) = (0, Vec::new());
    let all = Stopwatch::start();
    for round in 0..QUESTIONS {
        let n = u32::try_from(round).unwrap_or(0).wrapping_mul(7_919_003).wrapping_add(12_345);
        let watch = Stopwatch::start();
        found = question(n);
        times.push(watch.elapsed().as_secs_f64() * 1_000.0);
        if all.elapsed().as_secs_f64() > PATIENCE_S {
            break;
        }
    }
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[(times.len() - 1) * share / 100];
    Asked { found, p50_ms: at(50), p99_ms: at(99) }
}

macro_rules! text {
    ($name:literal $field:ident $value:literal $($spread:tt)*) => {
        ($name, |n| CustomerFilter { $field: is(format!($value, n $($spread)*)), ..CustomerFilter::default() })
    };
}

/// The spreads are those of `fill`.
const KINDS: &[Kind] = &[
    ("(nothing)", |_| CustomerFilter::default()),
    text!("id" id "c{}"),
    text!("description" description "customer of group {}" % 10_000),
    text!("address_id" address_id "a{}"),
    text!("payment_method_id" payment_method_id "p{}"),
    text!("billing_address_id" billing_address_id "a{}"),
    text!("shipping_address_id" shipping_address_id "a{}"),
    text!("email" email "user{}@example.com"),
    text!("phone" phone "1555{:07}"),
    text!("fax" fax "1556{:07}"),
    text!("address_line_1" line_1 "{} Main Street"),
    text!("company" company "Company {}" % 200_000),
    text!("postal_code" postal_code "{:05}" % 40_000),
    text!("last_name" last_name "Last{}" % 50_000),
    text!("city" city "City {}" % 5_000),
    text!("first_name" first_name "First{}" % 1_000),
    text!("address_line_2" line_2 "Flat {}" % 100),
    text!("state" state "S{}" % 50),
    ("country, rare", |_| CustomerFilter { country: is("SE".to_owned()), ..CustomerFilter::default() }),
    ("country, of nearly all", |_| CustomerFilter { country: is("US".to_owned()), ..CustomerFilter::default() }),
    ("payment_method_type", |_| CustomerFilter {
        payment_method_type: is("ach".to_owned()),
        ..CustomerFilter::default()
    }),
    ("created_at, a minute", |n| CustomerFilter { created: span(n, 60), ..CustomerFilter::default() }),
    ("updated_at, a minute", |n| CustomerFilter { updated: span(n, 60), ..CustomerFilter::default() }),
    ("last_name and city", |n| CustomerFilter {
        last_name: is(format!("Last{}", n % 50_000)),
        city: is(format!("City {}", n % 5_000)),
        ..CustomerFilter::default()
    }),
    ("city, not one street", |n| CustomerFilter {
        city: is(format!("City {}", n % 5_000)),
        line_1: is_not(format!("{n} Main Street")),
        ..CustomerFilter::default()
    }),
    ("id !=", |n| CustomerFilter { id: is_not(format!("c{n}")), ..CustomerFilter::default() }),
    ("email !=", |n| CustomerFilter { email: is_not(format!("user{n}@example.com")), ..CustomerFilter::default() }),
];

fn is(value: String) -> Option<TextMatch> {
    Some(TextMatch { value, is_excluded: false })
}

fn is_not(value: String) -> Option<TextMatch> {
    Some(TextMatch { value, is_excluded: true })
}

/// From the second in which customer `n` was made, so many seconds: a customer a second.
fn span(n: u32, seconds: i64) -> (Option<Timestamp>, Option<Timestamp>) {
    let from = Timestamp::from_micros(START_US + i64::from(n) * 1_000_000);
    (Some(from), Some(from.plus(seconds * 1_000_000 - 1)))
}

/// When the first customer was made: 1 January 2025.
const START_US: i64 = 1_735_689_600_000_000;

/// Customers with an address and a card or account each, written past the program: what it would write, in one go.
fn fill(file: &Path, customers: u32) {
    let numbers = format!("WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {customers})");
    let connection = connect(file);
    connection
        .execute_batch(&format!(
            "PRAGMA cache_size=-262144; BEGIN IMMEDIATE;
             {numbers} INSERT INTO customer (id, description, default_payment_method_id, default_billing_address_id,
                 default_shipping_address_id, created_at, updated_at)
             SELECT 'c' || n, 'customer of group ' || (n % 10000), 'p' || n, 'a' || n, 'a' || n,
                 {START_US} + n * 1000000, {START_US} + n * 1000000 FROM n;
             {numbers} INSERT INTO address (id, customer_id, hash, first_name, last_name, company, line_1, line_2, city,
                 state, postal_code, country, email, phone, fax, created_at, updated_at)
             SELECT 'a' || n, 'c' || n, randomblob(32), 'First' || (n % 1000), 'Last' || (n % 50000),
                 'Company ' || (n % 200000), n || ' Main Street', 'Flat ' || (n % 100), 'City ' || (n % 5000),
                 'S' || (n % 50), printf('%05d', n % 40000), iif(n % 1000 = 0, 'SE', 'US'),
                 'user' || n || '@example.com', printf('1555%07d', n), printf('1556%07d', n),
                 {START_US} + n * 1000000, {START_US} + n * 1000000 FROM n;
             {numbers} INSERT INTO payment_method (id, customer_id, type, brand, masked, last_four, expires_on,
                 routing_number, account_type, sec_code, sealed, fingerprint, created_at, updated_at)
             SELECT 'p' || n, 'c' || n, iif(n % 10 = 0, 'ach', 'card'), iif(n % 10 = 0, '', 'visa'),
                 iif(n % 10 = 0, '******1111', '411111******1111'), '1111', iif(n % 10 = 0, NULL, '2030-12-31'),
                 iif(n % 10 = 0, '490000018', ''), iif(n % 10 = 0, 'checking', ''), iif(n % 10 = 0, 'web', ''),
                 randomblob(64), randomblob(32), {START_US} + n * 1000000, {START_US} + n * 1000000 FROM n;
             COMMIT"
        ))
        .expect("the rows fit");
}
