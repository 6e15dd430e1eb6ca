//! When billing waits for a person: after a long silence, or when the clock cannot be trusted (RELIABILITY.md 3.3.3).

use serde_json::json;

use super::event::emit;
use super::{App, Caller};
use crate::domain::access::{Action, Actor};
use crate::domain::event::Topic;
use crate::domain::time::DAY;
use crate::error::{Error, Result};
use crate::limits;
use crate::store;

impl App {
    /// Looks at start how long nobody looked: after more than [`limits::SILENCE_MAX_DAYS`] it is either a long outage
    /// or a wrong clock, and both want a person. Answers the reason if billing is held now.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub async fn billing_check_silence(&self) -> Result<Option<String>> {
        let company = self.company()?;
        if let Some((_, reason)) = company.billing_held {
            return Ok(Some(reason));
        }
        let silence_us = company.last_tick_at.map_or(0, |last| self.now().since(last));
        if self.clock_is_manual() || silence_us <= limits::SILENCE_MAX_DAYS * DAY {
            return Ok(None);
        }
        let reason = format!("nobody looked for {} days", silence_us / DAY);
        let told = reason.clone();
        self.store()
            .write(move |tx| {
                store::company::set_billing_held(tx, Some(&told))?;
                let caller = Caller::internal(Actor::Job("start"));
                emit(tx, &caller, Topic::BillingHeld, "company", &json!({ "reason": told }))
            })
            .await?;
        Ok(Some(reason))
    }

    /// A person lets billing go on.
    ///
    /// # Errors
    /// `Forbidden`; `Conflict` where it is not held.
    pub async fn billing_resume(&self, caller: &Caller) -> Result<()> {
        caller.may(Action::BillingResume)?;
        let Some((_, reason)) = self.company()?.billing_held else {
            return Err(Error::Conflict("billing is not held".to_owned()));
        };
        let caller = caller.clone();
        self.store()
            .write(move |tx| {
                store::company::set_billing_held(tx, None)?;
                store::company::set_last_tick(tx)?;
                tx.nudge();
                emit(tx, &caller, Topic::BillingResumed, "company", &json!({ "reason": reason }))
            })
            .await
    }
}
