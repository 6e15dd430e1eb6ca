//! An auditor that trusts nothing of the program: it reads the bank's book and the rows, and compares.

use std::collections::BTreeMap;

use bursar::processors::OperationKind;
use bursar::processors::simulator::{BookEntry, BookState};
use rusqlite::Connection;

use super::fact::{AMOUNT, Client, Fact, Given, TIP, UNITS};
use super::plan;
use super::world::{World, merchant};
use bursar::domain::transaction::TransactionStatus as Status;

/// What an auditor found wrong, as sentences.
#[derive(Default, Debug, PartialEq, Eq)]
pub struct Findings {
    /// Money that moved more than once for one fact.
    pub doubles: Vec<String>,
    /// Money that moved and is not in the books, or the other way round.
    pub unrecorded: Vec<String>,
    /// Anything else.
    pub others: Vec<String>,
}

impl Findings {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.doubles.is_empty() && self.unrecorded.is_empty() && self.others.is_empty()
    }
}

/// Opens the books as somebody with a copy of SQLite would.
#[expect(clippy::disallowed_methods, reason = "the auditor shares no code with the store")]
pub fn database(world: &World) -> Connection {
    Connection::open(world.database()).expect("the file opens")
}

/// Compares the bank's book with the books for one fact that happened after the first `given` lines of the bank.
pub fn audit(world: &World, fact: Fact, given: &Given, lines_before: usize, client: &Client) -> Findings {
    let mut findings = Findings::default();
    let database = database(world);
    let book = world.simulator().charges();
    let approved: Vec<&BookEntry> =
        book.iter().skip(lines_before).filter(|entry| entry.state == BookState::Approved).collect();
    count_approvals(&approved, &mut findings);
    for entry in &approved {
        compare(&database, fact, entry, &mut findings);
    }
    attempts_have_ended(&database, &book, &mut findings);
    promises_hold(&database, client, &mut findings);
    fact_is_done(&database, fact, given, client, &mut findings);
    match world.app().verify(&merchant()) {
        Ok(verdict) if verdict.ok => {}
        Ok(verdict) => findings.others.push(verdict.sentence()),
        Err(why) => findings.others.push(format!("verify: {why:?}")),
    }
    findings
}

/// Every fact here asks for each kind of operation once.
fn count_approvals(approved: &[&BookEntry], findings: &mut Findings) {
    let mut counts: BTreeMap<OperationKind, u32> = BTreeMap::new();
    for entry in approved {
        *counts.entry(entry.operation).or_default() += 1;
    }
    for (operation, count) in counts.into_iter().filter(|(_, count)| *count > 1) {
        findings.doubles.push(format!("{operation:?} was approved {count} times"));
    }
}

/// What the bank approved is a success here, with its effect on the transaction.
fn compare(database: &Connection, fact: Fact, entry: &BookEntry, findings: &mut Findings) {
    let found = database.query_row(
        "SELECT attempt.state, attempt.amount_minor, txn.status, txn.captured_minor
         FROM attempt JOIN txn ON txn.id = attempt.txn_id WHERE attempt.reference = ?1",
        [&entry.reference],
        |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?, row.get::<_, i64>(3)?)),
    );
    let Ok((state, amount, status, captured)) = found else {
        findings.unrecorded.push(format!("{:?} {} is unknown here", entry.operation, entry.reference));
        return;
    };
    let effect = match entry.operation {
        OperationKind::Void => matches!(status.as_str(), "voided" | "reversed") && captured == 0,
        OperationKind::Authorize => status != "declined" && status != "unknown",
        OperationKind::Sale if status == "voided" => captured == 0,
        OperationKind::Sale if fact == Fact::Tip => captured == AMOUNT || captured == AMOUNT + TIP,
        _ => captured == entry.amount.minor() && status != "declined" && status != "unknown",
    };
    let same_amount = entry.operation == OperationKind::Void || amount == entry.amount.minor();
    if state != "succeeded" || !effect || !same_amount {
        findings.unrecorded.push(format!(
            "{:?} of {} was approved; here the attempt is {state} over {amount}, the transaction {status} over {captured}",
            entry.operation, entry.amount
        ));
    }
}

/// Every attempt is final or waits for a person, and every success is in the bank's book.
fn attempts_have_ended(database: &Connection, book: &[BookEntry], findings: &mut Findings) {
    let mut rows = database.prepare("SELECT id, operation, state, reference FROM attempt").expect("a good statement");
    let rows = rows.query_map([], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
    });
    for row in rows.expect("the rows read") {
        let (id, operation, state, reference) = row.expect("a row");
        if !["succeeded", "declined", "absent", "cancelled", "review"].contains(&state.as_str()) {
            findings.others.push(format!("attempt {id} ({operation}) is {state} after more than eight days"));
        }
        let approved =
            book.iter().filter(|entry| entry.reference == reference && entry.state == BookState::Approved).count();
        if state == "succeeded" && approved != 1 {
            findings
                .unrecorded
                .push(format!("attempt {id} ({operation}) succeeded, the bank has {approved} approvals"));
        }
    }
}

/// What a client was told before a crash is still true.
fn promises_hold(database: &Connection, client: &Client, findings: &mut Findings) {
    for (id, told) in &client.told {
        let status: Option<String> =
            database.query_row("SELECT status FROM txn WHERE id = ?1", [id], |row| row.get(0)).ok();
        let Some(now) = status.as_deref().and_then(Status::parse) else {
            findings.others.push(format!("transaction {id} was told and is gone"));
            continue;
        };
        let holds = match told {
            Status::Declined => now == Status::Declined,
            Status::Unknown | Status::Pending => true,
            Status::Voided | Status::Reversed => now == *told,
            _ => !matches!(now, Status::Declined | Status::Unknown | Status::Pending),
        };
        if !holds {
            findings.others.push(format!("transaction {id} was told as {told:?} and is {now:?}"));
        }
    }
}

/// An invoice that is due ends paid once: the page's client and the collector do not give up.
fn fact_is_done(database: &Connection, fact: Fact, given: &Given, client: &Client, findings: &mut Findings) {
    if fact == Fact::Refill {
        return refilled_once(database, findings);
    }
    if matches!(fact, Fact::PlanAttach | Fact::PlanRenewal) {
        return plan::is_done(database, fact, client, findings);
    }
    if !matches!(fact, Fact::InvoicePage | Fact::InvoiceCollected) {
        return;
    }
    let (id, _) = given.invoice.as_ref().expect("the template issued an invoice");
    let (status, total, paid, payments): (String, i64, i64, i64) = database
        .query_row(
            "SELECT status, total_minor, paid_minor, payments FROM invoice WHERE id = ?1",
            [id.as_str()],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .expect("the invoice is there");
    if status != "paid" || total != paid || payments != 1 {
        findings.others.push(format!("the invoice is {status}: {paid} of {total} paid in {payments} payments"));
    }
    if client.told_paid && status != "paid" {
        findings.others.push("the page said that the invoice is paid".to_owned());
    }
}

/// A balance that fell once is refilled once: one charge that succeeded, its units, and nothing under way.
fn refilled_once(database: &Connection, findings: &mut Findings) {
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a good statement");
    let units = count(
        "SELECT COALESCE(SUM(amount), 0) FROM ledger_entry
         WHERE source_kind = 'auto_refill' AND fact = 'balance_credit'",
    );
    let succeeded = count("SELECT COUNT(*) FROM refill WHERE status = 'succeeded'");
    let open = count("SELECT COUNT(*) FROM refill WHERE status = 'confirming'");
    let soft = count("SELECT soft_declines + (off_reason IS NOT NULL) FROM auto_refill");
    if (units, succeeded, open, soft) != (UNITS, 1, 0, 0) {
        let text = format!("{succeeded} refills with {units} units, {open} under way, {soft} declines or off");
        findings.others.push(text);
    }
}
