//! What pays for an account: cards, added as tokens, ordered and taken away.

use std::collections::BTreeSet;

use serde_json::json;

use super::{BillingAccountShown, cards, changed, put_in, terms_in};
use crate::app::payment_method::{self, NewMethod, SealedMethod};
use crate::app::recurring::dunning::good_method_in;
use crate::app::write_once::Asked;
use crate::app::{App, Caller, customer, event, sales_order};
use crate::domain::access::Action;
use crate::domain::billing_account::BillingAccount;
use crate::domain::customer::{Customer, CustomerRecord, Defaults};
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, PaymentMethodId};
use crate::domain::payment_method::PaymentMethod;
use crate::error::{Error, Result};
use crate::store::{self, ReadTx, WriteTx};

impl App {
    /// Adds a card, behind the others; one that is stored already is not stored twice. What an account owes because
    /// every charge was declined is tried again.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `card`; `Conflict` where there are too many.
    pub async fn billing_account_method_add(
        &self,
        caller: &Caller,
        id: &CustomerId,
        method: NewMethod,
    ) -> Result<(PaymentMethod, String)> {
        caller.may_on(Action::CustomerUpdate, id)?;
        let asked = Asked::new("payment_method", "billing_account.method").with(id.as_str());
        let sealed = self.method_seal_unattended(method);
        let (app, of, shown) = (self.clone(), id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            // Refused here and not before: a repeated request finds its token used up, and what it made.
            let sealed = sealed?;
            let known = record.methods.iter().find(|known| known.fingerprint == sealed.secret.fingerprint);
            let method = match known {
                Some(known) => known.clone(),
                None => payment_method::add_in(tx, &record, sealed)?,
            };
            changed(tx, caller, &of, "method")?;
            good_method_in(tx, &of, &method.id)?;
            sales_order::try_again_in(tx, caller, &of)?;
            Ok(method.id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, method: &str| {
            let record = customer::require(tx, &shown)?;
            let id = PaymentMethodId::from_stored(method.to_owned());
            let method = record.method(&id).ok_or_else(|| Error::not_found("payment method", method))?;
            Ok((method.clone(), app.method_name(&method.id)))
        };
        self.write_once(caller, asked, work, show).await
    }

    /// The cards in a new order; the ones left out are taken away.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming the token that is none of the account's; `Conflict` where a
    /// subscription needs what is left out.
    pub async fn billing_account_methods_set(
        &self,
        caller: &Caller,
        id: &CustomerId,
        tokens: Vec<String>,
    ) -> Result<BillingAccountShown> {
        caller.may_on(Action::CustomerUpdate, id)?;
        let asked = Asked::new("customer", "billing_account.methods").with(id.as_str()).with(&tokens.join(" "));
        let named = tokens.iter().enumerate().map(|(at, token)| {
            let problem = || Error::invalid(format!("method[{at}].token"), "names no method of this account");
            self.method_named(token).ok_or_else(problem)
        });
        let order = named.collect::<Result<Vec<_>>>()?;
        let company = self.company()?;
        let (app, of, shown) = (self.clone(), id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let terms = terms_in(tx, &company, &record, tx.clock_now())?;
            refuse_foreign(&record, &order)?;
            put_in(tx, &company, &BillingAccount { method_order: order.clone(), ..terms.clone() })?;
            let left_out = cards(&record, &terms).into_iter().filter(|card| !order.contains(&card.id));
            let left_out: Vec<PaymentMethodId> = left_out.map(|card| card.id.clone()).collect();
            remove_in(tx, caller, record, &order, &left_out)?;
            changed(tx, caller, &of, "methods")?;
            Ok(of.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| app.billing_account_in(tx, &shown)).await
    }

    /// Seals what will be charged with nobody in front of a screen.
    ///
    /// # Errors
    /// `Invalid` naming `card`.
    pub(super) fn method_seal_unattended(&self, method: NewMethod) -> Result<SealedMethod> {
        let named = |why: Error| match why {
            Error::Invalid { problem, .. } => Error::Invalid { field: "card".to_owned(), problem },
            other => other,
        };
        if let NewMethod::Token(token) = &method {
            crate::app::account::refuse_unattended(token).map_err(named)?;
        }
        self.payment_method_seal(method).map_err(named)
    }
}

fn refuse_foreign(record: &CustomerRecord, order: &[PaymentMethodId]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for (at, id) in order.iter().enumerate() {
        let field = format!("method[{at}].token");
        if record.method(id).is_none() {
            return Err(Error::invalid(field, "names no method of this account"));
        }
        if !seen.insert(id) {
            return Err(Error::invalid(field, "is given twice"));
        }
    }
    Ok(())
}

/// Takes cards away. The first that stays becomes the default where the default goes.
fn remove_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    mut record: CustomerRecord,
    order: &[PaymentMethodId],
    left_out: &[PaymentMethodId],
) -> Result<()> {
    let default = record.customer.defaults.payment_method_id.clone();
    if default.is_some_and(|default| left_out.contains(&default)) {
        let defaults = Defaults { payment_method_id: order.first().cloned(), ..record.customer.defaults.clone() };
        record.customer = Customer { defaults, updated_at: tx.now(), ..record.customer };
        store::customer::update(tx, &record.customer)?;
    }
    for id in left_out {
        payment_method::refuse_if_needed(tx, &record, id)?;
        store::payment_method::delete(tx, id)?;
        record.methods.retain(|method| method.id != *id);
        let facts = json!({ "change": "payment_method_deleted", "payment_method_id": id.as_str() });
        event::emit(tx, caller, Topic::CustomerUpdated, record.customer.id.as_str(), &facts)?;
    }
    Ok(())
}
