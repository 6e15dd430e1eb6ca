//! Telling the merchant's program of an order at the address it named: queued in the commit of what it is told of,
//! sent at least once through the guard for addresses that others gave us.

use crate::app::{App, Caller};
use crate::domain::id::SalesOrderId;
use crate::domain::sales_order::SalesOrder;
use crate::domain::time::SECOND;
use crate::domain::time::Timestamp;
use crate::domain::webhook::RETRY_AFTER_S;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::order_callback::Due;
use crate::store::{self, WriteTx};

/// How a dialect shows an order to others: the claims that are signed, a JSON object.
pub type OrderFace = fn(&App, &SalesOrder) -> Result<String>;

impl App {
    /// Takes the face of orders into use; once, before anything is sent.
    pub fn order_face_set(&self, face: OrderFace) {
        self.order_face().get_or_init(|| face);
    }

    /// The order as a JWT that this instance signed.
    ///
    /// # Errors
    /// Whatever the file or the vault refuses.
    pub async fn order_signed(&self, order: &SalesOrder) -> Result<String> {
        let face = self.order_face().get().ok_or_else(|| Error::internal("nobody shows orders"))?;
        self.jwt_sign(&face(self, order)?).await
    }

    /// Sends what is due; answers how many calls were made.
    ///
    /// # Errors
    /// Whatever the file refuses. A receiver that does not answer is no error.
    pub(in crate::app) async fn order_callbacks_send(&self, _: &Caller) -> Result<usize> {
        if self.order_face().get().is_none() {
            return Ok(0); // a command beside the server: it sends nothing
        }
        let mut sent = 0_usize;
        loop {
            let now = self.now();
            let due = self.store().read(|tx| store::order_callback::list_due(tx, now, limits::MAILS_PAGE_MAX))?;
            if due.is_empty() {
                return Ok(sent);
            }
            for callback in due {
                self.order_callback_send(callback).await?;
                sent = sent.saturating_add(1);
            }
        }
    }

    /// When the next is due.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub(in crate::app) fn order_callback_next_due_at(&self) -> Result<Option<Timestamp>> {
        if self.order_face().get().is_none() {
            return Ok(None);
        }
        self.store().read(store::order_callback::next_due_at)
    }

    async fn order_callback_send(&self, callback: Due) -> Result<()> {
        let order = self.store().read(|tx| store::sales_order::fetch(tx, &callback.order_id))?;
        let order = order.ok_or_else(|| Error::not_found("order", callback.order_id.as_str()))?;
        let token = self.order_signed(&order).await?;
        let headers = [("content-type".to_owned(), "application/jwt; charset=utf-8".to_owned())];
        let answered = self.outbound().post(&callback.url, &headers, token.into_bytes()).await;
        let is_told = answered.status.is_some_and(|status| (200..300).contains(&status));
        if !is_told {
            let problem = answered.problem.as_str();
            tracing::warn!(order = order.id.as_str(), status = answered.status, problem, "an order callback failed");
        }
        self.store().write(move |tx| concluded_in(tx, &callback, is_told)).await
    }
}

fn concluded_in(tx: &mut WriteTx<'_>, callback: &Due, is_told: bool) -> Result<()> {
    let tries = usize::try_from(callback.tries).unwrap_or(usize::MAX);
    match RETRY_AFTER_S.get(tries) {
        Some(wait_s) if !is_told => {
            let again_at = tx.clock_now().plus(wait_s.saturating_mul(SECOND));
            store::order_callback::put_off(tx, callback.key, again_at)
        }
        _ => store::order_callback::delete(tx, callback.key),
    }
}

/// Queues a call for an order that names an address.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn queue_in(tx: &mut WriteTx<'_>, order: &SalesOrder) -> Result<()> {
    let id: &SalesOrderId = &order.id;
    let Some(url) = &order.callback else { return Ok(()) };
    store::order_callback::insert(tx, id, url)
}
