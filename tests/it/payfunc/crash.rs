//! The program dies at every step between an order's intent and its outcome: nothing is lost, nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bursar::app::Checkpoint;
use bursar::processors::simulator;
use serde_json::json;

use super::{Desk, events};
use crate::support::{START, TestApp};

/// Dies at the nth checkpoint that is passed once it is armed.
fn dies_at(countdown: &Arc<AtomicUsize>) -> Checkpoint {
    let countdown = Arc::clone(countdown);
    Arc::new(move |_| {
        let before = countdown.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        before != Ok(1)
    })
}

async fn settled_after_dying_at(step: usize) -> bool {
    let countdown = Arc::new(AtomicUsize::new(0));
    let app = TestApp::start_with(START, simulator::Settings::default(), Some(dies_at(&countdown))).await;
    let mut desk = Desk::of(app);
    let id = desk.paying("tok_visa").await;
    desk.add(&id, json!(10)).await;
    countdown.store(step, Ordering::SeqCst);
    let answer = desk.client.delete(&format!("/account/{id}/balance")).await;
    let died = countdown.swap(0, Ordering::SeqCst) == 0;
    assert_eq!(answer.status, if died { 500 } else { 200 }, "step {step}: {}", answer.text);
    desk.app.restart().await;
    desk = Desk::of(desk.app);
    desk.app.advance_to("2026-01-20T00:00:00Z").await;
    let orders = desk.get("/order").await;
    assert_eq!(orders.as_array().map(Vec::len), Some(1), "step {step}");
    assert_eq!((events(&orders[0]), &orders[0]["status"]), (vec!["order"], &json!({ "ordered": 10 })), "step {step}");
    let taken = desk.app.simulator().charges().iter().filter(|charge| charge.amount.minor() == 1_000).count();
    assert_eq!(taken, 1, "step {step}: charged once");
    desk.assert_books_hold();
    died
}

#[tokio::test]
async fn every_step_of_a_settlement_may_be_the_last() {
    let mut step = 1;
    while settled_after_dying_at(step).await {
        step += 1;
    }
    assert!(step > 4, "a settlement has its steps: {step}");
}
