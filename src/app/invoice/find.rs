//! Looking invoices up: by id, by public link, by search.

use crate::app::{App, Caller};
use crate::domain::access::{Action, Permission, Role};
use crate::domain::id::{InvoiceId, UserId};
use crate::domain::invoice::Invoice;
use crate::domain::invoice::search::InvoiceFilter;
use crate::error::{Error, Result};
use crate::limits;
use crate::store::{self, ReadTx};

impl App {
    /// The invoice with this id. A user whom `restrict_viewing_others_invoices` holds back sees their own only.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn invoice_find(&self, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
        caller.may(Action::InvoiceView)?;
        self.store().read(|tx| find_in(tx, caller, id))
    }

    /// The invoice behind a public link. The link is the credential: it holds 128 random bits.
    ///
    /// # Errors
    /// `NotFound`, also for a deleted one.
    pub fn invoice_find_public(&self, public_id: &str) -> Result<Invoice> {
        self.store().read(|tx| find_public_in(tx, public_id))
    }

    /// Invoices that fit `filter`, newest first, and how many fit in all.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` where `limit` or `offset` are out of bounds.
    pub fn invoice_search(
        &self,
        caller: &Caller,
        mut filter: InvoiceFilter,
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<Invoice>, u64)> {
        caller.may(Action::InvoiceView)?;
        if limit > limits::PAGE_MAX {
            return Err(Error::invalid("limit", format!("must be between 0 and {}", limits::PAGE_MAX)));
        }
        if offset > limits::OFFSET_MAX {
            return Err(Error::invalid("offset", format!("must be between 0 and {}", limits::OFFSET_MAX)));
        }
        filter.user_id = only_of(caller);
        self.store()
            .read(|tx| Ok((store::invoice::search(tx, &filter, limit, offset)?, store::invoice::count(tx, &filter)?)))
    }
}

/// The invoice with this id, as far as `caller` may see it.
///
/// # Errors
/// `NotFound`.
pub(super) fn find_in(tx: &ReadTx<'_>, caller: &Caller, id: &InvoiceId) -> Result<Invoice> {
    let only = only_of(caller);
    store::invoice::fetch(tx, id)?
        .filter(|invoice| invoice.deleted_at.is_none())
        .filter(|invoice| only.is_none() || invoice.user_id == only)
        .ok_or_else(|| Error::not_found("invoice", id.as_str()))
}

/// The invoice behind a public link.
///
/// # Errors
/// `NotFound`.
pub(super) fn find_public_in(tx: &ReadTx<'_>, public_id: &str) -> Result<Invoice> {
    store::invoice::fetch_public(tx, public_id)?
        .filter(|invoice| invoice.deleted_at.is_none())
        .ok_or_else(|| Error::not_found("invoice", public_id))
}

/// The only user whose invoices `caller` may see; `None` for everybody's. An administrator has every permission, but
/// this one takes away instead of giving.
pub(in crate::app) fn only_of(caller: &Caller) -> Option<UserId> {
    let restricted = caller.role == Role::Standard && caller.permissions.has(Permission::RestrictViewingOthersInvoices);
    restricted.then(|| caller.user_id.clone()).flatten()
}
