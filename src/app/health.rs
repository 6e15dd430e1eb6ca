//! How the program is doing: for `/healthz`, `/metrics` and the doctor.

use super::App;
use crate::domain::time::MINUTE;
use crate::store;

/// A clock this far behind the last heartbeat was set back, microseconds.
const CLOCK_BACK_MAX: i64 = MINUTE;

/// What is wrong, in sentences.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Requests or billing do not work until somebody acts.
    pub problems: Vec<String>,
    /// Worth a look.
    pub warnings: Vec<String>,
}

impl App {
    /// Looks at the file, the billing hold and the clock.
    pub fn health(&self) -> Health {
        let mut health = Health::default();
        let company = match self.store().read(store::company::fetch) {
            Ok(company) => company,
            Err(why) => {
                health.problems.push(format!("the database cannot be read: {why}"));
                return health;
            }
        };
        if let Some((at, reason)) = company.billing_held {
            health.problems.push(format!("billing is held since {at}: {reason}"));
        }
        let now = self.now();
        if let Some(tick) = company.last_tick_at.filter(|tick| tick.since(now) > CLOCK_BACK_MAX) {
            health.problems.push(format!("the clock says {now}, but billing last looked at {tick}"));
        }
        if self.manual_clock().is_some() {
            health.warnings.push(format!("the clock is a test clock and stands at {now}"));
        }
        health
    }

    /// Whether what names no processor can be charged.
    pub fn has_default_processor(&self) -> bool {
        let account = self.store().read(store::processor::fetch_default);
        account.ok().flatten().is_some_and(|account| self.processors().get(account.id.as_str()).is_some())
    }

    /// What `/metrics` shows of the state, by name: waiting writes and the ticker's last look, seconds since 1970.
    pub fn gauges(&self) -> Vec<(&'static str, i64)> {
        let waiting = i64::try_from(self.store().queue_len()).unwrap_or(i64::MAX);
        let mut gauges = vec![("bursar_write_queue", waiting)];
        if let Ok(company) = self.store().read(store::company::fetch) {
            gauges.extend(company.last_tick_at.map(|at| ("bursar_last_tick_seconds", at.as_seconds())));
            gauges.push(("bursar_billing_held", i64::from(company.billing_held.is_some())));
        }
        gauges
    }

    /// Lets queued writes finish and closes the file; later writes are refused as busy.
    pub fn shutdown(&self) {
        self.store().shutdown();
    }
}
