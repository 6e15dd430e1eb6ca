//! A customer's own payment methods: added, made the default, taken away.

use super::Visitor;
use crate::app::App;
use crate::app::customer::{self, ChangeCustomer};
use crate::app::method_needed::{Needed, needed_for};
use crate::app::payment_method::NewMethod;
use crate::domain::id::PaymentMethodId;
use crate::domain::payment_method::PaymentMethod;
use crate::error::{Error, Result};

/// A stored method, and what keeps it from being taken away.
#[derive(Clone, Debug)]
pub struct OwnMethod {
    /// The method.
    pub method: PaymentMethod,
    /// Whether it is charged where nothing else is named.
    pub is_default: bool,
    /// Why it must stay; `None` where it may go.
    pub needed: Option<Needed>,
}

impl App {
    /// The visitor's payment methods, oldest first.
    ///
    /// # Errors
    /// Whatever the file refuses.
    pub fn portal_methods(&self, visitor: &Visitor) -> Result<Vec<OwnMethod>> {
        self.store().read(|tx| {
            let record = customer::require(tx, &visitor.id)?;
            let default = record.default_method().map(|method| method.id.clone());
            let own = |method: &PaymentMethod| {
                let needed = needed_for(tx, &record, &method.id)?;
                Ok(OwnMethod { method: method.clone(), is_default: Some(&method.id) == default.as_ref(), needed })
            };
            record.methods.iter().map(own).collect()
        })
    }

    /// Adds a card or a bank account; what waits for a good method is charged to it.
    ///
    /// # Errors
    /// `Invalid` naming the part, `Conflict` where there are too many.
    pub async fn portal_method_add(&self, visitor: &Visitor, method: NewMethod) -> Result<()> {
        self.payment_method_create(&visitor.caller, &visitor.id, method).await.map(drop)
    }

    /// Charges this method from now on where nothing else is named.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn portal_method_default(&self, visitor: &Visitor, id: &PaymentMethodId) -> Result<()> {
        let method = self.own_method(visitor, id)?;
        let change =
            ChangeCustomer { payment_method: Some((id.clone(), method.method_type())), ..ChangeCustomer::default() };
        self.customer_update(&visitor.caller, &visitor.id, change).await.map(drop)
    }

    /// Takes a method away and overwrites its number.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` where it is needed.
    pub async fn portal_method_remove(&self, visitor: &Visitor, id: &PaymentMethodId) -> Result<()> {
        let method = self.own_method(visitor, id)?;
        self.payment_method_delete(&visitor.caller, &visitor.id, id, method.method_type()).await
    }

    pub(super) fn own_method(&self, visitor: &Visitor, id: &PaymentMethodId) -> Result<PaymentMethod> {
        let record = self.portal_record(visitor)?;
        record.method(id).cloned().ok_or_else(|| Error::not_found("payment method", id.as_str()))
    }
}
