//! Deposits.

use actix_web::web::{Data as Shared, Path};

use super::auth::id_of;
use super::envelope::Answer;
use super::wire::deposit::{NewDeposit, TreasuryDeposit};
use super::{Data, TreasuryRefusal, Written};
use crate::app::App;
use crate::app::deposit::DepositMade;
use crate::domain::deposit::DepositStatus;
use crate::domain::refusal::{Refusal, RefusalCode};
use crate::error::Result;

/// `POST /accounts/{account}/deposit`: buys or grants units; 202 while the charge is being confirmed.
#[utoipa::path(post, path = "/accounts/{account}/deposit", tag = "Treasury deposits", request_body = NewDeposit,
    responses((status = 200, body = Data<TreasuryDeposit>), (status = 202, body = Data<TreasuryDeposit>),
        (status = 402, body = TreasuryRefusal), (status = 409, body = TreasuryRefusal)))]
pub async fn create(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let account = id_of("a_", &account)?;
    let command = request.object::<NewDeposit>()?.into_command(account)?;
    let made = let_through(app.deposit_make(&request.caller, command).await?)?;
    let is_confirming = made.deposit.status == DepositStatus::Confirming;
    Ok(Data::confirming(TreasuryDeposit::from(made), is_confirming))
}

/// A deposit, unless the card refused to pay for it.
fn let_through(made: DepositMade) -> Result<DepositMade> {
    let Some(decline) = made.charge.as_ref().and_then(|charge| charge.decline) else { return Ok(made) };
    let refusal = Refusal::new(RefusalCode::PaymentDeclined, "The card was declined; nothing was deposited.");
    Err(refusal.with("decline_code", decline.word()).with("decline_kind", decline.kind()).into())
}
