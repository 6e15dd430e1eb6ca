//! Proving the books: every total, balance, invoice and hash is computed again, and the processor's record compared.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{App, Caller};
use crate::domain::access::Action;
use crate::domain::id::TransactionId;
use crate::domain::ledger::{Form, Side, Totals, hash_input};
use crate::domain::prepaid_charge::units_back;
use crate::domain::time::DAY;
use crate::error::{Error, Result};
use crate::processors::OperationKind;
use crate::processors::simulator::{BookState, Simulator};
use crate::store::audit::{self, AccountRow, EntryRow, Moved};
use crate::store::{self, ReadTx};

/// A verification asks whether a card is good.
const OPERATION_WITHOUT_MONEY: &str = "verify";
/// Rows read at once.
const CHUNK: u32 = 5_000;
/// Problems of one kind that are listed.
const PROBLEMS_MAX: u32 = 20;
/// An open attempt older than this should have been given to a person, microseconds.
const DEADLINE_US: i64 = 8 * DAY;

/// The verdict.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
pub struct Verdict {
    /// Whether the books hold.
    pub ok: bool,
    /// What does not, as sentences.
    pub problems: Vec<String>,
    /// Ledger entries proven.
    pub entries: u64,
    /// Ledger accounts proven.
    pub accounts: u64,
    /// Events, gap-free.
    pub events: i64,
    /// Hash of the last entry: the same books have the same.
    pub head: String,
}

impl Verdict {
    /// One line for people.
    pub fn sentence(&self) -> String {
        if self.ok {
            format!(
                "the books hold: {} entries in {} accounts, {} events, head {}",
                self.entries,
                self.accounts,
                self.events,
                self.head.get(..16).unwrap_or("")
            )
        } else {
            format!("THE BOOKS DO NOT HOLD: {}", self.problems.join("; "))
        }
    }
}

/// What the entries say, computed from nothing.
#[derive(Default)]
struct Recount {
    totals: BTreeMap<i64, Totals>,
    /// What each reservation held: debit account, credit account, amount.
    reserved: BTreeMap<i64, i64>,
    entries: u64,
    head: [u8; 32],
    problems: Vec<String>,
}

impl App {
    /// Proves the books and compares them with the processor's record where it can be read.
    ///
    /// # Errors
    /// `Forbidden`; whatever the file refuses. Books that do not hold are no error but a verdict.
    pub fn verify(&self, caller: &Caller) -> Result<Verdict> {
        caller.may(Action::CompanyView)?;
        let now = self.now();
        let remembered = match self.store().memory_problems() {
            // The file can be proved while nothing can be written to it.
            Err(Error::Busy) => Vec::new(),
            other => other?,
        };
        self.store().read(|tx| {
            let mut recount = recount(tx)?;
            let accounts = audit::accounts(tx)?;
            let mut problems = audit::file_problems(tx)?;
            problems.extend(remembered);
            problems.append(&mut recount.problems);
            problems.extend(account_problems(&accounts, &recount.totals));
            let wrong = store::invoice::list_inconsistent(tx, PROBLEMS_MAX)?;
            problems.extend(wrong.into_iter().map(|id| format!("invoice {id}: its sums contradict its lines")));
            problems.extend(audit::invoices_paid_otherwise(tx, PROBLEMS_MAX)?);
            problems.extend(audit::plan_grants_moved_otherwise(tx, PROBLEMS_MAX)?);
            problems.extend(audit::plan_steps_paid_otherwise(tx, PROBLEMS_MAX)?);
            problems.extend(audit::refills_credited_otherwise(tx, PROBLEMS_MAX)?);
            problems.extend(audit::orders_charged_otherwise(tx, PROBLEMS_MAX)?);
            problems.extend(return_problems(tx)?);
            problems.extend(document_problems(tx, &accounts)?);
            problems.extend(audit::attempts_forgotten(tx, now.plus(-DEADLINE_US), PROBLEMS_MAX)?);
            problems.extend(self.processor_problems(tx)?);
            let (events, first, last) = audit::event_numbers(tx)?;
            if first != 1 || events != last {
                problems.push(format!("events have gaps: {events} of {last}"));
            }
            Ok(Verdict {
                ok: problems.is_empty(),
                problems,
                entries: recount.entries,
                accounts: u64::try_from(accounts.len()).unwrap_or(0),
                events,
                head: hex::encode(recount.head),
            })
        })
    }

    /// Every success of ours is one approval in the simulator's book, and every approval there is known here.
    fn processor_problems(&self, tx: &ReadTx<'_>) -> Result<Vec<String>> {
        let mut problems = Vec::new();
        for id in self.processors().ids() {
            let Some(processor) = self.processors().get(&id) else { continue };
            let Some(simulator) = processor.simulator() else { continue };
            problems.extend(book_problems(tx, &id, simulator)?);
        }
        Ok(problems)
    }
}

fn book_problems(tx: &ReadTx<'_>, processor_id: &str, simulator: &Simulator) -> Result<Vec<String>> {
    let mut approvals: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for entry in simulator.charges() {
        if entry.state == BookState::Approved && entry.operation != OperationKind::Verify {
            approvals.entry(entry.reference).or_default().push(entry.amount.minor());
        }
    }
    let mut problems = Vec::new();
    let mut after = 0;
    loop {
        let moved = audit::attempts_succeeded_after(tx, after, CHUNK)?;
        let Some(last) = moved.last() else { break };
        after = last.key;
        for attempt in moved.iter().filter(|attempt| attempt.processor_id == processor_id) {
            let approved = approvals.get(&attempt.reference).map_or(&[][..], Vec::as_slice);
            if let Some(problem) = moved_otherwise(attempt, approved) {
                problems.push(format!("attempt {} of transaction {} {problem}", attempt.id, attempt.transaction_id));
            }
        }
    }
    for reference in approvals.keys() {
        match audit::attempt_state(tx, reference)?.as_deref() {
            Some("declined" | "absent" | "cancelled") => {
                problems.push(format!("the processor approved {reference}, the books say it failed"));
            }
            None => problems.push(format!("the processor approved {reference}, which the books do not know")),
            Some(_) => {}
        }
    }
    Ok(problems)
}

/// What is wrong between a success of ours and the processor's approvals of it.
fn moved_otherwise(attempt: &Moved, approved: &[i64]) -> Option<String> {
    match approved {
        _ if attempt.operation == OPERATION_WITHOUT_MONEY => None,
        [] if attempt.is_by_hand => None,
        [] => Some("succeeded here, the processor knows nothing of it".to_owned()),
        [amount] if *amount == attempt.moved_minor || attempt.operation == "void" => None,
        [amount] => Some(format!("moved {} here and {amount} at the processor", attempt.moved_minor)),
        [_, _, ..] => Some("was charged twice at the processor".to_owned()),
    }
}

/// Walks the chain of entries, hashing and adding up.
fn recount(tx: &ReadTx<'_>) -> Result<Recount> {
    let mut recount = Recount::default();
    let mut after = 0;
    loop {
        let entries = audit::entries_after(tx, after, CHUNK)?;
        let Some(last) = entries.last() else { return Ok(recount) };
        after = last.key;
        for entry in &entries {
            recount.take(entry);
        }
    }
}

impl Recount {
    fn take(&mut self, entry: &EntryRow) {
        self.entries += 1;
        let expected: [u8; 32] = Sha256::digest(hash_input(&self.head, &entry.hashed())).into();
        if entry.hash != expected || i64::try_from(self.entries) != Ok(entry.key) {
            self.problem(format!("ledger entry {} does not continue the hash chain", entry.key));
        }
        // The chain goes on from what lies in the file: one tampered row is named once.
        self.head = <[u8; 32]>::try_from(entry.hash.as_slice()).unwrap_or(expected);
        let reserved = entry.pending_key.and_then(|key| self.reserved.get(&key).copied()).unwrap_or(0);
        let form = match entry.form.as_str() {
            "pending" => {
                self.reserved.insert(entry.key, entry.amount);
                Form::Pending
            }
            "post_pending" => Form::PostPending { reserved },
            "void_pending" => Form::VoidPending { reserved },
            _ => Form::Posted,
        };
        for (account, side) in [(entry.debit_account, Side::Debit), (entry.credit_account, Side::Credit)] {
            let totals = self.totals.get(&account).copied().unwrap_or_default();
            match totals.after(side, form, entry.amount) {
                Some(after) => {
                    self.totals.insert(account, after);
                }
                None => self.problem(format!("ledger entry {} cannot be added up", entry.key)),
            }
        }
    }

    fn problem(&mut self, sentence: String) {
        if self.problems.len() < usize::try_from(PROBLEMS_MAX).unwrap_or(20) {
            self.problems.push(sentence);
        }
    }
}

fn account_problems(accounts: &[AccountRow], recounted: &BTreeMap<i64, Totals>) -> Vec<String> {
    let mut problems = Vec::new();
    for account in accounts {
        let expected = recounted.get(&account.key).copied().unwrap_or_default();
        if expected != account.totals {
            problems.push(format!("account {}: its totals are not the sum of its entries", account.name));
        }
    }
    problems
}

/// Charges whose units did not go back as their money did.
fn return_problems(tx: &ReadTx<'_>) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for row in audit::charges_returned(tx)? {
        let id = TransactionId::from_stored(row.transaction_id);
        let wanted = match row.status.as_str() {
            "voided" => row.units,
            _ => units_back(row.units, store::prepaid_charge::refunded_minor(tx, &id)?, row.settled_minor),
        };
        let returned = store::prepaid_charge::units_returned(tx, &id)?;
        if returned != wanted {
            problems.push(format!("charge {id}: {returned} units went back with its money, not {wanted}"));
        }
    }
    Ok(problems)
}

/// What the ledger says of receivables and processors against what invoices and transactions say.
fn document_problems(tx: &ReadTx<'_>, accounts: &[AccountRow]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let owed = store::invoice::owed_by_customer(tx)?;
    let owed: Vec<(String, String, i64)> =
        owed.into_iter().map(|(owner, currency, minor)| (owner, currency.code().to_owned(), minor)).collect();
    let sides = [("receivable", owed), ("processor_clearing", audit::unsettled_by_processor(tx)?)];
    for (kind, documents) in sides {
        let mut expected: BTreeMap<String, i64> =
            documents.into_iter().map(|(owner, code, minor)| (format!("{kind}/{owner}/{code}"), minor)).collect();
        for account in accounts.iter().filter(|account| account.name.starts_with(&format!("{kind}/"))) {
            let documents = expected.remove(&account.name).unwrap_or(0);
            let ledger = account.totals.debit_balance();
            if ledger != i128::from(documents) {
                problems.push(format!("{}: the ledger has {ledger}, the documents {documents}", account.name));
            }
        }
        for (name, minor) in expected.into_iter().filter(|(_, minor)| *minor != 0) {
            problems.push(format!("{name}: the documents have {minor}, the ledger nothing"));
        }
    }
    Ok(problems)
}
