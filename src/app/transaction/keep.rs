//! Keeping what paid: the card or bank account of a charge becomes a stored method of a customer.
//!
//! It is sealed with the intent, as the row of `payment_method` that it may become, and waits there for the outcome:
//! the approval makes the row a customer's in its own commit, a refusal takes it away, and so does time.

use crate::app::customer::{self, CreateCustomer};
use crate::app::payment_method::{self, NewMethod, SealedMethod};
use crate::app::recurring::dunning::good_method_in;
use crate::app::transaction::send::Charging;
use crate::app::write_once::Asked;
use crate::app::{App, Caller};
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::card::{CardNumber, Expiry};
use crate::domain::customer::{Customer, CustomerRecord, Defaults};
use crate::domain::id::{CustomerId, TransactionId};
use crate::domain::time::DAY;
use crate::domain::transaction::{Transaction, TransactionStatus};
use crate::error::{Error, Result};
use crate::limits;
use crate::processors::Instrument;
use crate::store::payment_method::HeldMethod;
use crate::store::value::address_from_json;
use crate::store::{self, WriteTx};

/// Rows removed in one write.
const PRUNE_MAX: u32 = 1_000;

/// What an approval makes of the card or bank account that paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Keep {
    /// The method of a new customer.
    New {
        /// Whether the new id tells type and last four of the method ("xid_type_last4").
        id_tells_method: bool,
    },
    /// One more method of this customer.
    For(CustomerId),
}

impl Keep {
    /// As the file has it.
    fn as_text(keep: Option<&Self>) -> String {
        match keep {
            None => String::new(),
            Some(Self::New { id_tells_method: false }) => "new".to_owned(),
            Some(Self::New { id_tells_method: true }) => "new xid_type_last4".to_owned(),
            Some(Self::For(id)) => format!("for {id}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "" => None,
            "new" => Some(Self::New { id_tells_method: false }),
            "new xid_type_last4" => Some(Self::New { id_tells_method: true }),
            _ => Some(Self::For(CustomerId::from_stored(text.strip_prefix("for ")?.to_owned()))),
        }
    }
}

/// A sealed method of a charge, and what an approval makes of it.
pub(super) struct Held {
    method: SealedMethod,
    keep: Option<Keep>,
}

impl App {
    /// Makes a customer of the card or bank account that paid, with the addresses of the payment; the customer that
    /// paid, or was made of it before, where there is one.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Conflict` where the payment was not approved or what paid is not kept (any more).
    pub async fn transaction_keep(&self, caller: &Caller, id: &TransactionId) -> Result<CustomerRecord> {
        caller.may(Action::CustomerCreate)?;
        self.transaction_find(caller, id)?;
        let asked = Asked::new("customer", "transaction.keep").with(id.as_str());
        let id = id.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| keep_in(tx, caller, &id);
        self.write_once(caller, asked, work, |tx, id| customer::require(tx, &CustomerId::from_stored(id.to_owned())))
            .await
    }

    /// Seals what pays, before the write job that begins the charge; a stored method, a terminal and what only its
    /// processor can read are not kept.
    ///
    /// # Errors
    /// `Forbidden`; `Invalid` naming the field.
    pub(super) fn hold_prepare(
        &self,
        caller: &Caller,
        charging: &Charging,
        keep: Option<Keep>,
    ) -> Result<Option<Held>> {
        match &keep {
            Some(Keep::New { .. }) => caller.may(Action::CustomerCreate)?,
            Some(Keep::For(id)) => {
                caller.may(Action::CustomerUpdate)?;
                let found = self.store().read(|tx| store::customer::fetch_record(tx, id))?;
                let full = |record: &CustomerRecord| record.methods.len() >= limits::PAYMENT_METHODS_MAX;
                let problem = match found {
                    None => Some("no customer has this id"),
                    Some(record) if full(&record) => Some("the customer has too many payment methods"),
                    Some(_) => None,
                };
                if let Some(problem) = problem {
                    return Err(Error::invalid("create_vault_record_for", problem));
                }
            }
            None => {}
        }
        let sealed = new_method(&charging.instrument).map(|method| self.payment_method_seal(method)).transpose()?;
        Ok(sealed.map(|method| Held { method, keep }))
    }

    /// Takes away what was held and nobody kept in time; answers how many.
    pub(crate) async fn held_methods_prune(&self) -> Result<usize> {
        let before = self.now().plus(-limits::CHARGED_METHOD_KEPT_DAYS * DAY);
        let mut removed = 0usize;
        loop {
            let count =
                self.store().write(move |tx| store::payment_method::delete_held_before(tx, before, PRUNE_MAX)).await?;
            removed = removed.saturating_add(count);
            if count == 0 {
                return Ok(removed);
            }
        }
    }
}

/// Answers the customer's id.
fn keep_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &TransactionId) -> Result<String> {
    let mut t = store::transaction::fetch(tx, id)?.ok_or_else(|| Error::not_found("transaction", id.as_str()))?;
    if let Some(customer_id) = &t.customer_id {
        return Ok(customer_id.to_string());
    }
    if !(100..200).contains(&t.response_code) || t.status == TransactionStatus::Unknown {
        return Err(Error::Conflict("the payment was not approved".to_owned()));
    }
    let held = store::payment_method::fetch_held(tx, id)?.ok_or_else(|| {
        Error::Conflict(format!(
            "what paid is not kept: it is for {} days, of payments by card or bank account",
            limits::CHARGED_METHOD_KEPT_DAYS
        ))
    })?;
    let record = new_customer_in(tx, caller, &t, &held, false)?;
    attach_in(tx, caller, &mut t, &held, &record)?;
    store::transaction::update(tx, &t)?;
    Ok(record.customer.id.to_string())
}

/// What pays as a method that can be stored; `None` for a terminal, another page and what only its processor can read.
pub(super) fn new_method(instrument: &Instrument) -> Option<NewMethod> {
    let card = |number: CardNumber, expiry: Expiry| NewMethod::Card { number, expiration_date: expiry.to_mm_yy() };
    match instrument {
        Instrument::Card { number, expiry, keyed: _ } => Some(card(number.clone(), *expiry)),
        Instrument::Read(read) => read.card().map(|(number, expiry)| card(number, expiry)),
        Instrument::BankAccount { routing, account, sec_code, account_type } => Some(NewMethod::Ach {
            routing_number: routing.clone(),
            account_number: account.clone(),
            account_type: *account_type,
            sec_code: *sec_code,
        }),
        Instrument::Terminal { .. } | Instrument::Apm { .. } | Instrument::Earlier => None,
    }
}

/// Writes down what pays a charge, until its outcome is known.
pub(super) fn hold_in(tx: &mut WriteTx<'_>, id: &TransactionId, held: Held) -> Result<()> {
    payment_method::hold_in(tx, id, held.method, &Keep::as_text(held.keep.as_ref()))
}

/// The charge was approved: keeps what paid where that was asked for. Money that has moved is never refused here.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn approved_in(tx: &mut WriteTx<'_>, caller: &Caller, t: &mut Transaction) -> Result<()> {
    let Some(held) = store::payment_method::fetch_held(tx, &t.id)? else { return Ok(()) };
    let record = match Keep::parse(&held.keep) {
        None => return Ok(()),
        Some(Keep::New { id_tells_method }) => new_customer_in(tx, caller, t, &held, id_tells_method)?,
        // Deleted or filled up meanwhile: nothing is kept.
        Some(Keep::For(id)) => match store::customer::fetch_record(tx, &id)? {
            Some(record) if record.methods.len() < limits::PAYMENT_METHODS_MAX => record,
            _ => return Ok(()),
        },
    };
    attach_in(tx, caller, t, &held, &record)
}

/// The charge was refused, or never sent: what would have paid is not held any more.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn refused_in(tx: &mut WriteTx<'_>, id: &TransactionId) -> Result<()> {
    store::payment_method::delete_held(tx, id)
}

fn new_customer_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    t: &Transaction,
    held: &HeldMethod,
    id_tells_method: bool,
) -> Result<CustomerRecord> {
    let address = |column: &str, json: &str| -> Result<Option<Address>> {
        Ok(Some(address_from_json("txn", column, t.id.as_str(), json)?).filter(|address| !address.is_empty()))
    };
    let id: CustomerId = tx.new_id();
    let id = match id_tells_method {
        true => CustomerId::from_stored(format!("{id}_{}_{}", held.method_type, held.last_four)),
        false => id,
    };
    let command = CreateCustomer {
        id: Some(id),
        billing: address("billing_address_json", &t.billing_address_json)?,
        shipping: address("shipping_address_json", &t.shipping_address_json)?,
        ..CreateCustomer::default()
    };
    customer::create_in(tx, caller, command, None)
}

/// Makes the held method the customer's; the first one is the default.
fn attach_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    t: &mut Transaction,
    held: &HeldMethod,
    record: &CustomerRecord,
) -> Result<()> {
    let customer = &record.customer;
    store::payment_method::attach(tx, &t.id, &customer.id)?;
    if record.methods.is_empty() {
        let defaults = Defaults { payment_method_id: Some(held.id.clone()), ..customer.defaults.clone() };
        store::customer::update(tx, &Customer { defaults, ..customer.clone() })?;
    }
    payment_method::attached_in(tx, caller, &customer.id, &held.id)?;
    good_method_in(tx, &customer.id, &held.id)?;
    t.customer_id = Some(customer.id.clone());
    t.payment_method_id = Some(held.id.clone());
    Ok(())
}
