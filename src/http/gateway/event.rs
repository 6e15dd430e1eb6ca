//! The event feed: everything that happened, in its one order, for ever.

use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Data, Json, Query};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;

use super::wire::event::{EventBody, EventQuery, StreamQuery};
use super::{Answer, Envelope, GatewayCaller, GatewayError, Refusal};
use crate::app::App;
use crate::app::event::Listening;
use crate::error::{Error, Result};
use crate::limits;

/// `GET /api/events`: events after a number, oldest first; with `wait`, as soon as there is one.
#[utoipa::path(get, path = "/api/events", tag = "Events", params(EventQuery),
    responses((status = 200, body = Envelope<Vec<EventBody>>), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal),
        (status = 503, body = Refusal, description = "too many wait already")))]
pub async fn list(app: Data<App>, caller: GatewayCaller, query: Query<EventQuery>) -> Answer<Vec<EventBody>> {
    let (after, limit, wait_s) = query.into_inner().into_parts()?;
    let events = app.events_wait(&caller, after, limit, Duration::from_secs(wait_s)).await?;
    Ok(Json(Envelope::success(events.into_iter().map(EventBody::of).collect::<Result<_>>()?)))
}

/// `GET /api/events/stream`: the same as server-sent events; `id` is the number, `event` the type. Begins after
/// `Last-Event-ID`, else after `after`, else with the next one.
#[utoipa::path(get, path = "/api/events/stream", tag = "Events",
    params(StreamQuery, ("Last-Event-ID" = Option<String>, Header, description = "The number of the last event seen")),
    responses((status = 200, content_type = "text/event-stream", body = String), (status = 400, body = Refusal),
        (status = 401, body = Refusal), (status = 403, body = Refusal),
        (status = 503, body = Refusal, description = "too many listen already")))]
pub async fn stream(
    app: Data<App>,
    caller: GatewayCaller,
    query: Query<StreamQuery>,
    request: HttpRequest,
) -> Result<HttpResponse, GatewayError> {
    let after = begins_after(&request, query.into_inner())?;
    let listening = app.events_listen(&caller, after)?;
    let chunks = stream::unfold(listening, |mut listening| async move {
        let chunk = next_chunk(&mut listening).await?;
        Some((Ok::<_, actix_web::Error>(chunk), listening))
    });
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/event-stream"))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(chunks))
}

fn begins_after(request: &HttpRequest, query: StreamQuery) -> Result<Option<i64>> {
    let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    match request.headers().get("last-event-id") {
        Some(header) => {
            let read = header.to_str().ok().and_then(number);
            read.map(Some).ok_or_else(|| Error::invalid("Last-Event-ID", "must be the number of an event"))
        }
        None if query.after.is_some_and(|after| after < 0) => Err(Error::invalid("after", "must not be negative")),
        None => Ok(query.after),
    }
}

/// The next events, or a comment that says the stream lives; `None` ends it.
async fn next_chunk(listening: &mut Listening) -> Option<Bytes> {
    let beat = Duration::from_secs(limits::EVENT_STREAM_BEAT_S);
    let events = match listening.next(limits::PAGE_MAX, beat).await {
        Ok(events) => events?,
        Err(why) => {
            tracing::error!(error = ?why, "a stream of events ends");
            return None;
        }
    };
    if events.is_empty() {
        return Some(Bytes::from_static(b": still here\n\n"));
    }
    let mut text = String::new();
    for event in events {
        let body = EventBody::of(event).ok()?;
        let json = serde_json::to_string(&body).ok()?;
        text.push_str(&format!("id: {}\nevent: {}\ndata: {json}\n\n", body.sequence, body.kind));
    }
    Some(Bytes::from(text))
}
