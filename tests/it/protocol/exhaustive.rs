//! Every checkpoint of every run is a place to die, once and twice, under every fault of the bank.
//!
//! Checkpoints are not listed anywhere: the first run passes them all, the next run dies at the first one it passes,
//! the next at the second, until a run ends alive. A new checkpoint is covered the day it is written.

use std::collections::BTreeSet;
use std::path::Path;

use bursar::domain::time::{DAY, HOUR, MINUTE, SECOND};
use bursar::processors::simulator::faults::{Fault, Step};
use bursar::processors::simulator::{Mode, Settings, StuckShows};

use super::audit::audit;
use super::fact::{Client, Fact, Given, block_on, is_refusal};
use super::world::{Crashes, Planned, World};

/// How the clock moves after the client first asked: to within and beyond every poll, the settle time and the review.
const STEPS: [i64; 11] =
    [SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 2 * HOUR, 20 * HOUR, 2 * DAY, 2 * DAY, 2 * DAY, 3 * DAY];
/// The client asks again within the hour, and a day later; its key counts for a day.
const ASKS_AGAIN_UNTIL: i64 = 20 * HOUR;
/// Where the first of two crashes may fall: later ones all fall between two look-ups.
const FIRST_CRASHES_MAX: usize = 9;
/// Where the second life may end: the recovery, the client's retry and the first look-ups.
const SECOND_CRASHES_MAX: usize = 3;

#[derive(Default)]
struct Counts {
    runs: usize,
    crashes: usize,
    points: BTreeSet<&'static str>,
    failures: Vec<String>,
}

#[test]
fn a_sale_is_charged_once() {
    everything(Fact::Sale);
}

#[test]
fn a_hold_is_captured_once() {
    everything(Fact::Capture);
}

#[test]
fn a_sale_is_voided_once() {
    everything(Fact::Void);
}

#[test]
fn a_tip_is_added_once() {
    everything(Fact::Tip);
}

#[test]
fn a_refund_is_given_once() {
    everything(Fact::Refund);
}

#[test]
fn an_invoice_is_paid_once_on_its_page() {
    everything(Fact::InvoicePage);
}

#[test]
fn a_confirmed_charge_is_made_once() {
    everything(Fact::Challenge);
}

#[test]
fn an_invoice_is_collected_once() {
    everything(Fact::InvoiceCollected);
}

#[test]
fn a_balance_is_refilled_once() {
    everything(Fact::Refill);
}

#[test]
fn a_plan_is_attached_and_paid_once() {
    everything(Fact::PlanAttach);
}

#[test]
fn a_plan_is_renewed_once() {
    everything(Fact::PlanRenewal);
}

/// A bank without idempotency keys, whose look-ups lag by six hours and show what is stuck.
#[test]
fn a_forgetful_bank_is_asked_and_never_told_twice() {
    let settings = Settings {
        idempotency_window_us: None,
        find_lag_us: 6 * HOUR,
        stuck_shows: StuckShows::InFlight,
        ..Settings::default()
    };
    for fact in [Fact::Sale, Fact::InvoicePage] {
        let mut counts = Counts::default();
        explore(fact, settings, 1, &mut counts);
        report(&format!("{fact:?}, forgetful bank"), &counts);
    }
}

#[test]
fn every_crash_point_of_the_source_is_passed() {
    let mut counts = Counts::default();
    for mode in [Mode::OneStep, Mode::TwoStep] {
        let settings = Settings { mode, ..Settings::default() };
        for (fact, step) in [(Fact::Sale, Step::Commit), (Fact::Sale, Step::Prepare), (Fact::Challenge, Step::Commit)] {
            let (template, given) = fact.template(settings);
            let lost = Planned { step, operation: None, after: 0, calls: 1, fault: Fault::DropResponse };
            for planned in [None, Some(lost)] {
                run(fact, &template, &given, Crashes::default(), planned, &mut counts);
            }
        }
    }
    let written = crash_points_of_the_source();
    let is_named = |point: &str| ELSEWHERE.iter().any(|tests| tests.contains(&format!("\"{point}\"")));
    let passed = |point: &str| counts.points.contains(point) || is_named(point);
    let missed: Vec<_> = written.iter().filter(|point| !passed(point)).collect();
    assert!(missed.is_empty(), "no run passes {missed:?}: the tests above do not die there");
    assert!(written.len() >= 7, "the names are read from src/app: {written:?}");
}

fn everything(fact: Fact) {
    let mut counts = Counts::default();
    for mode in [Mode::OneStep, Mode::TwoStep] {
        // Two crashes around a challenge are the same in both forms; so are a hold's and a void's second operations.
        let depth = if mode == Mode::TwoStep && fact.has_two_calls() { 1 } else { 2 };
        explore(fact, Settings { mode, ..Settings::default() }, depth, &mut counts);
    }
    report(&format!("{fact:?}"), &counts);
}

fn report(name: &str, counts: &Counts) {
    let Counts { runs, crashes, points, failures } = counts;
    eprintln!("{name}: {runs} runs, {crashes} crashes at {} points, {} wrong", points.len(), failures.len());
    assert!(failures.is_empty(), "{} of {runs} runs are wrong:\n{}", failures.len(), first_of(failures));
}

fn first_of(failures: &[String]) -> String {
    failures.iter().take(12).cloned().collect::<Vec<_>>().join("\n")
}

/// Dies at every checkpoint of every fault, and `depth` times in a row.
fn explore(fact: Fact, settings: Settings, depth: usize, counts: &mut Counts) {
    let (template, given) = fact.template(settings);
    for planned in faults(settings.mode) {
        let Some(_) = run(fact, &template, &given, Crashes::default(), planned, counts) else { continue };
        for first in 1.. {
            let crashes = Crashes(vec![first]);
            if run(fact, &template, &given, crashes, planned, counts) != Some(1) {
                break;
            }
            if depth < 2 || first > FIRST_CRASHES_MAX {
                continue;
            }
            for second in 1..=SECOND_CRASHES_MAX {
                if run(fact, &template, &given, Crashes(vec![first, second]), planned, counts) != Some(2) {
                    break;
                }
            }
        }
    }
}

/// None, and every fault at the first and second call; a bank that cannot be prepared or asked for a while.
fn faults(mode: Mode) -> Vec<Option<Planned>> {
    let kinds = [
        Fault::DropRequest,
        Fault::DropResponse,
        Fault::ErrorBeforeEffect,
        Fault::ErrorAfterEffect,
        Fault::DelayEffect { micros: 2 * HOUR },
    ];
    let mut planned = vec![None];
    for after in [0, 1] {
        planned
            .extend(kinds.map(|fault| Some(Planned { step: Step::Commit, operation: None, after, calls: 1, fault })));
    }
    if mode == Mode::TwoStep {
        for fault in [Fault::DropRequest, Fault::DropResponse] {
            planned.push(Some(Planned { step: Step::Prepare, operation: None, after: 0, calls: 1, fault }));
        }
    }
    planned
}

/// One run; answers how often it crashed, or nothing where the planned fault met no call (that run is another's).
fn run(
    fact: Fact,
    template: &World,
    given: &Given,
    crashes: Crashes,
    planned: Option<Planned>,
    counts: &mut Counts,
) -> Option<usize> {
    let mut world = World::copy(template, crashes.clone(), planned);
    let lines_before = world.simulator().charges().len();
    let mut client = Client::default();
    let mut wrong = Vec::new();
    let began = world.now();
    live(fact, &mut world, given, &mut client, began, &mut wrong);
    for step in STEPS {
        world.pass(step);
        live(fact, &mut world, given, &mut client, began, &mut wrong);
    }
    let crashed = world.crashed();
    if crashes.0.is_empty() && !world.fault_was_met() {
        return None;
    }
    let findings = audit(&world, fact, given, lines_before, &client);
    if !findings.is_clean() {
        wrong.push(format!("{findings:?}"));
    }
    world.close();
    counts.runs += 1;
    counts.crashes += crashed;
    counts.points.extend(world.points.iter());
    if !wrong.is_empty() {
        let settings = planned.map_or_else(|| "no fault".to_owned(), |planned| format!("{planned:?}"));
        counts.failures.push(format!("{fact:?}, {crashes:?}, {settings}, points {:?}: {wrong:?}", world.points));
    }
    Some(crashed)
}

/// The client asks and the jobs run at the present instant; whenever the program dies, it is started again and
/// recovers first.
fn live(
    fact: Fact,
    world: &mut World,
    given: &Given,
    client: &mut Client,
    began: bursar::domain::time::Timestamp,
    wrong: &mut Vec<String>,
) {
    let asks = world.now().since(began) < ASKS_AGAIN_UNTIL || matches!(fact, Fact::InvoicePage | Fact::Challenge);
    loop {
        let lived = block_on(async {
            if asks
                && let Err(why) = fact.ask(world.app(), given, client).await
                && !is_refusal(&why)
            {
                return Err(why);
            }
            world.app().jobs_run_due().await.map(|_| ())
        });
        match lived {
            Ok(()) if !world.is_dead() => return,
            Err(why) if !world.is_dead() => {
                wrong.push(format!("at {}: {why:?}", world.now()));
                return;
            }
            _ => {}
        }
        while world.is_dead() {
            world.reopen();
            if let Err(why) = block_on(world.app().attempts_recover())
                && !world.is_dead()
            {
                wrong.push(format!("recovery: {why:?}"));
                return;
            }
        }
    }
}

/// The names in `checkpoint("…")` under `src/app`.
fn crash_points_of_the_source() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the source is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).expect("source is text");
            let named = text.split("checkpoint(\"").skip(1).filter_map(|rest| rest.split('"').next());
            names.extend(named.map(str::to_owned));
        }
    }
    names
}

/// The tests of file batches and of webhooks: they crash at steps of their own, and name them.
const ELSEWHERE: [&str; 3] =
    [include_str!("../gateway/file_batch.rs"), include_str!("../mail.rs"), include_str!("../webhooks/delivery.rs")];
