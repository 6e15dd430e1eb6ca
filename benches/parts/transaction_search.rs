//! Filters of the transaction search, as a ratio to finding one transaction by its id in the same run.

use std::path::Path;
use std::sync::Arc;

use bursar::app::App;
use bursar::app::bootstrap::OpenClock;
use bursar::app::job::Job;
use bursar::app::transaction::TransactionQuery;
use bursar::clock::{Stopwatch, SystemClock};
use bursar::domain::id::TransactionId;
use bursar::domain::time::Timestamp;
use bursar::domain::transaction::search::{
    AddressPart, Comparison, NumberField, TextComparison, TextField, TextWanted, TransactionFilter,
};
use bursar::error::Result;
use futures_util::stream;

use crate::billing::{command, connect, open};
use crate::search::{Asked, ask, line};

/// Transactions in the short form and in the full one.
const TRANSACTIONS: [u32; 2] = [20_000, 1_000_000];

/// A filter that transaction `n` fits, made at `n` seconds after the first; `fill` says how values are spread.
type Kind = (&'static str, fn(u32, Timestamp) -> TransactionFilter);

/// Prints a line for each filter.
pub(crate) fn run(dir: &Path, is_full: bool) {
    let transactions = TRANSACTIONS[usize::from(is_full)];
    let data = dir.join("transactions");
    let app = open(&data, OpenClock::Running(Arc::new(SystemClock)));
    template(&app);
    let first = app.now().plus(-i64::from(transactions) * 1_000_000);
    let watch = Stopwatch::start();
    fill(&data.join("bursar.db"), transactions, first);
    println!("  {transactions} transactions were written in {:.0} s", watch.elapsed().as_secs_f64());
    let by_id: Asked = ask(|n| {
        let id = TransactionId::from_stored(format!("T{:015}", n % transactions));
        app.transaction_find(&command(), &id).expect("the transaction is there");
        1
    });
    println!("  {:<28} {:>9} {:>10} {:>10} {:>9}", "filter", "found", "p50 ms", "p99 ms", "ratio");
    line("(one by its id)", &by_id, by_id.p50_ms);
    for (name, filter) in KINDS {
        let asked = ask(|n| {
            let query = TransactionQuery {
                filter: filter(n % transactions, first),
                full_number: None,
                duration: None,
                limit: 10,
                offset: 0,
            };
            app.transaction_search(&command(), query).expect("the search is answered").1
        });
        line(name, &asked, by_id.p50_ms);
    }
}

/// One real sale, whose row the others are like.
fn template(app: &App) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime starts");
    let file = "transaction_type,amount,cc_number,cc_expiration\nsale,100,4111111111111111,12/30\n".to_owned();
    let pieces = stream::iter([Result::Ok(file)]);
    runtime.block_on(app.file_batch_upload(&command(), pieces)).expect("the file is taken");
    runtime.block_on(app.job_run(Job::RunFileBatches)).expect("the sale is made");
}

fn text(field: TextField, value: String) -> TransactionFilter {
    TransactionFilter { texts: vec![(field, is(value))], ..TransactionFilter::default() }
}

fn billing(part: AddressPart, value: String) -> TransactionFilter {
    TransactionFilter { billing: vec![(part, is(value))], ..TransactionFilter::default() }
}

fn is(value: String) -> TextWanted {
    TextWanted { value, comparison: TextComparison::Equal }
}

fn minute(n: u32, first: Timestamp) -> (Option<Timestamp>, Option<Timestamp>) {
    let from = first.plus(i64::from(n) * 1_000_000);
    (Some(from), Some(from.plus(59_999_999)))
}

const KINDS: &[Kind] = &[
    ("(nothing)", |_, _| TransactionFilter::default()),
    ("transaction_id", |n, _| text(TextField::TransactionId, format!("T{n:015}"))),
    ("order_id", |n, _| text(TextField::OrderId, format!("order{n}"))),
    ("transaction_or_order_id", |n, _| text(TextField::TransactionOrOrderId, format!("order{n}"))),
    ("po_number", |n, _| text(TextField::PoNumber, format!("po{n}"))),
    ("customer_id (20)", |n, _| text(TextField::CustomerId, format!("c{}", n % 50_000))),
    ("ip_address (100)", |n, _| text(TextField::IpAddress, format!("10.0.0.{}", n % 10_000))),
    ("last_four (100)", |n, _| text(TextField::LastFour, format!("{:04}", n % 10_000))),
    ("billing email", |n, _| billing(AddressPart::Email, format!("user{n}@example.com"))),
    ("billing last_name (20)", |n, _| billing(AddressPart::LastName, format!("Last{}", n % 50_000))),
    ("billing first_name (1,000)", |n, _| billing(AddressPart::FirstName, format!("First{}", n % 1_000))),
    ("billing city (200)", |n, _| billing(AddressPart::City, format!("City {}", n % 5_000))),
    ("amount = (100)", |n, _| TransactionFilter {
        numbers: vec![(NumberField::Amount, Comparison::Equal, i64::from(n % 10_000) + 1)],
        ..TransactionFilter::default()
    }),
    ("created_at, a minute", |n, first| TransactionFilter {
        created: minute(n, first),
        ..TransactionFilter::default()
    }),
    ("settled_at, a minute", |n, first| TransactionFilter {
        settled: minute(n, first),
        ..TransactionFilter::default()
    }),
    ("updated_at, a minute", |n, first| TransactionFilter {
        updated: minute(n, first),
        ..TransactionFilter::default()
    }),
    ("status, of nearly all", |_, _| text(TextField::Status, "settled".to_owned())),
    ("status, rare (1,000)", |_, _| text(TextField::Status, "declined".to_owned())),
];

/// Transactions like the first, written past the program, a second apart.
fn fill(file: &Path, transactions: u32, first: Timestamp) {
    let first = first.as_micros();
    connect(file)
        .execute_batch(&format!(
            "PRAGMA cache_size=-262144; BEGIN IMMEDIATE;
             WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < {transactions})
             INSERT INTO txn (id, type, status, response_code, source, currency, amount_minor, base_amount_minor,
                 authorized_minor, captured_minor, settled_minor, processor_id, method, payment_type, customer_id,
                 order_id, po_number, ip_address, billing_address_json, details_json, response_json, created_at,
                 updated_at, captured_at, settled_at)
             SELECT printf('T%015d', n), 'sale', iif(n % 1000 = 0, 'declined', 'settled'), 100, 'api', t.currency,
                 n % 10000 + 1, 0, n % 10000 + 1, n % 10000 + 1, n % 10000 + 1, t.processor_id, t.method,
                 t.payment_type, 'c' || (n % 50000), 'order' || n, 'po' || n, '10.0.0.' || (n % 10000),
                 json_object('first_name', 'First' || (n % 1000), 'last_name', 'Last' || (n % 50000),
                     'address_line_1', n || ' Main Street', 'city', 'City ' || (n % 5000),
                     'postal_code', printf('%05d', n % 40000), 'country', 'US',
                     'email', 'user' || n || '@example.com', 'phone', printf('1555%07d', n)),
                 t.details_json, json_set(t.response_json, '$.instrument.last_four', printf('%04d', n % 10000)),
                 {first} + n * 1000000, {first} + n * 1000000, {first} + n * 1000000, {first} + n * 1000000
             FROM n, (SELECT * FROM txn LIMIT 1) t;
             COMMIT"
        ))
        .expect("the rows fit");
}
