//! What a crash left: found at start, before any billing.

use crate::app::App;
use crate::app::transaction::conclude::{Told, cancel_in, conclude_in};
use crate::domain::access::Actor;
use crate::domain::attempt::AttemptState;
use crate::error::Result;
use crate::limits;
use crate::store;

impl App {
    /// Attempts of earlier runs: those never sent are given up (nothing moved), those under way become unknown and are
    /// asked about at once. Answers how many there were.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn attempts_recover(&self) -> Result<usize> {
        let caller = crate::app::Caller::internal(Actor::Job("recover"));
        let mut recovered = 0;
        loop {
            let boot_id = self.boot_id().to_owned();
            let abandoned = self.store().read(|tx| store::attempt::list_abandoned(tx, &boot_id, limits::PAGE_MAX))?;
            if abandoned.is_empty() {
                return Ok(recovered);
            }
            recovered += abandoned.len();
            let caller = caller.clone();
            let settle: Vec<i64> = abandoned.iter().map(|attempt| self.settle_time_us(attempt)).collect();
            self.store()
                .write(move |tx| {
                    for (attempt, settle_us) in abandoned.iter().zip(settle) {
                        if attempt.state != AttemptState::Sending {
                            cancel_in(tx, &caller, &attempt.id)?;
                            continue;
                        }
                        let mut unknown = conclude_in(tx, &caller, &attempt.id, Told::Unclear, settle_us)?.attempt;
                        if !unknown.state.is_final() {
                            unknown.poll_at = Some(tx.now());
                            store::attempt::update(tx, &unknown)?;
                        }
                    }
                    Ok(())
                })
                .await?;
        }
    }
}
