//! Prepaid plans, and which an account has.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::{PageQuery, answered};
use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::wire::account::TreasuryAccount;
use super::wire::plan::{NewTreasuryPlan, TreasuryPlan, TreasuryPlanChange};
use super::wire::plan_change::{TreasuryPlanModification, TreasuryPlanModified};
use super::{Data, FermataCaller, List, TreasuryRefusal, Written};
use crate::app::App;

/// `POST /companies/{company}/plans`: makes a plan.
#[utoipa::path(post, path = "/companies/{company}/plans", tag = "Treasury plans", request_body = NewTreasuryPlan,
    responses((status = 200, body = Data<TreasuryPlan>), (status = 422, body = TreasuryRefusal)))]
pub async fn create(app: Shared<App>, request: Written) -> Answer {
    let command = request.object::<NewTreasuryPlan>()?.into_command()?;
    let plan = app.prepaid_plan_create(&request.caller, command).await?;
    Ok(Data::answer(TreasuryPlan::of(plan, &app.company_id()?)))
}

/// `GET /companies/{company}/plans`: plans, newest first.
#[utoipa::path(get, path = "/companies/{company}/plans", tag = "Treasury plans", params(PageQuery),
    responses((status = 200, body = List<TreasuryPlan>), (status = 422, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.prepaid_plan_list(&caller, asked)?;
    let company = app.company_id()?;
    Ok(List::answer(page, |plan| TreasuryPlan::of(plan, &company)))
}

/// `GET /companies/{company}/plans/{plan}`: a plan, which never changes.
#[utoipa::path(get, path = "/companies/{company}/plans/{plan}", tag = "Treasury plans",
    responses((status = 200, body = Data<TreasuryPlan>), (status = 404, body = TreasuryRefusal)))]
pub async fn show(app: Shared<App>, caller: FermataCaller, of: Path<(String, String)>) -> Answer {
    let plan = app.prepaid_plan_find(&caller, &id_of("p_", &of.1)?)?;
    Ok(Data::answer(TreasuryPlan::of(plan, &app.company_id()?)))
}

/// `POST /accounts/{account}/changeplan`: without a plan attaches one now, 202 while its charge is being confirmed;
/// with one, at the next renewal.
#[utoipa::path(post, path = "/accounts/{account}/changeplan", tag = "Treasury plans",
    request_body = TreasuryPlanChange,
    responses((status = 200, body = Data<TreasuryAccount>), (status = 202, body = Data<TreasuryAccount>),
        (status = 402, body = TreasuryRefusal), (status = 409, body = TreasuryRefusal)))]
pub async fn change(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let account = id_of("a_", &account)?;
    let command = request.object::<TreasuryPlanChange>()?.into_command(account)?;
    answered(app.plan_change(&request.caller, command).await?.let_through())
}

/// `POST /accounts/{account}/modifymidmonth`: changes the plan now, for what is left of its period; 202 while its
/// charge is being confirmed.
#[utoipa::path(post, path = "/accounts/{account}/modifymidmonth", tag = "Treasury plans",
    request_body = TreasuryPlanModification,
    responses((status = 200, body = Data<TreasuryPlanModified>), (status = 202, body = Data<TreasuryPlanModified>),
        (status = 402, body = TreasuryRefusal), (status = 409, body = TreasuryRefusal)))]
pub async fn modify(app: Shared<App>, request: Written, account: Path<String>) -> Answer {
    let account = id_of("a_", &account)?;
    let command = request.object::<TreasuryPlanModification>()?.into_command(account)?;
    let charged = app.plan_modify(&request.caller, command).await?.let_through()?;
    let is_confirming = charged.is_confirming();
    Ok(Data::confirming(TreasuryPlanModified::of(charged)?, is_confirming))
}
