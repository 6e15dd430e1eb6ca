//! A payment method as it was asked for, and in place of the token it was given as.

use super::App;
use super::method_token::{self, Spend, Tokenized};
use super::payment_method::NewMethod;
use super::wallet::{OpenedWallet, WalletToken};
use super::write_once::Asked;
use crate::error::Result;
use crate::processors::simulator;

impl NewMethod {
    /// What is asked, with this method in it.
    pub(super) fn told(&self, asked: Asked) -> Asked {
        match self {
            Self::Card { number, expiration_date } => asked.with("card").with(number.expose()).with(expiration_date),
            Self::Ach { routing_number, account_number, account_type, sec_code } => asked
                .with("ach")
                .with(routing_number.as_str())
                .with(account_number.expose())
                .with(account_type.as_str())
                .with(sec_code.as_str()),
            Self::Token(token) => asked.with("token").with(token),
            Self::Wallet(token) => asked.with(token.wallet.as_str()).with(&token.json).with(&token.key_id),
        }
    }
}

impl App {
    /// A method in place of a one-time token, with the token's hash; any other method as it is.
    pub(super) fn method_detokenize(&self, method: NewMethod) -> Result<(NewMethod, Option<Spend>)> {
        let token = match &method {
            NewMethod::Wallet(token) => return self.method_of_wallet(token),
            NewMethod::Token(token) if simulator::card_of_token(token).is_none() => token,
            NewMethod::Token(_) | NewMethod::Card { .. } | NewMethod::Ach { .. } => return Ok((method, None)),
        };
        let opened = self.method_token_open(token)?.ok_or_else(|| method_token::unknown("token"))?;
        // A stored method has no security code: it is of no use any more.
        self.security_code_forget(Some(&Spend::Token(opened.hash)));
        let method = match opened.method {
            Tokenized::Card { number, expiry } => NewMethod::Card { number, expiration_date: expiry.to_mm_yy() },
            Tokenized::Ach { routing, account, sec_code, account_type } => {
                NewMethod::Ach { routing_number: routing, account_number: account, account_type, sec_code }
            }
        };
        Ok((method, Some(Spend::Token(opened.hash))))
    }

    /// The card of a wallet's token; its cryptogram is good for no later charge and is not kept.
    fn method_of_wallet(&self, token: &WalletToken) -> Result<(NewMethod, Option<Spend>)> {
        let OpenedWallet { card, spend } = self.wallet_token_open(token)?;
        let method = NewMethod::Card { number: card.number, expiration_date: card.expiry.to_mm_yy() };
        Ok((method, Some(spend)))
    }
}
