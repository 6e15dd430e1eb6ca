//! Stored cards and bank accounts: added, changed, taken away, and opened for a charge.
//!
//! A number comes in as [`CardNumber`] or [`AccountNumber`], is sealed before the write job, and leaves the vault only
//! in `App::instrument_of`.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::json;
use zeroize::Zeroizing;

pub(super) use super::method_needed::refuse_if_needed;
use super::method_token::{self, Spend};
use super::method_trial::MethodTrial;
use super::recurring::dunning::good_method_in;
use super::wallet::WalletToken;
use super::write_once::Asked;
use super::{App, Caller, customer, event};
use crate::domain::access::Action;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{Brand, CardNumber, Expiry};
use crate::domain::customer::CustomerRecord;
use crate::domain::event::Topic;
use crate::domain::id::{CustomerId, PaymentMethodId, TransactionId};
use crate::domain::payment_method::{MethodDetails, MethodFlag, MethodType, PaymentMethod};
use crate::domain::time::Timestamp;
use crate::domain::wallet::Wallet;
use crate::error::{Error, Result};
use crate::limits;
use crate::processors::{Instrument, simulator};
use crate::store::{self, ReadTx, WriteTx};
use crate::vault::Place;

/// A payment method as a caller gives it; what had to be read is read, only the expiry waits for the present date.
#[derive(Clone)]
pub enum NewMethod {
    /// A card.
    Card {
        /// Its number.
        number: CardNumber,
        /// "MM/YY" or "MMYY".
        expiration_date: String,
    },
    /// A bank account.
    Ach {
        /// The bank.
        routing_number: RoutingNumber,
        /// The account.
        account_number: AccountNumber,
        /// Checking or savings.
        account_type: AccountType,
        /// How the holder agreed.
        sec_code: SecCode,
    },
    /// A token that stands for a card.
    Token(String),
    /// What Apple Pay or Google Pay gave a shop's page.
    Wallet(WalletToken),
}

/// What to change of a payment method; what is `None` stays.
#[derive(Clone, Default)]
#[expect(missing_docs, reason = "the names are those of the parts of a payment method")]
pub struct ChangeMethod {
    pub number: Option<CardNumber>,
    pub expiration_date: Option<String>,
    pub routing_number: Option<RoutingNumber>,
    pub account_number: Option<AccountNumber>,
    pub account_type: Option<AccountType>,
    pub sec_code: Option<SecCode>,
    pub flags: Option<Vec<MethodFlag>>,
    /// A token in place of number and expiry.
    pub token: Option<String>,
}

impl ChangeMethod {
    /// What is asked, with this change in it.
    fn told(&self, asked: Asked) -> Asked {
        let asked = asked
            .with_some(self.number.as_ref().map(CardNumber::expose))
            .with_some(self.expiration_date.as_deref())
            .with_some(self.routing_number.as_ref().map(RoutingNumber::as_str))
            .with_some(self.account_number.as_ref().map(AccountNumber::expose))
            .with_some(self.account_type.map(AccountType::as_str))
            .with_some(self.sec_code.map(SecCode::as_str))
            .with_some(self.token.as_deref())
            .with_some(self.flags.as_ref().map(|_| "flags"));
        self.flags.iter().flatten().fold(asked, |asked, flag| asked.with(flag.as_str()))
    }
}

/// A payment method ready to be written: its number is sealed for the row it will have.
pub(crate) struct SealedMethod {
    pub(crate) id: PaymentMethodId,
    pub(crate) details: MethodDetails,
    pub(crate) secret: SealedNumber,
    /// The one-time token it was given as, to be used up.
    token: Option<Spend>,
    flags: Vec<MethodFlag>,
}

/// What the row keeps of a number.
pub(crate) struct SealedNumber {
    masked: String,
    last_four: String,
    sealed: Vec<u8>,
    pub(crate) fingerprint: Vec<u8>,
}

impl SealedMethod {
    /// "1111".
    pub(crate) fn last_four(&self) -> &str {
        &self.secret.last_four
    }

    /// The row of this method, made at `now` for this customer.
    pub(in crate::app) fn into_row(self, customer_id: CustomerId, now: Timestamp) -> PaymentMethod {
        let Self { id, details, secret, flags, token: _ /* used up by whoever stores it */ } = self;
        let SealedNumber { masked, last_four, sealed, fingerprint } = secret;
        PaymentMethod {
            id,
            customer_id,
            details,
            masked,
            last_four,
            sealed,
            fingerprint,
            flags,
            processor_id: String::new(),
            created_at: now,
            updated_at: now,
        }
    }
}

impl App {
    /// Adds a payment method; answers the whole record and the new id.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Invalid` naming the part below the method, `Conflict` where there are too many.
    pub async fn payment_method_create(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        method: NewMethod,
    ) -> Result<(CustomerRecord, PaymentMethodId)> {
        self.payment_method_create_tried(caller, customer_id, method, None).await
    }

    /// As [`App::payment_method_create`], after a trial where one is asked for.
    ///
    /// # Errors
    /// As there; what the trial says.
    pub async fn payment_method_create_tried(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        method: NewMethod,
        trial: Option<MethodTrial>,
    ) -> Result<(CustomerRecord, PaymentMethodId)> {
        caller.may(Action::CustomerUpdate)?;
        let asked = method.told(Asked::new("payment_method", "payment_method.create").with(customer_id.as_str()));
        let asked = MethodTrial::told(trial, asked);
        let sealed = self.payment_method_seal(method);
        if let (Some(trial), Ok(sealed)) = (trial, &sealed) {
            let record = self.store().read(|tx| customer::require(tx, customer_id))?;
            let postal_code = record.default_billing().map(|address| address.postal.postal_code.clone());
            self.method_try(caller, sealed, trial, postal_code, &asked).await?;
        }
        let (of, shown) = (customer_id.clone(), customer_id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            // Refused here and not before: a repeated request finds its token used up, and what it made.
            let sealed = sealed?;
            let record = customer::require(tx, &of)?;
            let method = add_in(tx, &record, sealed)?;
            changed(tx, caller, &method, "payment_method_created")?;
            good_method_in(tx, &of, &method.id)?;
            Ok(method.id.as_str().to_owned())
        };
        let show = move |tx: &ReadTx<'_>, id: &str| {
            Ok((customer::require(tx, &shown)?, PaymentMethodId::from_stored(id.to_owned())))
        };
        self.write_once(caller, asked, work, show).await
    }

    /// Changes a payment method of this type; answers the whole record.
    ///
    /// # Errors
    /// As [`App::payment_method_create`].
    pub async fn payment_method_update(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        id: &PaymentMethodId,
        method_type: MethodType,
        change: ChangeMethod,
    ) -> Result<CustomerRecord> {
        caller.may(Action::CustomerUpdate)?;
        let asked = Asked::new("payment_method", "payment_method.update").with(customer_id.as_str());
        let asked = change.told(asked.with(method_type.as_str()).with(id.as_str()));
        let prepared = self.prepare(id, change);
        let (of, id, shown) = (customer_id.clone(), id.clone(), customer_id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let prepared = prepared?;
            let record = customer::require(tx, &of)?;
            if let Some(hash) = &prepared.token {
                method_token::redeem_in(tx, hash)?;
            }
            let old = of_type(&record, &id, method_type)?.clone();
            let is_other = prepared.is_other();
            let method = PaymentMethod { updated_at: tx.now(), ..prepared.over(old) };
            store::payment_method::update(tx, &method)?;
            changed(tx, caller, &method, "payment_method_updated")?;
            if is_other {
                good_method_in(tx, &of, &id)?;
            }
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, move |tx, _| customer::require(tx, &shown)).await
    }

    /// Takes a payment method of this type away and overwrites its sealed number.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`, `Conflict` where it is the default or a live subscription needs it.
    pub async fn payment_method_delete(
        &self,
        caller: &Caller,
        customer_id: &CustomerId,
        id: &PaymentMethodId,
        method_type: MethodType,
    ) -> Result<()> {
        caller.may(Action::CustomerUpdate)?;
        let asked = Asked::new("payment_method", "payment_method.delete").with(customer_id.as_str());
        let asked = asked.with(method_type.as_str()).with(id.as_str());
        let (of, id) = (customer_id.clone(), id.clone());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| {
            let record = customer::require(tx, &of)?;
            let method = of_type(&record, &id, method_type)?.clone();
            refuse_if_needed(tx, &record, &id)?;
            store::payment_method::delete(tx, &id)?;
            changed(tx, caller, &method, "payment_method_deleted")?;
            Ok(id.as_str().to_owned())
        };
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }

    /// Seals a new method for the row it will have; no transaction is open yet.
    ///
    /// # Errors
    /// `Invalid` naming the part below the method.
    pub(crate) fn payment_method_seal(&self, method: NewMethod) -> Result<SealedMethod> {
        let id = self.random().id(self.now());
        let today = self.now().utc_date();
        let is_apple = matches!(&method, NewMethod::Wallet(token) if token.wallet == Wallet::ApplePay);
        let flags = if is_apple { vec![MethodFlag::ApplePay] } else { Vec::new() };
        let (method, token) = self.method_detokenize(method)?;
        let (details, secret) = match method {
            NewMethod::Card { number, expiration_date } => {
                let expiry = Expiry::parse(&expiration_date, today)?;
                (MethodDetails::Card { brand: number.brand(), expiry }, self.seal_card(&id, &number)?)
            }
            NewMethod::Ach { routing_number, account_number, account_type, sec_code } => {
                let secret = self.seal_account(&id, &account_number)?;
                (MethodDetails::Ach { routing_number, account_type, sec_code }, secret)
            }
            NewMethod::Token(token) => {
                let (number, expiry) = card_of_token(&token, today)?;
                (MethodDetails::Card { brand: number.brand(), expiry }, self.seal_card(&id, &number)?)
            }
            NewMethod::Wallet(_) => return Err(Error::internal("a wallet's token was not opened")),
        };
        Ok(SealedMethod { id, details, secret, token, flags })
    }

    /// Opens a stored method for a charge. It writes nothing; whoever charges writes the event that names the method.
    ///
    /// # Errors
    /// `Internal` where the sealed number was changed, moved, or its key is gone.
    pub(crate) fn instrument_of(&self, method: &PaymentMethod) -> Result<Instrument> {
        let opened = self.vault().open_sealed(&place_of(&method.id), &method.sealed)?;
        let digits = std::str::from_utf8(&opened).map_err(|_| bad_number(&method.id))?;
        match &method.details {
            MethodDetails::Card { expiry, .. } => {
                let number = CardNumber::parse(digits).map_err(|_| bad_number(&method.id))?;
                Ok(Instrument::Card { number, expiry: *expiry, keyed: true })
            }
            MethodDetails::Ach { routing_number, account_type, sec_code } => Ok(Instrument::BankAccount {
                routing: routing_number.clone(),
                account: AccountNumber::parse(digits).map_err(|_| bad_number(&method.id))?,
                sec_code: *sec_code,
                account_type: *account_type,
            }),
        }
    }

    /// The number of a method that is not written yet.
    ///
    /// # Errors
    /// `Internal` where it does not open.
    pub(super) fn method_open(&self, method: &SealedMethod) -> Result<Zeroizing<Vec<u8>>> {
        self.vault().open_sealed(&place_of(&method.id), &method.secret.sealed)
    }

    fn seal_card(&self, id: &PaymentMethodId, number: &CardNumber) -> Result<SealedNumber> {
        Ok(SealedNumber {
            masked: number.masked(),
            last_four: number.last_four().to_owned(),
            sealed: self.vault().seal(&place_of(id), number.expose().as_bytes(), self.random())?,
            fingerprint: self.vault().fingerprint("card number", number.expose().as_bytes()).to_vec(),
        })
    }

    fn seal_account(&self, id: &PaymentMethodId, number: &AccountNumber) -> Result<SealedNumber> {
        Ok(SealedNumber {
            masked: number.masked(),
            last_four: number.last_four().to_owned(),
            sealed: self.vault().seal(&place_of(id), number.expose().as_bytes(), self.random())?,
            fingerprint: self.vault().fingerprint("account number", number.expose().as_bytes()).to_vec(),
        })
    }

    /// Reads and seals what a change brings, before the write job.
    fn prepare(&self, id: &PaymentMethodId, change: ChangeMethod) -> Result<PreparedChange> {
        let ChangeMethod { number, expiration_date, routing_number, account_number, account_type, sec_code, .. } =
            change;
        let today = self.now().utc_date();
        let given = change.token.map(|token| self.method_detokenize(NewMethod::Token(token))).transpose()?;
        let (number, expiry, token) = match given {
            None => (number, expiration_date.map(|text| Expiry::parse(&text, today)).transpose()?, None),
            Some((NewMethod::Token(token), _)) => {
                let (number, expiry) = card_of_token(&token, today)?;
                (Some(number), Some(expiry), None)
            }
            Some((NewMethod::Card { number, expiration_date }, hash)) => {
                (Some(number), Some(Expiry::parse(&expiration_date, today)?), hash)
            }
            Some((NewMethod::Ach { .. } | NewMethod::Wallet(_), _)) => {
                return Err(Error::invalid("token", "stands for a bank account, which cannot take a card's place"));
            }
        };
        let brand = number.as_ref().map(CardNumber::brand);
        let secret = match (&number, &account_number) {
            (Some(number), _) => Some(self.seal_card(id, number)?),
            (None, Some(number)) => Some(self.seal_account(id, number)?),
            (None, None) => None,
        };
        Ok(PreparedChange { brand, expiry, routing_number, account_type, sec_code, flags: change.flags, secret, token })
    }
}

/// A change whose number is sealed and whose expiry is read.
struct PreparedChange {
    brand: Option<Brand>,
    expiry: Option<Expiry>,
    routing_number: Option<RoutingNumber>,
    account_type: Option<AccountType>,
    sec_code: Option<SecCode>,
    flags: Option<Vec<MethodFlag>>,
    secret: Option<SealedNumber>,
    /// The one-time token in it, to be used up.
    token: Option<Spend>,
}

impl PreparedChange {
    /// Whether a charge that was declined may now go through: more changes than the marks.
    fn is_other(&self) -> bool {
        self.secret.is_some() || self.expiry.is_some() || self.routing_number.is_some()
    }

    /// `old` with this change over it.
    fn over(self, old: PaymentMethod) -> PaymentMethod {
        let details = match old.details {
            MethodDetails::Card { brand, expiry } => {
                MethodDetails::Card { brand: self.brand.unwrap_or(brand), expiry: self.expiry.unwrap_or(expiry) }
            }
            MethodDetails::Ach { routing_number, account_type, sec_code } => MethodDetails::Ach {
                routing_number: self.routing_number.unwrap_or(routing_number),
                account_type: self.account_type.unwrap_or(account_type),
                sec_code: self.sec_code.unwrap_or(sec_code),
            },
        };
        let flags = self.flags.unwrap_or(old.flags);
        match self.secret {
            Some(SealedNumber { masked, last_four, sealed, fingerprint }) => {
                PaymentMethod { details, flags, masked, last_four, sealed, fingerprint, ..old }
            }
            None => PaymentMethod { details, flags, ..old },
        }
    }
}

/// Adds a sealed method to the customer of `record`; the event is the caller's to write.
///
/// # Errors
/// `Conflict` where the customer has too many.
pub(super) fn add_in(tx: &mut WriteTx<'_>, record: &CustomerRecord, method: SealedMethod) -> Result<PaymentMethod> {
    if record.methods.len() >= limits::PAYMENT_METHODS_MAX {
        let problem = format!("a customer has at most {} payment methods", limits::PAYMENT_METHODS_MAX);
        return Err(Error::Conflict(problem));
    }
    if let Some(hash) = &method.token {
        method_token::redeem_in(tx, hash)?;
    }
    let method = method.into_row(record.customer.id.clone(), tx.now());
    store::payment_method::insert(tx, &method)?;
    Ok(method)
}

/// Writes down a sealed method that pays the charge `id`, for as long as nobody keeps it; `keep` is for whoever may.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn hold_in(tx: &mut WriteTx<'_>, id: &TransactionId, method: SealedMethod, keep: &str) -> Result<()> {
    let method = method.into_row(CustomerId::from_stored(String::new()), tx.now());
    store::payment_method::insert_held(tx, id, &method, keep)
}

/// Tells that a held method is the customer's now.
///
/// # Errors
/// Whatever the file refuses.
pub(super) fn attached_in(
    tx: &mut WriteTx<'_>,
    caller: &Caller,
    customer_id: &CustomerId,
    id: &PaymentMethodId,
) -> Result<()> {
    let record = customer::require(tx, customer_id)?;
    let method = record.method(id).ok_or_else(|| Error::not_found("payment method", id.as_str()))?;
    changed(tx, caller, method, "payment_method_created")
}

/// Adds a method that a payment was made with and that was put aside for its customer until it was approved.
///
/// # Errors
/// Whatever the store refuses.
pub(super) fn kept_in(tx: &mut WriteTx<'_>, caller: &Caller, method: &PaymentMethod) -> Result<()> {
    store::payment_method::insert(tx, method)?;
    changed(tx, caller, method, "payment_method_created")
}

/// The card a token stands for. A token has no expiry of its own: the card is good until the end of the year after
/// the next two.
///
/// # Errors
/// `Invalid` naming `token`.
pub(crate) fn card_of_token(token: &str, today: Date) -> Result<(CardNumber, Expiry)> {
    let number = simulator::card_of_token(token).ok_or_else(|| Error::invalid("token", "is not a known token"))?;
    let year = today.saturating_add(3.years()).year();
    let expiry = Expiry::new(12, year).ok_or_else(|| Error::internal(format!("no card is good until {year}")))?;
    Ok((number, expiry))
}

fn of_type<'a>(record: &'a CustomerRecord, id: &PaymentMethodId, kind: MethodType) -> Result<&'a PaymentMethod> {
    let found = record.method(id).filter(|method| method.method_type() == kind);
    found.ok_or_else(|| Error::not_found("payment method", id.as_str()))
}

fn changed(tx: &mut WriteTx<'_>, caller: &Caller, method: &PaymentMethod, what: &str) -> Result<()> {
    store::customer::touch(tx, &method.customer_id)?;
    let facts = json!({
        "change": what,
        "payment_method_id": method.id.as_str(),
        "payment_method_type": method.method_type().as_str(),
        "masked": method.masked,
    });
    event::emit(tx, caller, Topic::CustomerUpdated, method.customer_id.as_str(), &facts)
}

fn place_of(id: &PaymentMethodId) -> Place<'_> {
    Place { table: "payment_method", row: id.as_str(), column: "sealed" }
}

fn bad_number(id: &PaymentMethodId) -> Error {
    Error::internal(format!("the sealed number of payment method {id} is not a number"))
}

#[cfg(test)]
#[path = "payment_method_tests.rs"]
mod tests;
