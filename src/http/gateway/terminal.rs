//! Card readers.

use actix_web::web::{Data, Json};

use super::auth::GatewayCaller;
use super::envelope::{Answer, Envelope, Refusal};
use super::wire::terminal::Terminal;
use crate::app::App;

/// `GET /api/terminals`: all of them, disabled ones too.
#[utoipa::path(get, path = "/api/terminals", tag = "Terminals",
    responses((status = 200, body = Envelope<Vec<Terminal>>), (status = 401, body = Refusal)))]
pub async fn list(app: Data<App>, caller: GatewayCaller) -> Answer<Vec<Terminal>> {
    let (terminals, company) = (app.terminal_list(&caller)?, app.company()?);
    let total = u64::try_from(terminals.len()).unwrap_or(u64::MAX);
    let rows = terminals.into_iter().map(|terminal| Terminal::of(terminal, &company)).collect();
    Ok(Json(Envelope::list(rows, total)))
}
