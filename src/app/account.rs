//! Accounts of the treasury: an account is a customer, made and charged without anyone in front of a screen. The card
//! comes as a token, or the customer enters it on a page that opens once.

use serde_json::json;

use super::customer::{self, ChangeCustomer, CreateCustomer};
use super::payment_method::{self, NewMethod, SealedMethod};
use super::prepaid_plan::{self, AccountCharged, AttachPlan, Worked, attach_asked_in, card_came_in};
use super::recurring::dunning::good_method_in;
use super::write_once::Asked;
use super::{App, Caller, event};
use crate::auth::one_time;
use crate::domain::access::Action;
use crate::domain::customer::{Customer, CustomerRecord, Defaults};
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, base62};
use crate::domain::page::{Page, PageAsked};
use crate::domain::plan_attachment::PlanAttachment;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::processors::simulator::table::{Behaviour, card_of_token, row_of_card};
use crate::store::{self, ReadTx, WriteTx};

/// The purpose of the key that the secrets of card pages follow from.
const COLLECTOR_KEY: &str = "card collector";

/// A customer as an account.
#[derive(Clone, Debug)]
pub struct Account {
    /// The customer.
    pub record: CustomerRecord,
    /// Where the customer enters a card, while that page is open.
    pub card_collector_url: Option<String>,
    /// The customer's prepaid plan.
    pub plan: PlanAttachment,
    /// JSON text of the plan's flags; of none where there is no plan.
    pub plan_flags_json: String,
}

/// A new account.
pub struct CreateAccount {
    /// The customer; a card in it comes as a token.
    pub customer: CreateCustomer,
    /// Whether the customer gets a page to enter a card.
    pub has_card_collector: bool,
    /// The plan that is attached at once, or by the first card.
    pub plan: Option<AttachPlan>,
}

impl App {
    /// Makes an account, and attaches a plan to it; nothing else is charged. Where the card declines, the account is
    /// there without the plan.
    ///
    /// # Errors
    /// As [`App::customer_create`]; `Invalid` naming `token`; `NotFound` for the plan, `Invalid` naming what does not
    /// fit it; `Refused` where it costs something and neither card nor page for one is given: no account is made then.
    pub async fn account_create(&self, caller: &Caller, command: CreateAccount) -> Result<AccountCharged> {
        caller.may(Action::CustomerCreate)?;
        let CreateAccount { customer: command, has_card_collector, plan } = command;
        if let Some(NewMethod::Token(token)) = &command.method {
            refuse_unattended(token)?;
        }
        let told = Asked::new("customer", "account.create").with(&has_card_collector.to_string());
        let asked = command.told(told.with(&format!("{plan:?}")));
        let (command, method) = self.customer_prepare(command)?;
        let till = plan.is_some().then(|| self.till()).transpose()?;
        let app = self.clone();
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let id = customer::create_in(tx, caller, command, method)?.customer.id;
            if has_card_collector {
                let hash = one_time::hash(&app.card_collector_secret(&id, tx.now()));
                store::card_collector::insert(tx, &hash, &id)?;
            }
            let begun = match plan.zip(till) {
                Some((plan, till)) => attach_asked_in(&app, tx, caller, &till, &id, plan, has_card_collector)?,
                None => None,
            };
            Ok(Worked { customer_id: id, begun, step_id: None })
        };
        self.account_charge(caller, asked, work).await
    }

    /// The account with this id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub fn account_find(&self, caller: &Caller, id: &CustomerId) -> Result<Account> {
        caller.may(Action::CustomerView)?;
        self.store().read(|tx| self.account_in(tx, id))
    }

    /// Accounts, the youngest first.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn account_list(&self, caller: &Caller, asked: PageAsked) -> Result<Page<Account>> {
        caller.may(Action::CustomerView)?;
        self.store().read(|tx| {
            let ids = store::customer::list_ids(tx, asked)?;
            let accounts = ids.into_iter().map(|(key, id)| Ok((key, self.account_in(tx, &id)?)));
            Ok(Page::of(accounts.collect::<Result<Vec<_>>>()?, asked))
        })
    }

    /// Changes an account.
    ///
    /// # Errors
    /// As [`App::customer_update`].
    pub async fn account_update(&self, caller: &Caller, id: &CustomerId, change: ChangeCustomer) -> Result<Account> {
        self.customer_update(caller, id, change).await?;
        self.account_find(caller, id)
    }

    /// Makes the card behind a token the one that pays from now on. One that is stored already is not stored twice. A
    /// plan that waited for it is attached, one that is past due is paid; where it declines, the card is stored.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`; `Invalid` naming `token`; `Conflict` where there are too many cards.
    pub async fn account_card_set(&self, caller: &Caller, id: &CustomerId, token: String) -> Result<AccountCharged> {
        caller.may(Action::CustomerUpdate)?;
        refuse_unattended(&token)?;
        let asked = Asked::new("customer", "account.card").with(id.as_str()).with(&token);
        let sealed = self.payment_method_seal(NewMethod::Token(token))?;
        let (customer_id, app, till) = (id.clone(), self.clone(), self.till()?);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            pay_with_in(tx, caller, &customer_id, sealed)?;
            let begun = card_came_in(&app, tx, caller, &till, &customer_id)?;
            Ok(Worked { customer_id, begun, step_id: None })
        };
        self.account_charge(caller, asked, work).await
    }

    /// Whose card page a secret opens, by name.
    ///
    /// # Errors
    /// `NotFound`: used, or never there; both look alike.
    pub fn card_collector_find(&self, secret: &str) -> Result<CustomerRecord> {
        self.store().read(|tx| {
            let id = store::card_collector::fetch_open(tx, &one_time::hash(secret))?.ok_or_else(no_page)?;
            customer::require(tx, &id)
        })
    }

    /// Stores the card that a customer entered on the page, which is used up by it, and charges it as
    /// [`App::account_card_set`] does.
    ///
    /// # Errors
    /// `NotFound` as [`App::card_collector_find`]; `Invalid` naming the part of the card.
    pub async fn card_collect(&self, caller: &Caller, secret: &str, card: NewMethod) -> Result<AccountCharged> {
        let hash = one_time::hash(secret);
        let sealed = self.payment_method_seal(card)?;
        let (app, till) = (self.clone(), self.till()?);
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let customer_id = store::card_collector::fetch_open(tx, &hash)?.ok_or_else(no_page)?;
            if !store::card_collector::use_up(tx, &hash)? {
                return Err(no_page());
            }
            pay_with_in(tx, caller, &customer_id, sealed)?;
            let begun = card_came_in(&app, tx, caller, &till, &customer_id)?;
            Ok(Worked { customer_id, begun, step_id: None })
        };
        // The page names no request: it is used up by the first.
        self.account_charge(caller, Asked::new("customer", "account.collect"), work).await
    }

    /// A customer as an account.
    ///
    /// # Errors
    /// `NotFound`.
    pub(crate) fn account_in(&self, tx: &ReadTx<'_>, id: &CustomerId) -> Result<Account> {
        let record = customer::require(tx, id)?;
        let open = store::card_collector::open_of(tx, id)?;
        let url = |made_at| format!("{}/card/{}", self.settings().public_url, self.card_collector_secret(id, made_at));
        let plan = prepaid_plan::attachment_in(tx, id)?;
        let attached = plan.plan_id().map(|id| prepaid_plan::require_in(tx, id)).transpose()?;
        let plan_flags_json = attached.map_or_else(|| "{}".to_owned(), |plan| plan.flags_json);
        Ok(Account { record, card_collector_url: open.map(url), plan, plan_flags_json })
    }

    /// The secret of a card page: it follows from whose it is and when it was made, so that it can be shown again
    /// although only its hash is kept.
    fn card_collector_secret(&self, id: &CustomerId, made_at: Timestamp) -> String {
        let mac = self.vault().fingerprint(COLLECTOR_KEY, format!("{id}|{}", made_at.as_micros()).as_bytes());
        let number = mac.iter().take(16).fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
        base62(number, 22)
    }
}

/// Makes a card the one that pays from now on.
fn pay_with_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &CustomerId, sealed: SealedMethod) -> Result<()> {
    let record = customer::require(tx, id)?;
    let known = record.methods.iter().find(|method| method.fingerprint == sealed.secret.fingerprint);
    let card = match known {
        Some(known) => known.id.clone(),
        None => payment_method::add_in(tx, &record, sealed)?.id,
    };
    let defaults = Defaults { payment_method_id: Some(card.clone()), ..record.customer.defaults.clone() };
    store::customer::update(tx, &Customer { defaults, updated_at: tx.now(), ..record.customer })?;
    let facts = json!({ "change": "default_card", "payment_method_id": card.as_str() });
    event::emit(tx, caller, Topic::CustomerUpdated, id.as_str(), &facts)?;
    good_method_in(tx, id, &card)
}

fn no_page() -> Error {
    Error::not_found("link", "")
}

/// Nobody stands before a screen when an account is charged: a card that asks its holder each time is of no use.
///
/// # Errors
/// `Invalid` naming `token`.
pub(super) fn refuse_unattended(token: &str) -> Result<()> {
    match card_of_token(token).and_then(|number| row_of_card(&number)) {
        Some(row) if matches!(row.behaviour, Behaviour::Challenges { .. }) => {
            Err(Error::invalid("token", "is of a card that asks its holder each time"))
        }
        _ => Ok(()),
    }
}
