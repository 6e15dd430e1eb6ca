//! The calendar: cron expressions that nudge the ticker on the hour and at midnight UTC.
//!
//! Only a nudge: this scheduler stops firing after the wall clock steps back (RELIABILITY.md M9), so nothing depends
//! on it. Expressions are UTC; local days are rows' business.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};

use crate::error::{Error, Result};

/// Seconds-first cron expressions: every hour, and shortly after midnight.
const NUDGES: [&str; 2] = ["0 0 * * * *", "5 0 0 * * *"];

/// The running calendar.
pub(super) struct Calendar(JobScheduler);

impl Calendar {
    pub(super) async fn start(nudge: Arc<Notify>) -> Result<Self> {
        let scheduler = JobScheduler::new().await.map_err(Error::internal)?;
        for expression in NUDGES {
            let nudge = Arc::clone(&nudge);
            let job = Job::new_async(expression, move |_, _| {
                let nudge = Arc::clone(&nudge);
                Box::pin(async move { nudge.notify_one() })
            })
            .map_err(Error::internal)?;
            scheduler.add(job).await.map_err(Error::internal)?;
        }
        scheduler.start().await.map_err(Error::internal)?;
        Ok(Self(scheduler))
    }

    pub(super) async fn stop(mut self) {
        if let Err(why) = self.0.shutdown().await {
            tracing::debug!(error = %why, "the calendar did not stop");
        }
    }
}
