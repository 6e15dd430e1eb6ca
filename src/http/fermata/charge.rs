//! Charges of cards for prepaid units.

use actix_web::web::{Data as Shared, Path, Query};

use super::account::PageQuery;
use super::auth::id_of;
use super::envelope::{Answer, page_asked};
use super::wire::charge::TreasuryCharge;
use super::{FermataCaller, List, TreasuryRefusal};
use crate::app::App;

/// `GET /accounts/{account}/charges`: every card charge, newest first; one row an attempt.
#[utoipa::path(get, path = "/accounts/{account}/charges", tag = "Treasury deposits", params(PageQuery),
    responses((status = 200, body = List<TreasuryCharge>), (status = 404, body = TreasuryRefusal)))]
pub async fn list(app: Shared<App>, caller: FermataCaller, account: Path<String>, query: Query<PageQuery>) -> Answer {
    let asked = page_asked(query.limit.as_deref(), query.cursor.as_deref())?;
    let page = app.prepaid_charge_list(&caller, &id_of("a_", &account)?, asked)?;
    Ok(List::answer(page, TreasuryCharge::from))
}
