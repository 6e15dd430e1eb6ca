//! The business facts whose money must move once, and the client that asks for them until it is told.

use std::collections::BTreeMap;

use bursar::app::auto_refill::SetAutoRefill;
use bursar::app::customer::CreateCustomer;
use bursar::app::deposit::MakeDeposit;
use bursar::app::invoice::IssueInvoice;
use bursar::app::payment_method::NewMethod;
use bursar::app::transaction::{
    AdjustTip, CaptureTransaction, ChallengeAnswer, ChargeTransaction, PayInvoice, PayWishes, PayWith, Payment,
    RefundTransaction,
};
use bursar::app::usage_event::{NewState, RecordUsage};
use bursar::app::{App, Caller};
use bursar::domain::auto_refill::RefillTerms;
use bursar::domain::card::{CardNumber, Expiry};
use bursar::domain::currency::{Currency, Denomination};
use bursar::domain::id::{CustomerId, InvoiceId, PrepaidPlanId, TransactionId};
use bursar::domain::invoice::InvoiceSource;
use bursar::domain::invoice::price::NewLine;
use bursar::domain::money::Money;
use bursar::domain::time::DAY;
use bursar::domain::transaction::{Transaction, TransactionStatus, TransactionType};
use bursar::domain::usage_event::{Cost, EventType};
use bursar::error::{Error, Result};
use zeroize::Zeroizing;

use super::plan;
use super::world::{World, merchant, merchant_with_key};

/// What every fact moves, minor units of USD.
pub const AMOUNT: i64 = 10_000;
/// What the tip adds.
pub const TIP: i64 = 1_500;
/// What the refund gives back: a part, so that a second one would be possible.
pub const REFUND: i64 = 3_000;

/// Units that are left when the refill fires.
pub const LEFT: i64 = 100;
/// Units that the refill buys.
pub const UNITS: i64 = 500;

/// A card that is approved.
pub const GOOD: &str = "4242424242424242";

/// A business fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A sale that a shop asks for with an idempotency key.
    Sale,
    /// An authorization and its capture.
    Capture,
    /// A sale and its void.
    Void,
    /// A sale and its tip.
    Tip,
    /// A refund of a part of a settled sale.
    Refund,
    /// A customer pays an invoice on its page.
    InvoicePage,
    /// A customer pays an invoice on its page and confirms with the bank (3-D Secure).
    Challenge,
    /// An invoice is charged by itself.
    InvoiceCollected,
    /// A usage event lowers a balance to where its auto refill buys units.
    Refill,
    /// A prepaid plan is attached to a customer.
    PlanAttach,
    /// A prepaid plan renews by itself.
    PlanRenewal,
}

/// What a client knows: what it was told, which ids it holds.
#[derive(Default)]
pub struct Client {
    /// Every transaction it was told of, with the last status.
    pub told: BTreeMap<String, TransactionStatus>,
    /// The challenge page that the customer was sent to.
    pub challenge: Option<String>,
    /// Whether the invoice page said that it is paid, or the account that the plan is attached.
    pub told_paid: bool,
    /// How often the plan's charge was declined: each try has a name of its own.
    pub declines: usize,
}

/// What a template holds besides the books.
#[derive(Clone, Default)]
pub struct Given {
    /// The settled sale to refund.
    pub settled: Option<TransactionId>,
    /// The invoice to pay.
    pub invoice: Option<(InvoiceId, String)>,
    /// The customer whose balance is to be refilled.
    pub refilled: Option<CustomerId>,
    /// The customer and the plan.
    pub plan: Option<(CustomerId, PrepaidPlanId)>,
}

impl Fact {
    /// Books in which the fact can happen, closed.
    pub fn template(self, settings: bursar::processors::simulator::Settings) -> (World, Given) {
        let mut world = World::new(settings);
        let given = block_on(self.prepare(&world));
        if self == Self::PlanRenewal {
            world.pass(31 * DAY);
        }
        if self == Self::Refund {
            world.pass(DAY);
            block_on(world.app().jobs_run_due()).expect("the sale settles");
        }
        world.close();
        (world, given)
    }

    /// Whether the bank or the program is called twice for it, which doubles the places to die at.
    pub fn has_two_calls(self) -> bool {
        matches!(self, Self::Capture | Self::Void | Self::Tip | Self::Challenge)
    }

    /// Makes what the fact needs in open books.
    pub async fn prepare(self, world: &World) -> Given {
        let app = world.app();
        match self {
            Self::Sale | Self::Capture | Self::Void | Self::Tip => Given::default(),
            Self::Refund => {
                let sold = app.transaction_charge(merchant(), charge(TransactionType::Sale, "given")).await;
                Given { settled: Some(sold.expect("the sale is approved").id), ..Given::default() }
            }
            Self::PlanAttach | Self::PlanRenewal => {
                Given { plan: Some(plan::prepare(self, world).await), ..Given::default() }
            }
            Self::InvoicePage | Self::Challenge | Self::InvoiceCollected => {
                let customer = customer(app, GOOD).await;
                let usd = |minor| Money::new(minor, Currency::USD).expect("in range");
                let lines = vec![NewLine::of("Service", usd(AMOUNT))];
                let due = world.now().plus(30 * DAY);
                let mut invoice = IssueInvoice::new(InvoiceSource::Api, Currency::USD, lines, due);
                invoice.customer_id = Some(customer);
                invoice.collect_at = (self == Self::InvoiceCollected).then(|| world.now());
                let issued = app.invoice_create(&merchant(), invoice).await.expect("the invoice is good");
                Given { invoice: Some((issued.id, issued.public_id)), ..Given::default() }
            }
            Self::Refill => {
                let customer_id = customer(app, GOOD).await;
                let granted = MakeDeposit {
                    customer_id: customer_id.clone(),
                    denomination: Some(credits()),
                    amount: 1 + LEFT,
                    charge: 0,
                    charge_against: None,
                };
                app.deposit_make(&merchant(), granted).await.expect("units are granted");
                let terms = RefillTerms {
                    threshold: Some(LEFT),
                    amount: UNITS,
                    charge_minor: AMOUNT,
                    is_monthly: false,
                    cap_minor: None,
                    cooldown_s: 300,
                };
                let denomination = credits();
                let set = SetAutoRefill { customer_id: customer_id.clone(), denomination, terms, is_enabled: true };
                app.auto_refill_set(&merchant(), set).await.expect("the terms are good");
                Given { refilled: Some(customer_id), ..Given::default() }
            }
        }
    }

    /// The client asks for the fact, as after a lost answer: again and again with the same key.
    ///
    /// # Errors
    /// What a client may be refused with: a conflict or what is no longer possible; a fault is the crash.
    pub async fn ask(self, app: &App, given: &Given, client: &mut Client) -> Result<()> {
        match self {
            Self::Sale => client.hear(app.transaction_charge(merchant(), charge(TransactionType::Sale, "sale")).await?),
            Self::Capture => {
                let charged = app.transaction_charge(merchant(), charge(TransactionType::Authorize, "hold")).await?;
                let (id, status) = (charged.id.clone(), charged.status);
                client.hear(charged);
                if status == TransactionStatus::Authorized {
                    let captured = app.transaction_capture(merchant(), id, CaptureTransaction::default()).await?;
                    client.hear(captured);
                }
            }
            Self::Void => {
                let charged = app.transaction_charge(merchant(), charge(TransactionType::Sale, "void")).await?;
                let (id, status) = (charged.id.clone(), charged.status);
                client.hear(charged);
                if status == TransactionStatus::PendingSettlement {
                    client.hear(app.transaction_void(merchant(), id).await?);
                }
            }
            Self::Tip => {
                let charged = app.transaction_charge(merchant(), charge(TransactionType::Sale, "tip")).await?;
                let (id, status) = (charged.id.clone(), charged.status);
                client.hear(charged);
                if status == TransactionStatus::PendingSettlement {
                    let tip = AdjustTip { tip_minor: TIP, base_minor: Some(AMOUNT) };
                    client.hear(app.transaction_tip(merchant(), id, tip).await?);
                }
            }
            Self::Refund => {
                let id = given.settled.clone().expect("the template settled a sale");
                client.hear(
                    app.transaction_refund(merchant_with_key("refund"), id, RefundTransaction::of(Some(REFUND)))
                        .await?,
                );
            }
            Self::InvoicePage => {
                let (_, public_id) = given.invoice.clone().expect("the template issued an invoice");
                match app.invoice_pay(page(), pay(public_id, AMOUNT)).await? {
                    Payment::Approved(paid) => {
                        client.hear(paid);
                        client.told_paid = true;
                    }
                    Payment::Declined(tried) | Payment::BeingConfirmed(tried) => client.hear(tried),
                    Payment::ActionRequired { .. } => unreachable!("this card asks nothing"),
                }
            }
            Self::Challenge => {
                if let Some(path) = client.challenge.clone() {
                    confirm(app, &path).await?;
                }
                let (_, public_id) = given.invoice.clone().expect("the template issued an invoice");
                let pays = PayInvoice { pay_with: card("4000002500003155"), ..pay(public_id, AMOUNT) };
                match app.invoice_pay(page(), pays).await? {
                    Payment::Approved(paid) => client.hear(paid),
                    Payment::Declined(tried) | Payment::BeingConfirmed(tried) => client.hear(tried),
                    Payment::ActionRequired { challenge_path, .. } => {
                        client.challenge = Some(challenge_path.clone());
                        confirm(app, &challenge_path).await?;
                    }
                }
            }
            Self::Refill => {
                let customer = given.refilled.as_ref().expect("the template made a customer");
                let new = RecordUsage {
                    kind: EventType::parse("CALL").expect("a type"),
                    quantity: 1,
                    cost: Some(Cost { denomination: credits(), amount: 1 }),
                    state: NewState::Complete,
                    gate_on_balance: true,
                    metadata_json: "{}".to_owned(),
                };
                app.usage_event_record(&merchant_with_key("call"), customer, new).await?;
            }
            Self::InvoiceCollected | Self::PlanRenewal => {}
            Self::PlanAttach => {
                plan::ask(app, given.plan.clone().expect("the template made a plan"), client).await?;
            }
        }
        Ok(())
    }
}

/// What a refilled balance counts.
pub fn credits() -> Denomination {
    Denomination::parse("credits").expect("a denomination")
}

impl Client {
    fn hear(&mut self, transaction: Transaction) {
        self.told.insert(transaction.id.to_string(), transaction.status);
    }
}

/// The customer confirms on the page at `path`.
async fn confirm(app: &App, path: &str) -> Result<()> {
    let reference = path.rsplit('/').next().expect("a path has a last part");
    app.challenge_answer(page(), reference, ChallengeAnswer::Approves).await.map(|_| ())
}

/// The hosted page's caller.
pub fn page() -> Caller {
    Caller::customer(String::new())
}

/// Whether a client may be answered so without anything being wrong.
pub fn is_refusal(error: &Error) -> bool {
    matches!(error, Error::Conflict(_) | Error::InvalidTransition { .. } | Error::Declined { .. })
}

/// A customer with this card on file.
pub async fn customer(app: &App, number: &str) -> bursar::domain::id::CustomerId {
    let number = CardNumber::parse(number).expect("a card");
    let method = Some(NewMethod::Card { number, expiration_date: "12/30".to_owned() });
    let made = app.customer_create(&merchant(), CreateCustomer { method, ..CreateCustomer::default() }).await;
    made.expect("the customer is good").customer.id
}

/// A card typed in.
pub fn card(number: &str) -> PayWith {
    PayWith::Card {
        number: CardNumber::parse(number).expect("a card"),
        expiry: Expiry::new(12, 2030).expect("a month"),
        keyed: true,
        cvc: None,
    }
}

/// A payment of all that the page shows.
pub fn pay(public_id: String, seen_due_minor: i64) -> PayInvoice {
    PayInvoice {
        public_id,
        seen_due_minor,
        amount: None,
        tip: None,
        pay_with: card(GOOD),
        billing: None,
        shipping: None,
        ip_address: String::new(),
        wishes: PayWishes::default(),
    }
}

/// A charge with an idempotency key that counts for a month.
pub fn charge(kind: TransactionType, key: &str) -> ChargeTransaction {
    ChargeTransaction {
        idempotency_key: Some((key.to_owned(), Some(30 * 24 * 3_600))),
        canonical: Zeroizing::new(key.as_bytes().to_vec()),
        ..ChargeTransaction::of(kind, Currency::USD, AMOUNT, card(GOOD))
    }
}

/// Runs `future` on a runtime of its own: opening a folder may not happen inside one.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}
