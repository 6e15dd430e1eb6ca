//! What an answer shows of a transaction besides its row: names, addresses, where a customer confirms.

use crate::app::App;
use crate::app::caller::Caller;
use crate::app::transaction::{challenge, may_see};
use crate::domain::access::Action;
use crate::domain::address::Address;
use crate::domain::attempt::AttemptState;
use crate::domain::event::Event;
use crate::domain::fees::surcharge::Funding;
use crate::domain::transaction::{InstrumentFacts, Transaction, TransactionStatus};
use crate::error::{Error, Result};
use crate::store::value::address_from_json;
use crate::store::{self, ReadTx};

/// A transaction with everything that an answer shows of it.
#[derive(Clone, Debug)]
pub struct TransactionView {
    /// The transaction.
    pub transaction: Transaction,
    /// Name of the user who made it, "" where nobody did.
    pub user_name: String,
    /// The merchant's id.
    pub merchant_id: String,
    /// The merchant's name.
    pub merchant_name: String,
    /// "simulator".
    pub processor_type: String,
    /// The processor's name.
    pub processor_name: String,
    /// Billed to.
    pub billing: Address,
    /// Shipped to.
    pub shipping: Address,
    /// How the card is paid for, where its issuer's range tells.
    pub funding: Option<Funding>,
    /// Number of the settlement batch, once it settled.
    pub batch_number: Option<i64>,
    /// Where the customer confirms, while it waits for that.
    pub redirect_url: Option<String>,
}

impl App {
    /// What an answer shows of `transactions`, in their order.
    ///
    /// # Errors
    /// `Forbidden`; a row that breaks a rule.
    pub fn transactions_describe(
        &self,
        caller: &Caller,
        transactions: Vec<Transaction>,
    ) -> Result<Vec<TransactionView>> {
        caller.may(Action::TransactionView)?;
        let public_url = self.settings().public_url.clone();
        let seen = transactions.into_iter().filter(|transaction| may_see(caller, transaction));
        let views: Vec<TransactionView> = self
            .store()
            .read(|tx| seen.map(|transaction| describe(tx, &public_url, transaction)).collect::<Result<_>>())?;
        Ok(views.into_iter().map(|view| self.with_funding(view)).collect())
    }

    fn with_funding(&self, view: TransactionView) -> TransactionView {
        let Some(InstrumentFacts::Card { first_six, .. }) = &view.transaction.instrument else { return view };
        let processor = self.processors().get(view.transaction.processor_id.as_str());
        TransactionView { funding: processor.and_then(|known| known.funding(first_six)), ..view }
    }

    /// The transaction that `event` tells of, as it was then; names are today's.
    ///
    /// # Errors
    /// `NotFound` where the event tells of no transaction; a snapshot that breaks a rule.
    pub(crate) fn transaction_of_event(&self, event: &Event) -> Result<TransactionView> {
        let snapshot: serde_json::Value = serde_json::from_str(&event.data_json).map_err(Error::internal)?;
        if event.subject_kind != "transaction" || snapshot.get("id").is_none() {
            return Err(Error::not_found("transaction", event.subject_id.clone()));
        }
        let public_url = &self.settings().public_url;
        let view =
            self.store().read(|tx| describe(tx, public_url, store::transaction_snapshot::read(tx, &snapshot)?))?;
        Ok(self.with_funding(view))
    }
}

fn describe(tx: &ReadTx<'_>, public_url: &str, transaction: Transaction) -> Result<TransactionView> {
    let t = &transaction;
    let id = t.id.as_str();
    let company = store::company::fetch(tx)?;
    let user = t.user_id.as_ref().map(|id| store::user::name_of(tx, id)).transpose()?.flatten();
    let processor = store::processor::fetch(tx, &t.processor_id)?;
    let batch = t.settlement_batch_id.as_ref().map(|id| store::settlement::fetch_number(tx, id)).transpose()?;
    let redirect_url = match t.status {
        TransactionStatus::Pending => challenge_path(tx, t)?.map(|path| format!("{public_url}{path}")),
        _ => None,
    };
    Ok(TransactionView {
        user_name: user.unwrap_or_default(),
        merchant_id: company.id.to_string(),
        merchant_name: company.name,
        processor_type: processor.as_ref().map(|found| found.kind.clone()).unwrap_or_default(),
        processor_name: processor.map(|found| found.name).unwrap_or_default(),
        billing: address_from_json("txn", "billing_address_json", id, &t.billing_address_json)?,
        shipping: address_from_json("txn", "shipping_address_json", id, &t.shipping_address_json)?,
        redirect_url,
        funding: None,
        batch_number: batch.flatten(),
        transaction,
    })
}

fn challenge_path(tx: &ReadTx<'_>, transaction: &Transaction) -> Result<Option<String>> {
    let attempts = store::attempt::list_of_transaction(tx, &transaction.id)?;
    Ok(attempts.iter().find(|attempt| attempt.state == AttemptState::Action).map(challenge::path))
}
