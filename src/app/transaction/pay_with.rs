//! What pays: from what a caller gave to something a processor can charge, with its masked facts.

use crate::app::App;
use crate::app::method_token::{self, Spend, Tokenized};
use crate::app::wallet::{ApprovedAmount, OpenedWallet, WalletToken};
use crate::domain::apm::Apm;
use crate::domain::bank_account::{AccountNumber, AccountType, RoutingNumber, SecCode};
use crate::domain::card::{CardNumber, Cvc, Expiry};
use crate::domain::card_read::CardRead;
use crate::domain::id::{AddressId, CustomerId, PaymentMethodId, TerminalId};
use crate::domain::transaction::InstrumentFacts;
use crate::error::{Error, Result};
use crate::processors::simulator::card_of_token;
use crate::processors::{Instrument, WalletProof};
use crate::store;
use crate::wallet::WalletCard;

/// What the caller pays with: exactly one of these. Holds secrets; wiped when dropped.
pub enum PayWith {
    /// A card typed in or swiped.
    Card {
        /// Its number.
        number: CardNumber,
        /// Its last month.
        expiry: Expiry,
        /// Typed in (true) or swiped.
        keyed: bool,
        /// Its security code; used once, never stored.
        cvc: Option<Cvc>,
    },
    /// What a card reader gave.
    Read {
        /// The tracks, or the data of the chip.
        read: CardRead,
        /// Its security code; used once, never stored.
        cvc: Option<Cvc>,
    },
    /// A US bank account.
    Ach {
        /// The bank.
        routing: RoutingNumber,
        /// The account.
        account: AccountNumber,
        /// How the holder agreed.
        sec_code: SecCode,
        /// Checking or savings.
        account_type: AccountType,
    },
    /// A stored method of a customer.
    Customer {
        /// Whose.
        id: CustomerId,
        /// Which; the default where `None`.
        payment_method_id: Option<PaymentMethodId>,
        /// "card" or "ach", where the caller said so.
        payment_method_type: Option<String>,
        /// Which billing address; the default where `None`.
        billing_address_id: Option<AddressId>,
        /// Which shipping address; the default where `None`.
        shipping_address_id: Option<AddressId>,
    },
    /// A token of the simulator (spec/simulator.md), or one that a shop's page made.
    Token(String),
    /// A payment on another page.
    Apm(Apm),
    /// What Apple Pay or Google Pay gave a shop's page.
    Wallet(WalletToken),
    /// The card that a person holds against a terminal.
    Terminal {
        /// Which.
        id: TerminalId,
    },
}

/// What pays, ready to charge.
pub(crate) struct Resolved {
    /// For the processor.
    pub(crate) instrument: Instrument,
    /// Masked, for the transaction.
    pub(crate) facts: InstrumentFacts,
    /// Keyed HMAC of the card number.
    pub(crate) fingerprint: Option<[u8; 32]>,
    /// How it was given: card, ach, customer, token, terminal, apm, apple_pay, google_pay.
    pub(crate) method: &'static str,
    /// The security code, for this one request.
    pub(crate) cvc: Option<Cvc>,
    /// Whose.
    pub(crate) customer_id: Option<CustomerId>,
    /// Which stored method.
    pub(crate) payment_method_id: Option<PaymentMethodId>,
    /// Which terminal.
    pub(crate) terminal_id: Option<TerminalId>,
    /// What a wallet gave in its place.
    pub(crate) proof: Option<WalletProof>,
    /// What the customer approved on the device, where a wallet says so.
    pub(crate) approved: Option<ApprovedAmount>,
    /// The one-time token it was given as, to be used up.
    pub(crate) token: Option<Spend>,
    /// The stored billing address, as a JSON snapshot.
    pub(crate) billing_address_json: Option<String>,
    /// The stored shipping address, as a JSON snapshot.
    pub(crate) shipping_address_json: Option<String>,
    /// Postal code for address verification.
    pub(crate) postal_code: Option<String>,
}

impl App {
    /// Turns what the caller gave into something that can be charged. Writes nothing.
    ///
    /// # Errors
    /// `Invalid` naming the field under `payment_method`; unknown customer, method, terminal or token.
    pub(crate) fn pay_with_resolve(&self, pay_with: PayWith) -> Result<Resolved> {
        let mut resolved = self.resolve(pay_with)?;
        resolved.fingerprint = self.card_fingerprint(&resolved.instrument);
        Ok(resolved)
    }

    fn card_fingerprint(&self, instrument: &Instrument) -> Option<[u8; 32]> {
        match instrument {
            Instrument::Card { number, .. } => Some(self.fingerprint_of(number)),
            Instrument::Read(read) => read.card().map(|(number, _)| self.fingerprint_of(&number)),
            Instrument::BankAccount { .. }
            | Instrument::Terminal { .. }
            | Instrument::Apm { .. }
            | Instrument::Earlier => None,
        }
    }

    /// What a card's charges are found by.
    pub(super) fn fingerprint_of(&self, number: &CardNumber) -> [u8; 32] {
        self.vault().fingerprint("card number", number.expose().as_bytes())
    }

    fn resolve(&self, pay_with: PayWith) -> Result<Resolved> {
        match pay_with {
            PayWith::Card { number, expiry, keyed, cvc } => Ok(card(number, expiry, keyed, cvc, "card")),
            PayWith::Read { read, cvc } => card_read(read, cvc),
            PayWith::Token(token) => self.token_resolve(&token),
            PayWith::Ach { routing, account, sec_code, account_type } => {
                Ok(bank_account(routing, account, sec_code, account_type))
            }
            PayWith::Apm(apm) => Ok(on_another_page(apm)),
            PayWith::Wallet(token) => self.wallet_resolve(&token),
            PayWith::Terminal { id } => self.terminal_resolve(&id),
            PayWith::Customer {
                id,
                payment_method_id,
                payment_method_type,
                billing_address_id,
                shipping_address_id,
            } => {
                let chosen = self.store().read(|tx| {
                    crate::app::chargeable::resolve_in(
                        tx,
                        &id,
                        payment_method_id.as_ref(),
                        payment_method_type.as_deref(),
                        billing_address_id.as_ref(),
                        shipping_address_id.as_ref(),
                    )
                })?;
                self.stored_resolve(&chosen)
            }
        }
    }

    /// A stored method, its secret opened.
    ///
    /// # Errors
    /// A sealed value that does not open.
    pub(crate) fn stored_resolve(&self, chosen: &crate::app::chargeable::ChargeableMethod) -> Result<Resolved> {
        let instrument = self.instrument_of(&chosen.method)?;
        let mut resolved = match instrument {
            Instrument::Card { number, expiry, keyed } => card(number, expiry, keyed, None, "customer"),
            Instrument::BankAccount { routing, account, sec_code, account_type } => {
                bank_account(routing, account, sec_code, account_type)
            }
            Instrument::Read(_) | Instrument::Terminal { .. } | Instrument::Apm { .. } | Instrument::Earlier => {
                return Err(Error::internal("a stored payment method is neither card nor bank account"));
            }
        };
        resolved.fingerprint = self.card_fingerprint(&resolved.instrument);
        resolved.method = "customer";
        resolved.customer_id = Some(chosen.customer_id.clone());
        resolved.payment_method_id = Some(chosen.method.id.clone());
        resolved.billing_address_json = chosen.billing_address.as_ref().map(store::value::address_to_json);
        resolved.shipping_address_json = chosen.shipping_address.as_ref().map(store::value::address_to_json);
        resolved.postal_code = chosen.billing_address.as_ref().map(|address| address.postal_code.clone());
        Ok(resolved)
    }

    fn token_resolve(&self, token: &str) -> Result<Resolved> {
        let Some(number) = card_of_token(token) else { return self.one_time_resolve(token) };
        let year = self.now().utc_date().year().saturating_add(3);
        let expiry = Expiry::new(12, year).ok_or_else(|| Error::internal("a token's year does not fit"))?;
        Ok(card(number, expiry, true, None, "token"))
    }

    /// What a shop's page made a token of.
    fn one_time_resolve(&self, token: &str) -> Result<Resolved> {
        let opened = self.method_token_open(token)?.ok_or_else(|| method_token::unknown("payment_method.token"))?;
        let resolved = match opened.method {
            Tokenized::Card { number, expiry } => card(number, expiry, true, opened.cvc, "token"),
            Tokenized::Ach { routing, account, sec_code, account_type } => {
                Resolved { method: "token", ..bank_account(routing, account, sec_code, account_type) }
            }
        };
        Ok(Resolved { token: Some(Spend::Token(opened.hash)), ..resolved })
    }

    fn wallet_resolve(&self, token: &WalletToken) -> Result<Resolved> {
        let OpenedWallet { card: opened, spend } =
            self.wallet_token_open(token).map_err(|why| why.under("payment_method"))?;
        let WalletCard { number, expiry, cryptogram, eci, approved, .. } = opened;
        let mut resolved = card(number, expiry, true, None, token.wallet.as_str());
        if let InstrumentFacts::Card { entry_type, .. } = &mut resolved.facts {
            token.wallet.as_str().clone_into(entry_type);
        }
        resolved.proof = Some(WalletProof { cryptogram, eci });
        resolved.approved = approved.map(|(minor, currency)| ApprovedAmount { minor, currency });
        resolved.token = Some(spend);
        Ok(resolved)
    }

    fn terminal_resolve(&self, id: &TerminalId) -> Result<Resolved> {
        let terminal = self
            .store()
            .read(|tx| store::terminal::fetch(tx, id))?
            .ok_or_else(|| Error::invalid("payment_method.terminal.id", "is not known"))?;
        if !terminal.is_active {
            return Err(Error::invalid("payment_method.terminal.id", "is disabled"));
        }
        let facts = InstrumentFacts::Terminal {
            terminal_id: terminal.id.to_string(),
            description: terminal.description.clone(),
            tpn: terminal.tpn.clone(),
        };
        let instrument = Instrument::Terminal { tpn: terminal.tpn };
        Ok(Resolved { terminal_id: Some(terminal.id), ..Resolved::of(instrument, facts, "terminal") })
    }
}

impl Resolved {
    /// Nothing but what pays.
    fn of(instrument: Instrument, facts: InstrumentFacts, method: &'static str) -> Self {
        Self {
            instrument,
            facts,
            method,
            fingerprint: None,
            cvc: None,
            customer_id: None,
            payment_method_id: None,
            terminal_id: None,
            token: None,
            proof: None,
            approved: None,
            billing_address_json: None,
            shipping_address_json: None,
            postal_code: None,
        }
    }
}

fn card(number: CardNumber, expiry: Expiry, keyed: bool, cvc: Option<Cvc>, method: &'static str) -> Resolved {
    let facts = card_facts(&number, expiry, if keyed { "keyed" } else { "swiped" });
    Resolved { cvc, ..Resolved::of(Instrument::Card { number, expiry, keyed }, facts, method) }
}

fn card_facts(number: &CardNumber, expiry: Expiry, entry_type: &str) -> InstrumentFacts {
    InstrumentFacts::Card {
        brand: number.brand().as_str().to_owned(),
        first_six: number.first_six().to_owned(),
        last_four: number.last_four().to_owned(),
        masked: number.masked(),
        expiration: expiry.to_mm_yy(),
        entry_type: entry_type.to_owned(),
    }
}

fn on_another_page(apm: Apm) -> Resolved {
    Resolved::of(Instrument::Apm { kind: apm.kind.clone() }, InstrumentFacts::Apm(apm), "apm")
}

/// What a reader gave: in the clear it must hold a card, what is encrypted only the processor can open.
fn card_read(read: CardRead, cvc: Option<Cvc>) -> Result<Resolved> {
    let (method, entry_type) = if read.is_chip() { ("emv", "emv") } else { ("card", "swiped") };
    let facts = match read.card() {
        Some((number, expiry)) => card_facts(&number, expiry, entry_type),
        None if read.is_encrypted() => InstrumentFacts::Card {
            brand: String::new(),
            first_six: String::new(),
            last_four: String::new(),
            masked: String::new(),
            expiration: String::new(),
            entry_type: entry_type.to_owned(),
        },
        None => {
            let field = if read.is_chip() { "emv.tlv_data" } else { "card.track_2" };
            return Err(Error::invalid(format!("payment_method.{field}"), "holds no card number with its expiry"));
        }
    };
    Ok(Resolved { cvc, ..Resolved::of(Instrument::Read(read), facts, method) })
}

fn bank_account(
    routing: RoutingNumber,
    account: AccountNumber,
    sec_code: SecCode,
    account_type: AccountType,
) -> Resolved {
    let facts = InstrumentFacts::Ach {
        masked: account.masked(),
        routing_number: routing.as_str().to_owned(),
        sec_code: sec_code.as_str().to_owned(),
        account_type: account_type.as_str().to_owned(),
    };
    Resolved::of(Instrument::BankAccount { routing, account, sec_code, account_type }, facts, "ach")
}
