//! The simulator's stand-in for a bank's 3-D Secure page, and for the page of an alternative method of payment.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};

use super::answer::{html, own_page, refusal, see_other};
use crate::app::transaction::ChallengeAnswer;
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::http::correlation;
use crate::http::form::Fields;
use crate::http::security_headers::PagePolicy;
use crate::http::view::challenge::ChallengePage;

/// `GET /simulator/challenge/{reference}`: what is to be confirmed, or back where it was answered.
pub(super) async fn show(app: Data<App>, request: HttpRequest, reference: Path<String>) -> HttpResponse {
    try_show(&app, &reference).unwrap_or_else(|error| refusal(&request, &error, None))
}

fn try_show(app: &App, reference: &str) -> Result<HttpResponse> {
    let challenge = app.challenge_view(reference)?;
    if !challenge.is_open {
        return Ok(see_other(&challenge.back_url));
    }
    let page = ChallengePage {
        merchant: app.company()?.name,
        amount: challenge.amount.to_string(),
        card: challenge.card,
        is_apm: challenge.is_apm,
        action: format!("/simulator/challenge/{reference}"),
        token: reference.to_owned(),
    };
    let policy = PagePolicy::default().form_leads_to(challenge.is_apm.then_some(challenge.back_url.as_str()));
    Ok(html(StatusCode::OK, &page, &policy))
}

/// `POST /simulator/challenge/{reference}` with `outcome` (`approve`, `refuse` or `cancel`).
pub(super) async fn answer(
    app: Data<App>,
    request: HttpRequest,
    reference: Path<String>,
    payload: Payload,
) -> HttpResponse {
    try_answer(&app, &request, &reference, payload).await.unwrap_or_else(|error| refusal(&request, &error, None))
}

async fn try_answer(app: &App, request: &HttpRequest, reference: &str, payload: Payload) -> Result<HttpResponse> {
    own_page(request, app)?;
    let fields = Fields::read(request, payload).await?;
    let said = match fields.text("outcome") {
        "approve" => ChallengeAnswer::Approves,
        "refuse" => ChallengeAnswer::Refused,
        "cancel" => ChallengeAnswer::Leaves,
        _ => return Err(Error::invalid("outcome", "must be approve, refuse or cancel")),
    };
    let caller = Caller::customer(correlation::of(request));
    let challenge = app.challenge_answer(caller, reference, said).await?;
    Ok(see_other(&challenge.back_url))
}
