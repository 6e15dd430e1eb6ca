//! Faults that tests plan: the next calls lose a request or an answer, fail, are delayed, or repeat their callback.
//!
//! Reachable through [`super::Simulator::faults`] only, so never on a file with a live processor.

use std::sync::{Mutex, PoisonError};

use crate::processors::OperationKind;

/// What goes wrong with one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The request never arrives; the caller learns nothing.
    DropRequest,
    /// The effect happens; the answer never comes.
    DropResponse,
    /// A 500 before any effect.
    ErrorBeforeEffect,
    /// A 500 after the effect.
    ErrorAfterEffect,
    /// The request is stuck on its way: the caller learns nothing, the effect happens later.
    DelayEffect {
        /// How much later, microseconds.
        micros: i64,
    },
    /// The effect's callback comes twice.
    DuplicateCallback,
    /// The effect's callback comes after those of later effects.
    ReorderedCallback,
}

/// Which calls a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// [`crate::processors::Processor::prepare`].
    Prepare,
    /// [`crate::processors::Processor::commit`].
    Commit,
    /// `status` and `find`: any fault makes them [`crate::processors::Lookup::CannotTell`].
    Lookup,
}

/// The planned faults, used up call by call in the order they were planned.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Vec<Plan>>);

#[derive(Debug)]
struct Plan {
    calls_left: u32,
    step: Step,
    operation: Option<OperationKind>,
    fault: Option<Fault>,
}

impl Faults {
    /// The next `calls` commits of any operation meet `fault`.
    pub fn plan(&self, calls: u32, fault: Fault) {
        self.plan_for(calls, Step::Commit, None, Some(fault));
    }

    /// The next `calls` commits of `operation` meet `fault`.
    pub fn plan_operation(&self, calls: u32, operation: OperationKind, fault: Fault) {
        self.plan_for(calls, Step::Commit, Some(operation), Some(fault));
    }

    /// The next `calls` calls of `step` (of `operation`, where named; look-ups name none) meet `fault`.
    /// No fault lets so many calls pass before the next plan begins.
    pub fn plan_for(&self, calls: u32, step: Step, operation: Option<OperationKind>, fault: Option<Fault>) {
        let plan = Plan { calls_left: calls, step, operation, fault };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(plan);
    }

    /// Forgets what is planned.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Whether every planned fault has been met.
    pub fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The fault this call meets.
    pub(super) fn take(&self, step: Step, operation: Option<OperationKind>) -> Option<Fault> {
        let mut plans = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        plans.retain(|plan| plan.calls_left > 0);
        let meets = |plan: &&mut Plan| plan.step == step && (plan.operation.is_none() || plan.operation == operation);
        let plan = plans.iter_mut().find(meets)?;
        plan.calls_left = plan.calls_left.saturating_sub(1);
        let fault = plan.fault;
        plans.retain(|plan| plan.calls_left > 0);
        fault
    }
}
