//! One named part of a `multipart/form-data` body, as a stream: nothing of it is kept here.
//!
//! The client's sending is timed piece by piece, and as a whole.

use std::time::Duration;

use actix_multipart::{Field, Multipart};
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_LENGTH;
use actix_web::web::{Bytes, Payload};
use futures_util::stream::{LocalBoxStream, StreamExt, try_unfold};

use crate::clock::Stopwatch;
use crate::error::{Error, Result};
use crate::limits;

/// Bytes of parts that nobody asked for.
const OTHER_PARTS_MAX_BYTES: usize = 64 * 1024;
/// What a body is larger than its file by, at most: boundaries, headers, other parts.
const AROUND_MAX_BYTES: usize = OTHER_PARTS_MAX_BYTES + 16 * 1024;

struct Reading {
    body: Multipart,
    name: &'static str,
    part: Option<Field>,
    other_bytes: usize,
    since: Stopwatch,
}

/// The pieces of part `name`; a body that announces more than `max_bytes` is refused before it is read.
///
/// The stream fails with `Invalid` naming the part where it is missing or the body breaks off, with `TooLarge`, or
/// with `TooSlow` where the client takes too long.
pub fn part(
    request: &HttpRequest,
    payload: Payload,
    name: &'static str,
    max_bytes: usize,
) -> LocalBoxStream<'static, Result<Bytes>> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let is_too_large = announced.is_some_and(|bytes| bytes > max_bytes.saturating_add(AROUND_MAX_BYTES));
    let body = Multipart::new(request.headers(), payload);
    let reading = Reading { body, name, part: None, other_bytes: 0, since: Stopwatch::start() };
    try_unfold(Some(reading), move |reading| async move {
        if is_too_large {
            return Err(Error::TooLarge);
        }
        match reading {
            None => Ok(None),
            Some(reading) => reading.step().await,
        }
    })
    .boxed_local()
}

impl Reading {
    /// The next piece of the part; after its last one, the rest of the body has been seen to be whole.
    async fn step(mut self) -> Result<Option<(Bytes, Option<Self>)>> {
        while self.part.is_none() {
            self.seek().await?;
        }
        match self.piece().await? {
            Some(piece) => Ok(Some((piece, Some(self)))),
            None => {
                self.part = None;
                let rest = timed(self.since, self.body.next()).await?;
                if let Some(Err(_)) = rest {
                    return Err(self.broken());
                }
                Ok(None)
            }
        }
    }

    /// Moves to the next part; one with another name is read and dropped.
    async fn seek(&mut self) -> Result<()> {
        let field = match timed(self.since, self.body.next()).await? {
            None => return Err(Error::invalid(self.name, "is required")),
            Some(Err(_)) => return Err(self.broken()),
            Some(Ok(field)) => field,
        };
        let is_it = field.name() == Some(self.name);
        self.part = Some(field);
        if is_it {
            return Ok(());
        }
        while let Some(piece) = self.piece().await? {
            self.other_bytes = self.other_bytes.saturating_add(piece.len());
            if self.other_bytes > OTHER_PARTS_MAX_BYTES {
                return Err(Error::TooLarge);
            }
        }
        self.part = None;
        Ok(())
    }

    async fn piece(&mut self) -> Result<Option<Bytes>> {
        let Some(part) = &mut self.part else { return Ok(None) };
        match timed(self.since, part.next()).await? {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some(piece)),
            Some(Err(_)) => Err(self.broken()),
        }
    }

    fn broken(&self) -> Error {
        Error::invalid(self.name, "must be sent whole, as a part of a multipart/form-data body")
    }
}

async fn timed<T>(since: Stopwatch, next: impl Future<Output = T>) -> Result<T> {
    if since.elapsed() > Duration::from_secs(limits::UPLOAD_DEADLINE_S) {
        return Err(Error::TooSlow);
    }
    let deadline = Duration::from_secs(limits::BODY_DEADLINE_S);
    tokio::time::timeout(deadline, next).await.map_err(|_| Error::TooSlow)
}
