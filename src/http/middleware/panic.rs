//! A panic in a handler is an answer of 500 in the words of the path's dialect; the worker lives on.

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, ResponseError};
use futures_util::FutureExt;

use crate::error;
use crate::http::gateway::GatewayError;

/// Catches what unwinds; the panic itself is in the log already (its hook).
pub async fn catch<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let is_api = request.path().starts_with("/api/");
    match AssertUnwindSafe(next.call(request)).catch_unwind().await {
        Ok(answer) => answer,
        Err(_) => Err(InternalError::from_response("a handler panicked", face(is_api)).into()),
    }
}

fn face(is_api: bool) -> HttpResponse {
    if is_api {
        GatewayError(error::Error::internal("a handler panicked")).error_response()
    } else {
        HttpResponse::InternalServerError().content_type("text/plain; charset=utf-8").body("internal error\n")
    }
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::{App, test as client, web};

    use super::*;

    async fn broken() -> HttpResponse {
        panic!("card 4111111111111111")
    }

    #[actix_web::test]
    async fn a_panic_is_an_answer_that_says_nothing_of_it() {
        let web = App::new()
            .wrap(from_fn(catch))
            .route("/api/broken", web::get().to(broken))
            .route("/broken", web::get().to(broken));
        let service = client::init_service(web).await;
        for (path, body) in [
            ("/api/broken", r#"{"status":"error","msg":"internal error"}"#),
            ("/broken", "internal error\n"),
            ("/api/broken", r#"{"status":"error","msg":"internal error"}"#),
        ] {
            let request = client::TestRequest::get().uri(path).to_request();
            let error = client::try_call_service(&service, request).await.expect_err("the middleware refuses");
            let response = error.as_response_error().error_response();
            assert_eq!(response.status().as_u16(), 500, "{path}");
            let said = actix_web::body::to_bytes(response.into_body()).await.expect("a body in memory");
            assert_eq!(said, body, "{path}");
        }
    }
}
