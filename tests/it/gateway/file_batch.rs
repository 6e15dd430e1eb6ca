//! File batches from outside: every row gets its verdict, is charged once whatever crashes, and leaves no number.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bursar::app::Checkpoint;
use bursar::domain::access::Permission as P;
use bursar::domain::time::{DAY, SECOND};
use bursar::processors::simulator::{Mode, Settings};
use serde_json::{Value, json};

use super::till::{Till, VISA, id_of};
use super::vault::keys;
use crate::support::{Answer, Client, START, TestApp};

const PATH: &str = "/api/filebatch";
const HEADER: &str = "transaction_type,amount,cc_number,cc_expiration,order_id,description";
const DECLINES: &str = "4000000000000002";

async fn upload(client: &Client, file: &str) -> Answer {
    client.post_part(PATH, "file", file.as_bytes()).await
}

/// Uploads a good file; its id.
async fn batch(till: &Till, file: &str) -> String {
    let answer = upload(&till.client, file).await;
    let data = answer.data(200);
    assert_eq!((keys(data), &data["status"]), (vec!["id", "status"], &json!("pending")), "{}", answer.text);
    id_of(data).to_owned()
}

/// Lets what is due happen.
async fn run(till: &Till) {
    till.app.advance_to(&till.app.now().plus(SECOND).to_string()).await;
}

async fn status(till: &Till, id: &str) -> Value {
    let answer = till.client.get(&format!("{PATH}/{id}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(keys(&answer.body), ["id", "num_lines", "processed_lines", "status"], "no envelope");
    answer.body
}

/// The verdicts of a completed batch: a map of column to cell for each row.
async fn verdicts(till: &Till, id: &str) -> Vec<HashMap<String, String>> {
    let answer = till.client.get(&format!("{PATH}/{id}/download")).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", answer.text);
    assert!(answer.text.starts_with("id,type,"), "{}", answer.text);
    let mut lines = answer.text.lines().map(cells);
    let names = lines.next().expect("a head");
    lines.map(|cells| names.iter().cloned().zip(cells).collect()).collect()
}

/// The cells of a line, out of their quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().expect("one at least").push(c),
        }
    }
    cells
}

fn sales(amounts: std::ops::Range<i64>) -> String {
    let rows = amounts.map(|amount| format!("sale,{amount},{VISA},12/30,A{amount},\n"));
    std::iter::once(format!("{HEADER}\n")).chain(rows).collect()
}

#[tokio::test]
async fn every_row_gets_its_verdict_and_a_bad_one_stops_nothing() {
    let till = Till::open().await;
    let file = format!(
        "\u{feff}{HEADER}\r\n\
         \"sale\",\"1000\",\"{VISA}\",\"12/30\",\"A-1\",\"first\"\r\n\
         sale,10.00,{VISA},12/30,A-2,\r\n\
         sale,300,{DECLINES},12/30,A-3,\r\n\
         sale,400,4242424242424241,12/30,A-4,\r\n\
         gift,500,{VISA},12/30,A-5,\r\n\
         sale,600\r\n\
         verification,0,{VISA},12/30,,\r\n\
         credit,700,{VISA},12/30,,\r\n\
         authorize,800,{VISA},12/30,,last"
    );
    let id = batch(&till, &file).await;
    let early = status(&till, &id).await;
    assert_eq!(
        (&early["status"], &early["num_lines"], &early["processed_lines"]),
        (&json!("pending"), &json!(9), &json!(0))
    );
    let refused = till.client.get(&format!("{PATH}/{id}/download")).await;
    assert_eq!((refused.status, keys(&refused.body)), (400, vec!["msg", "status"]));
    assert_eq!(refused.body["status"], "failed");

    run(&till).await;
    let done = status(&till, &id).await;
    assert_eq!((&done["status"], &done["processed_lines"]), (&json!("completed"), &json!(9)));
    let rows = verdicts(&till, &id).await;
    let told: Vec<[&str; 4]> = rows
        .iter()
        .map(|row| ["line", "status", "response_code", "order_id"].map(|column| row[column].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            ["2", "pending_settlement", "100", "A-1"],
            ["3", "error", "0", "A-2"],
            ["4", "declined", "200", "A-3"],
            ["5", "error", "0", "A-4"],
            ["6", "error", "0", "A-5"],
            ["7", "error", "0", ""],
            ["8", "authorized", "100", ""],
            ["9", "pending_settlement", "100", ""],
            ["10", "authorized", "100", ""],
        ]
    );
    for (row, column) in [(1, "amount"), (3, "cc_number"), (4, "transaction_type"), (5, "row")] {
        assert!(rows[row]["message"].starts_with(&format!("invalid {column}: ")), "{:?}", rows[row]);
        assert_eq!(rows[row]["id"], "");
    }
    let sold = till.again(&json!({ "id": rows[0]["id"] })).await;
    assert_eq!((&sold["transaction_source"], &sold["amount"]), (&json!("batch"), &json!(1000)));
    assert_eq!((&sold["order_id"], &sold["description"]), (&json!("A-1"), &json!("first")));
    assert_eq!(till.count(), 5, "rows that were refused made no transaction");
}

#[tokio::test]
async fn rows_capture_refund_and_charge_stored_customers_in_the_order_of_the_file() {
    let till = Till::open().await;
    let customer =
        json!({ "id": "shop-1", "default_payment": { "card": { "number": VISA, "expiration_date": "12/30" } } });
    assert_eq!(till.client.post("/api/vault/customer", &customer).await.status, 200);
    let settled = till.card("sale", 1000, VISA).await;
    till.settle().await;
    let held = till.card("authorize", 500, VISA).await;
    let (settled, held) = (id_of(&settled).to_owned(), id_of(&held).to_owned());
    let file = format!(
        "transaction_id,transaction_type,amount,customer_id,tax_exempt,billing_postal_code,billing_first_name\n\
         {held},capture,400,,,,\n\
         {held},capture,,,,,\n\
         {settled},refund,600,,,,\n\
         {settled},refund,600,,,,\n\
         {settled},refund,,,,,\n\
         ,refund,100,,,,\n\
         0000000000000000,refund,100,,,,\n\
         ,sale,250,shop-1,true,20000,Ann\n\
         ,sale,250,nobody,,,\n"
    );
    let id = batch(&till, &file).await;
    run(&till).await;
    let rows = verdicts(&till, &id).await;
    let told: Vec<(&str, &str)> = rows.iter().map(|row| (row["type"].as_str(), row["status"].as_str())).collect();
    assert_eq!(
        told,
        [
            ("capture", "pending_settlement"),
            ("capture", "error"),
            ("refund", "pending_settlement"),
            ("refund", "error"),
            ("refund", "pending_settlement"),
            ("refund", "error"),
            ("refund", "error"),
            ("sale", "pending_settlement"),
            ("sale", "error"),
        ],
        "{rows:?}"
    );
    assert_eq!(rows[0]["id"], held);
    assert!(rows[8]["message"].starts_with("invalid customer_id: "), "{:?}", rows[8]);
    let again = till.again(&json!({ "id": settled })).await;
    assert_eq!((&again["amount_refunded"], &again["status"]), (&json!(1000), &json!("refunded")));
    assert_eq!(till.again(&json!({ "id": held })).await["amount_captured"], 400);
    let sold = till.again(&json!({ "id": rows[7]["id"] })).await;
    assert_eq!((&sold["customer_id"], &sold["tax_exempt"]), (&json!("shop-1"), &json!(true)));
    assert_eq!(sold["billing_address"]["first_name"], "Ann");
    assert_eq!(sold["response_body"]["card"]["avs_response_code"], "N", "the postal code was checked");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_whole() {
    let till = Till::open().await;
    let line = [HEADER.as_bytes(), b"\nsale,1,", &vec![b'4'; 10 * 1024 * 1024]].concat();
    let bad_text = [HEADER.as_bytes(), b"\nsale,1,", VISA.as_bytes(), b",12/30,\xff,\n"].concat();
    for (file, problem) in [
        (Vec::new(), "holds no rows"),
        (HEADER.into(), "holds no rows"),
        (b"transaction_type,colour\nsale,red\n".to_vec(), "column 2 of the header is not known"),
        (b"amount\n1\n".to_vec(), "does not name transaction_type"),
        (format!("sale,100,{VISA},12/30\n").into(), "column 1 of the header is not known"),
        (line, "line 2 is longer than 16384 bytes"),
        (bad_text, "line 2 is not UTF-8"),
    ] {
        let answer = till.client.post_part(PATH, "file", &file).await;
        assert_eq!(
            (answer.status, answer.body["status"].as_str()),
            (400, Some("failed")),
            "{problem}: {}",
            answer.text
        );
        assert!(answer.msg().contains(problem) && !answer.msg().contains("4242"), "{problem}: {}", answer.msg());
    }
    let other = till.client.post_part(PATH, "picture", HEADER.as_bytes()).await;
    assert_eq!((other.status, other.msg()), (400, "bad request error: invalid file: is required"));
    let json = till.client.post(PATH, &json!({})).await;
    assert!(json.status == 400 && json.msg().contains("multipart/form-data"), "{}", json.text);
    assert_eq!(till.rows("file_batch") + till.rows("file_batch_row"), 0, "nothing is left of a refused file");
}

#[tokio::test]
async fn a_key_makes_one_batch_of_one_file() {
    let till = Till::open().await;
    let client = till.client.clone().header("idempotency-key", "f-1");
    let first = upload(&client, &sales(100..103)).await.data(200).clone();
    assert_eq!(upload(&client, &sales(100..103)).await.data(200)["id"], first["id"]);
    assert_eq!(upload(&client, &sales(100..104)).await.status, 422);
    assert_eq!((till.rows("file_batch"), till.rows("file_batch_row")), (1, 3));
    assert_ne!(batch(&till, &sales(100..103)).await, id_of(&first), "without the key it is another file");
}

#[tokio::test]
async fn rows_run_with_the_rights_of_whoever_uploaded_them() {
    let till = Till::open().await;
    let clerk = till.app.standard(&[P::AccessFileBatch, P::ProcessSale]).await;
    let file = format!("{HEADER}\nsale,100,{VISA},12/30,,\ncredit,100,{VISA},12/30,,\n");
    let id = id_of(upload(&clerk, &file).await.data(200)).to_owned();
    assert_eq!(upload(&till.app.standard(&[P::ProcessSale]).await, &file).await.status, 403);
    let other = till.app.standard(&[P::AccessFileBatch]).await;
    assert_eq!(other.get(&format!("{PATH}/{id}")).await.status, 404, "somebody else's");
    assert_eq!(clerk.get(&format!("{PATH}/{id}")).await.status, 200);
    run(&till).await;
    let rows = verdicts(&till, &id).await;
    assert_eq!((rows[0]["response_code"].as_str(), rows[1]["status"].as_str()), ("100", "error"));
    assert_eq!(rows[1]["message"], "forbidden: process_credit");
}

#[tokio::test]
async fn no_cell_of_the_download_is_a_formula() {
    let till = Till::open().await;
    let file = format!(
        "{HEADER}\nsale,100,{VISA},12/30,=1+1,\nsale,-5,{VISA},12/30,@SUM(A1),\nsale,100,{VISA},12/30,\"  ＝1\",\n"
    );
    let id = batch(&till, &file).await;
    run(&till).await;
    let rows = verdicts(&till, &id).await;
    let shown: Vec<&str> = rows.iter().map(|row| row["order_id"].as_str()).collect();
    assert_eq!(shown, ["'=1+1", "'@SUM(A1)", "'＝1"]);
    let download = till.client.get(&format!("{PATH}/{id}/download")).await;
    assert!(download.header("content-disposition").starts_with("attachment; filename=\"filebatch-"));
    assert_eq!(download.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn verdicts_are_kept_ten_days() {
    let till = Till::open().await;
    let id = batch(&till, &sales(100..102)).await;
    run(&till).await;
    till.app.advance_to(&till.app.now().plus(10 * DAY - 2 * SECOND).to_string()).await;
    assert_eq!(verdicts(&till, &id).await.len(), 2);
    till.app.advance_to(&till.app.now().plus(3 * SECOND).to_string()).await;
    assert_eq!(till.client.get(&format!("{PATH}/{id}/download")).await.status, 404);
    till.app.advance_to(&till.app.now().plus(2 * DAY).to_string()).await;
    assert_eq!(till.rows("file_batch") + till.rows("file_batch_row"), 0);
}

#[tokio::test]
async fn an_outcome_that_nobody_knows_is_waited_for_and_no_number_rests_in_the_folder() {
    const LOST: &str = "4000000000003220";
    let till = Till::open().await;
    let file = format!("{HEADER}\nsale,100,{LOST},12/30,,\nsale,200,{VISA},12/30,,\nsale,x,5555555555554444,12/30,,\n");
    let id = batch(&till, &file).await;
    assert_eq!(till.rows("file_batch_row WHERE sealed IS NOT NULL"), 3);
    assert_no_number(&till.app, "before it ran");
    till.app.app().job_run_named(&crate::support::command(), "run_file_batches").await.expect("the job runs");
    let waiting = status(&till, &id).await;
    assert_eq!((&waiting["status"], &waiting["processed_lines"]), (&json!("processing"), &json!(2)));
    assert_eq!(till.rows("file_batch_row WHERE sealed IS NOT NULL"), 0, "also of the row that waits");
    till.app.advance_to(&till.app.now().plus(DAY).to_string()).await;
    assert_eq!(verdicts(&till, &id).await[0]["response_code"], "100", "a look-up found it");
    assert_eq!(till.app.simulator().charges().len(), 2);
    assert_no_number(&till.app, "after it ran");
}

fn assert_no_number(app: &TestApp, when: &str) {
    let names = std::fs::read_dir(app.data_dir()).expect("the folder").map(|entry| entry.expect("an entry").path());
    for path in names.filter(|path| path.is_file()) {
        let bytes = std::fs::read(&path).expect("a file");
        for number in ["4000000000003220", VISA, "5555555555554444"] {
            let found = bytes.windows(number.len()).any(|window| window == number.as_bytes());
            assert!(!found, "{number} {when} in {}", path.display());
        }
    }
}

/// Dies the `nth` time the program comes to `point`; nothing goes on afterwards.
fn dies_at(point: &'static str, nth: usize) -> (Checkpoint, Arc<AtomicUsize>) {
    let seen = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&seen);
    let alive = move |at: &'static str| {
        if at == point {
            counter.fetch_add(1, Ordering::SeqCst) + 1 < nth
        } else {
            counter.load(Ordering::SeqCst) < nth
        }
    };
    (Arc::new(alive), seen)
}

#[tokio::test]
async fn a_crash_anywhere_charges_no_row_twice_and_the_verdict_is_true() {
    // Where nothing has left yet, or everything was answered, every row ends charged. In between, rows on their way
    // may be lost before they left; they are told "NOT SENT" when that is certain.
    let points = [
        ("intent committed", true),
        ("prepared", true),
        ("prepared committed", true),
        ("sending committed", false),
        ("answered", false),
        ("outcome committed", false),
        ("rows run", true),
        ("verdicts committed", true),
    ];
    for mode in [Mode::OneStep, Mode::TwoStep] {
        for (point, all_charged) in points {
            if mode == Mode::OneStep && point.starts_with("prepared") {
                continue;
            }
            crash(mode, point, 1, all_charged).await;
            if !all_charged {
                crash(mode, point, 4, false).await;
            }
        }
    }
}

/// Runs a file, dies the `nth` time at `point`, starts again, and compares verdicts with the bank's book.
async fn crash(mode: Mode, point: &'static str, nth: usize, all_charged: bool) {
    let (checkpoint, seen) = dies_at(point, nth);
    let settings = Settings { mode, ..Settings::default() };
    let mut till = Till::of(TestApp::start_with(START, settings, None).await);
    let id = batch(&till, &sales(100..106)).await;
    till.app.set_checkpoint(Some(checkpoint));
    till.app.restart().await;
    let crashed = till.app.app().job_run_named(&crate::support::command(), "run_file_batches").await;
    assert!(crashed.is_err() && seen.load(Ordering::SeqCst) >= nth, "{mode:?} {point}: it died there");
    till.app.set_checkpoint(None);
    till.app.restart().await;
    till.client = till.app.key();
    till.app.advance_to(&till.app.now().plus(3 * DAY).to_string()).await;
    let (rows, book) = (verdicts(&till, &id).await, till.app.simulator().charges());
    assert_eq!(rows.len(), 6);
    for row in rows {
        let amount: i64 = row["amount"].parse().expect("an amount");
        let charged = book.iter().filter(|entry| entry.amount.minor() == amount).count();
        assert_eq!(charged, usize::from(row["response_code"] == "100"), "{mode:?} {point} {nth} {row:?}");
        assert!(charged == 1 || (!all_charged && row["message"] == "NOT SENT"), "{mode:?} {point} {nth} {row:?}");
    }
    assert_eq!(till.rows("file_batch_row WHERE sealed IS NOT NULL"), 0, "{mode:?} {point}");
}

#[tokio::test]
async fn an_upload_that_dies_on_the_way_is_never_run() {
    let mut till = Till::open().await;
    for (point, runs) in [("rows stored", false), ("file stored", true)] {
        till.app.set_checkpoint(Some(dies_at(point, 1).0));
        till.app.restart().await;
        till.client = till.app.key();
        assert_eq!(upload(&till.client, &sales(100..103)).await.status, 500, "{point}");
        till.app.set_checkpoint(None);
        till.app.restart().await;
        till.client = till.app.key();
        let before = till.count();
        till.app.advance_to(&till.app.now().plus(2 * DAY).to_string()).await;
        assert_eq!(till.count() - before, if runs { 3 } else { 0 }, "{point}");
        assert_eq!(till.rows("file_batch WHERE status = 'uploading'"), 0, "{point}: what never arrived is forgotten");
    }
}
