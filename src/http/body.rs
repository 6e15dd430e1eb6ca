//! Reading a request's body: a bound on its size and on how long the client may take to send it.
//!
//! Only the client's sending is timed, never the work that follows: a charge or a moved test clock is not cut off in
//! the middle because a deadline passed.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::BytesMut;
use futures_util::StreamExt;

use crate::error::Error;
use crate::limits;

/// Why a body was not read.
#[derive(Debug)]
pub enum BodyError {
    /// Larger than allowed.
    TooLarge,
    /// The client took too long, or sent it too slowly.
    TooSlow,
    /// The client broke off, or the framing is wrong.
    Broken,
}

/// The whole body, at most `max_bytes`.
///
/// # Errors
/// See [`BodyError`].
pub async fn read(request: &HttpRequest, payload: &mut Payload, max_bytes: usize) -> Result<BytesMut, BodyError> {
    if announced(request).is_some_and(|bytes| bytes > max_bytes) {
        return Err(BodyError::TooLarge);
    }
    let deadline = Duration::from_secs(limits::BODY_DEADLINE_S);
    tokio::time::timeout(deadline, collect(payload, max_bytes)).await.unwrap_or(Err(BodyError::TooSlow))
}

async fn collect(payload: &mut Payload, max_bytes: usize) -> Result<BytesMut, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        if body.len().saturating_add(chunk.len()) > max_bytes {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn announced(request: &HttpRequest) -> Option<usize> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

impl From<BodyError> for Error {
    fn from(why: BodyError) -> Self {
        match why {
            BodyError::TooLarge => Self::TooLarge,
            BodyError::TooSlow => Self::TooSlow,
            BodyError::Broken => Self::invalid("body", "was not received whole"),
        }
    }
}
