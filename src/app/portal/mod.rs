//! What customers do on their own pages. Every method takes a [`Visitor`], finds out that what is named is the
//! visitor's own, and then calls the use case that everybody else calls.
//!
//! Another customer's thing is `NotFound`, like one that never was (RELIABILITY.md S26).

pub mod balances;
pub mod documents;
pub mod methods;
pub mod profile;
pub mod subscriptions;

use super::{App, Caller, customer};
use crate::auth::session;
use crate::domain::customer::CustomerRecord;
use crate::domain::id::CustomerId;
use crate::error::{Error, Result};
use crate::store;

/// A customer who is logged in; only a session makes one.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who it is; its rights are to be used on things of this customer only.
    caller: Caller,
    id: CustomerId,
}

impl Visitor {
    /// Whose pages these are.
    pub fn id(&self) -> &CustomerId {
        &self.id
    }

    /// With the key under which the form that was sent is done once.
    #[must_use]
    pub fn once(mut self, key: &str) -> Self {
        let fits = (16..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric());
        self.caller.idempotency_key = fits.then(|| key.to_owned());
        self
    }
}

impl App {
    /// The customer behind a session's secret. `correlation_id` goes into the events of what they do.
    ///
    /// # Errors
    /// `Unauthenticated` where there is no such session, it is over, or its customer was deleted.
    pub async fn portal_visitor(&self, token: &str, correlation_id: &str) -> Result<Visitor> {
        let (hash, now) = (session::hash(token), self.now());
        let found = self.store().read(|tx| {
            let found = store::customer_session::fetch(tx, &hash)?
                .filter(|found| session::is_live(found.created_at, found.last_seen_at, now))
                .ok_or(Error::Unauthenticated)?;
            store::customer::fetch(tx, &found.customer_id)?.ok_or(Error::Unauthenticated)?;
            Ok(found)
        })?;
        if session::touch_is_due(found.last_seen_at, now) {
            self.store().write(move |tx| store::customer_session::update_seen(tx, &hash)).await?;
        }
        let caller = Caller::portal(found.customer_id.clone(), correlation_id.to_owned());
        Ok(Visitor { caller, id: found.customer_id })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn portal_leave(&self, token: &str) -> Result<()> {
        let hash = session::hash(token);
        self.store().write(move |tx| store::customer_session::delete(tx, &hash)).await
    }

    /// Ends every session of the visitor but the one with this secret; answers how many.
    ///
    /// # Errors
    /// Whatever the store refuses.
    pub async fn portal_leave_elsewhere(&self, visitor: &Visitor, token: &str) -> Result<usize> {
        let (id, keep) = (visitor.id.clone(), session::hash(token));
        self.store().write(move |tx| store::customer_session::delete_of(tx, &id, &keep)).await
    }

    /// The visitor with everything stored with them.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_record(&self, visitor: &Visitor) -> Result<CustomerRecord> {
        self.store().read(|tx| customer::require(tx, &visitor.id))
    }
}
