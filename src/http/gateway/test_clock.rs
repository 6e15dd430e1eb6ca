//! `POST /api/test-clock`: the clock moved by hand, only while the program runs with `--test-clock`.

use actix_web::web::{Data, Json};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{GatewayCaller, GatewayError, GatewayJson};
use crate::app::App;
use crate::app::test_clock::ClockMoved;
use crate::domain::time::Timestamp;
use crate::error::Error;

/// Where to move the clock.
#[derive(Deserialize, ToSchema)]
pub struct MoveClock {
    /// RFC 3339, not before the present instant.
    #[schema(example = "2026-02-01T00:00:00Z")]
    now: String,
}

/// `POST /api/test-clock`: moves the clock of a program started with `--test-clock` and runs what becomes due.
#[utoipa::path(
    post,
    path = "/api/test-clock",
    tag = "Test clock",
    request_body = MoveClock,
    responses((status = 200, description = "everything that became due has run"),
        (status = 404, description = "the clock is the machine's"))
)]
pub async fn advance(
    app: Data<App>,
    caller: GatewayCaller,
    body: GatewayJson<MoveClock>,
) -> Result<Json<ClockMoved>, GatewayError> {
    let to = Timestamp::parse_rfc3339(&body.into_inner().now)
        .ok_or_else(|| Error::invalid("now", "must be an instant such as 2026-02-01T00:00:00Z"))?;
    Ok(Json(app.test_clock_move(&caller, to).await?))
}
