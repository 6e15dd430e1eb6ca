//! The files of `static/`, served from inside the executable.
//!
//! A page names a file by `url`, which carries a hash of its content: such an answer may be kept for ever.
//! Without the hash, a browser asks each time and gets 304 while nothing changed.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, ETAG, EntityTag, Header, IfNoneMatch, X_CONTENT_TYPE_OPTIONS,
    },
    web,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "static/"]
#[exclude = "readme/*"]
struct Assets;

/// How long a file with its hash in the address may be kept, seconds (a year, the most caches honour).
const KEPT_S: u32 = 31_536_000;

/// Files that pages of other origins may embed, with an `integrity` attribute too, which needs to read them.
const OPEN: [&str; 1] = ["tokenizer.js"];

/// Registers `GET` and `HEAD` of `/static/{name}`.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = web::resource("/static/{name}").route(web::get().to(serve)).route(web::head().to(serve));
    config.service(resource);
}

/// The address of a file, with its hash. An unknown name gives an address that answers 404.
pub fn url(name: &str) -> String {
    match Assets::get(name) {
        Some(file) => format!("/static/{name}?v={}", short_hash(&file)),
        None => format!("/static/{name}"),
    }
}

/// `GET /static/{name}`.
async fn serve(request: HttpRequest, name: web::Path<String>) -> HttpResponse {
    let Some(file) = Assets::get(&name) else {
        return HttpResponse::NotFound().insert_header((CACHE_CONTROL, "no-store")).body("not found\n");
    };
    let hash = short_hash(&file);
    let cache = match request.query_string() == format!("v={hash}") {
        true => format!("public, max-age={KEPT_S}, immutable"),
        false => "no-cache".to_owned(),
    };
    let tag = EntityTag::new_strong(hash);
    let known = known_to_client(&request, &tag);
    let mut answer = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    answer.insert_header((ETAG, tag.to_string())).insert_header((CACHE_CONTROL, cache));
    if OPEN.contains(&name.as_str()) {
        answer
            .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
            .insert_header(("cross-origin-resource-policy", "cross-origin"));
    }
    answer.insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff")).content_type(content_type(&name));
    if known { answer.finish() } else { answer.body(file.data.into_owned()) }
}

/// Whether `If-None-Match` names this content. Weak comparison: compression makes the client's tag weak.
fn known_to_client(request: &HttpRequest, tag: &EntityTag) -> bool {
    match IfNoneMatch::parse(request) {
        Ok(IfNoneMatch::Any) => request.headers().contains_key("if-none-match"),
        Ok(IfNoneMatch::Items(items)) => items.iter().any(|item| item.weak_eq(tag)),
        Err(_) => false,
    }
}

fn content_type(name: &str) -> String {
    let mime = mime_guess::from_path(name).first_or_octet_stream();
    match mime.type_() {
        mime_guess::mime::TEXT => format!("{mime}; charset=utf-8"),
        _ => mime.to_string(),
    }
}

/// The first 16 hex digits of the content's SHA-256.
fn short_hash(file: &rust_embed::EmbeddedFile) -> String {
    file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use actix_web::{App, http::StatusCode, test};

    use super::*;

    async fn answer(uri: &str, if_none_match: Option<&str>) -> (StatusCode, Vec<String>, usize) {
        let app = test::init_service(App::new().configure(routes)).await;
        let mut request = test::TestRequest::get().uri(uri);
        if let Some(tag) = if_none_match {
            request = request.insert_header(("if-none-match", tag));
        }
        let response = test::call_service(&app, request.to_request()).await;
        let header = |name: &str| response.headers().get(name).map_or("", |v| v.to_str().expect("ASCII")).to_owned();
        let headers = ["cache-control", "content-type", "x-content-type-options", "etag"].map(header).to_vec();
        let status = response.status();
        (status, headers, test::read_body(response).await.len())
    }

    #[actix_web::test]
    async fn a_hashed_address_is_kept_for_ever_and_a_plain_one_is_asked_for() {
        for (name, kind) in [
            ("bursar.css", "text/css; charset=utf-8"),
            ("invoice.js", "text/javascript; charset=utf-8"),
            ("favicon.svg", "image/svg+xml"),
        ] {
            let (status, headers, size) = answer(&url(name), None).await;
            assert_eq!(status, StatusCode::OK, "{name}");
            assert_eq!(headers[..3], ["public, max-age=31536000, immutable", kind, "nosniff"], "{name}");
            assert!(size > 0, "{name}");
            for stale in [format!("/static/{name}"), format!("/static/{name}?v=0000000000000000")] {
                assert_eq!(answer(&stale, None).await.1[0], "no-cache", "{stale}");
            }
        }
    }

    #[actix_web::test]
    async fn an_unchanged_file_is_not_sent_again() {
        let (_, headers, _) = answer("/static/bursar.css", None).await;
        let tag = headers[3].clone();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".into()] {
            let (status, headers, size) = answer("/static/bursar.css", Some(&known)).await;
            assert_eq!((status, size, &headers[3]), (StatusCode::NOT_MODIFIED, 0, &tag), "{known}");
        }
        for other in ["\"other\"", "", "nonsense"] {
            assert_eq!(answer("/static/bursar.css", Some(other)).await.0, StatusCode::OK, "{other}");
        }
    }

    #[actix_web::test]
    async fn nothing_else_is_served() {
        for uri in ["/static/none.css", "/static/..%2fCargo.toml", "/static/%2e%2e", "/static/"] {
            assert_eq!(answer(uri, None).await.0, StatusCode::NOT_FOUND, "{uri}");
        }
    }

    #[actix_web::test]
    async fn pictures_of_the_readme_are_not_in_the_executable() {
        assert!(Assets::iter().any(|name| name == "bursar.css"));
        assert!(Assets::iter().all(|name| !name.contains('/')), "only what `/static/{{name}}` can serve");
    }
}
