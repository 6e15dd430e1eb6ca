//! Many at once: the same key, the same invoice, the same sale to refund, the same due subscription.

use bursar::app::job::Job;
use bursar::app::transaction::{Payment, RefundTransaction};
use bursar::domain::plan::ScheduleTerms;
use bursar::domain::recurring::subscribe::{CustomerTerms, SubscriptionTerms};
use bursar::domain::time::SECOND;
use bursar::domain::transaction::TransactionType;
use bursar::error::Error;
use bursar::processors::OperationKind;
use bursar::processors::simulator::{BookState, Settings};
use futures_util::future::join_all;
use zeroize::Zeroizing;

use super::audit::database;
use super::fact::{AMOUNT, Fact, GOOD, REFUND, charge, customer, page, pay};
use super::world::{Crashes, World, merchant};

/// Runs `future` with real threads.
fn in_parallel<F: Future>(future: F) -> F::Output {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.worker_threads(4).build().expect("a runtime").block_on(future)
}

/// Starts `count` of what `make` makes, each on its own, and waits for all.
async fn at_once<F>(count: usize, make: impl Fn(usize) -> F) -> Vec<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let tasks = join_all((0..count).map(|nth| tokio::spawn(make(nth)))).await;
    tasks.into_iter().map(|ended| ended.expect("no task panics")).collect()
}

fn approvals(world: &World, operation: OperationKind) -> Vec<i64> {
    let book = world.simulator().charges();
    let approved = book.iter().filter(|entry| entry.state == BookState::Approved && entry.operation == operation);
    approved.map(|entry| entry.amount.minor()).collect()
}

fn assert_books_hold(world: &World) {
    let verdict = world.app().verify(&merchant()).expect("the books can be read");
    assert!(verdict.ok, "{}", verdict.sentence());
}

#[test]
fn one_key_a_hundred_times_is_one_charge() {
    let world = World::new(Settings::default());
    let app = world.app().clone();
    let answers = in_parallel(async {
        at_once(100, |_| {
            let app = app.clone();
            async move { app.transaction_charge(merchant(), charge(TransactionType::Sale, "same")).await }
        })
        .await
    });
    let mut ids: Vec<String> = Vec::new();
    for answer in answers {
        match answer {
            Ok(transaction) => ids.push(transaction.id.to_string()),
            Err(Error::Conflict(_)) => {}
            Err(why) => panic!("{why:?}"),
        }
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 1, "everyone who was answered was answered with the same transaction");
    assert_eq!(approvals(&world, OperationKind::Sale), [AMOUNT]);
    let again = in_parallel(app.transaction_charge(merchant(), charge(TransactionType::Sale, "same")));
    assert_eq!(again.expect("it is answered again").id.as_str(), ids[0]);
    let mut other = charge(TransactionType::Sale, "same");
    other.canonical = Zeroizing::new(b"something else".to_vec());
    let refused = in_parallel(app.transaction_charge(merchant(), other)).expect_err("another content is refused");
    assert!(matches!(refused, Error::IdempotencyMismatch), "{refused:?}");
    assert_books_hold(&world);
}

#[test]
fn fifty_refunds_at_once_never_exceed_what_settled() {
    let (template, given) = Fact::Refund.template(Settings::default());
    let world = World::copy(&template, Crashes::default(), None);
    let (app, id) = (world.app().clone(), given.settled.expect("the template settled a sale"));
    let answers = in_parallel(async {
        at_once(50, |_| {
            let (app, id) = (app.clone(), id.clone());
            async move { app.transaction_refund(merchant(), id, RefundTransaction::of(Some(REFUND))).await }
        })
        .await
    });
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 3, "three times 30.00 of 100.00");
    assert_eq!(approvals(&world, OperationKind::Refund), [REFUND, REFUND, REFUND]);
    assert_books_hold(&world);
}

#[test]
fn forty_payments_of_one_invoice_are_one_charge() {
    let (template, given) = Fact::InvoicePage.template(Settings::default());
    let world = World::copy(&template, Crashes::default(), None);
    let (app, (_, public_id)) = (world.app().clone(), given.invoice.expect("the template issued an invoice"));
    let answers = in_parallel(async {
        at_once(40, |_| {
            let (app, public_id) = (app.clone(), public_id.clone());
            async move { app.invoice_pay(page(), pay(public_id, AMOUNT)).await }
        })
        .await
    });
    let (mut approved, mut refused) = (0, 0);
    for answer in answers {
        match answer {
            Ok(Payment::Approved(_)) => approved += 1,
            Err(Error::Conflict(_)) => refused += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((approved, refused), (1, 39));
    assert_eq!(approvals(&world, OperationKind::Sale), [AMOUNT]);
    assert_books_hold(&world);
}

#[test]
fn ten_fires_of_the_billing_run_bill_a_period_once() {
    let world = World::new(Settings::default());
    let app = world.app().clone();
    in_parallel(async {
        for _ in 0..20 {
            let customer = customer(&app, GOOD).await;
            app.subscription_create(&merchant(), monthly(customer.as_str())).await.expect("the subscription is good");
        }
        // What one instant made due is charged in the next: ten times ten fires, a second apart.
        for _ in 0..10 {
            world.pass(SECOND);
            at_once(10, |_| {
                let app = app.clone();
                async move {
                    app.job_run(Job::BillSubscriptions).await.expect("billing runs");
                    app.job_run(Job::CollectInvoices).await.expect("collecting runs");
                }
            })
            .await;
        }
    });
    let invoices: (i64, i64) = database(&world)
        .query_row("SELECT COUNT(*), COUNT(DISTINCT subscription_id || period_start) FROM invoice", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .expect("a good statement");
    assert_eq!(invoices, (20, 20), "one invoice per period");
    assert_eq!(approvals(&world, OperationKind::Sale), [AMOUNT; 20]);
    assert_books_hold(&world);
}

/// A subscription that is due today.
fn monthly(customer: &str) -> SubscriptionTerms {
    SubscriptionTerms {
        customer: CustomerTerms { id: Some(customer.to_owned()), ..CustomerTerms::default() },
        amount_minor: Some(AMOUNT),
        schedule: ScheduleTerms {
            frequency: Some("monthly".to_owned()),
            billing_days: Some("10".to_owned()),
            interval: Some(1),
            ..ScheduleTerms::default()
        },
        next_bill_date: Some("2026-01-10".to_owned()),
        ..SubscriptionTerms::default()
    }
}
