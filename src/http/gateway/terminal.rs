//! Card readers.

use actix_web::web::{Data, Json, Path};

use super::auth::GatewayCaller;
use super::customer::path_id;
use super::envelope::{Answer, Envelope, Nothing, Refusal};
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

/// `POST /api/terminal/{id}/settle`: settles what was captured at the terminal so far; nothing waiting is no error.
#[utoipa::path(post, path = "/api/terminal/{id}/settle", tag = "Terminals",
    params(("id" = String, Path, description = "The terminal", example = "0V70MWDgFepA1mQx")),
    responses((status = 200, body = Envelope<Nothing>), (status = 400, body = Refusal), (status = 401, body = Refusal),
        (status = 403, body = Refusal), (status = 404, body = Refusal)))]
pub async fn settle(app: Data<App>, caller: GatewayCaller, id: Path<String>) -> Answer<Nothing> {
    app.terminal_settle(&caller, &path_id(&id)?).await?;
    Ok(Json(Envelope::done("success")))
}
