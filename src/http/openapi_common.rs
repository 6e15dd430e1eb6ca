//! What every operation of the document shares, written once: its name, its path parameters, the refusals that no
//! handler decides, and that `data` may be null.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ArrayBuilder, OneOfBuilder, Schema, Type};
use utoipa::openapi::{Content, Header, ObjectBuilder, OpenApi, PathItem, Ref, RefOr, Required, Response};

use super::fermata;
use super::fermata::request::{DEDUPE_HEADERS, DEDUPE_MAX};
use super::gateway::wire::subscription::ASKED_STATUSES;
use super::openapi_fields;
use crate::domain::file_batch_row::COLUMNS;
use crate::limits::USAGE_EVENTS_MAX;

/// Longest text that may stand for an id in a path, characters; none that is handed out is as long.
const PATH_PART_MAX: usize = 128;

/// Refusals of every operation: status, and when.
const REFUSALS: &[(&str, &str)] = &[
    ("400", "The request is not right; `msg` names the field."),
    ("401", "No credentials, or none that are good here."),
    ("403", "The caller lacks the permission."),
    ("429", "Too many requests of this kind; `Retry-After` says when to try again, in seconds."),
    ("503", "Too busy to take the request; `Retry-After` says when to try again, in seconds."),
];
/// Refusals of operations on one record.
const OF_A_RECORD: &[(&str, &str)] = &[("404", "There is no such record.")];
/// Refusals of operations that take a body.
const OF_A_BODY: &[(&str, &str)] = &[
    ("408", "The body did not arrive in time."),
    ("413", "The body is too large."),
    ("415", "The body says that it is something else than was asked for."),
    ("422", "The idempotency key was used with another body."),
];

/// Refusals of what the treasury's dialect reads from an address.
const OF_A_TREASURY_LIST: &[(&str, &str)] = &[("422", "A parameter is not right; `error.field` names it.")];

/// Operations that take one thing or a list of them.
const TAKES_A_LIST: [&str; 2] = ["/accounts/{account}/events", "/accounts/{account}/balance/{denomination}"];

/// Completes every operation and every envelope.
pub(super) fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            name(operation, method, path);
            parameters(operation, method, path);
            answers(operation, path);
            if method == "post" && TAKES_A_LIST.contains(&path.as_str()) {
                lists(operation);
            }
        }
    }
    let schemas = document.components.iter_mut().flat_map(|components| &mut components.schemas);
    for (_, schema) in schemas.filter(|(name, _)| name.starts_with("Envelope_")) {
        let RefOr::T(Schema::Object(envelope)) = schema else { continue };
        if let Some(RefOr::T(data)) = envelope.properties.get_mut("data") {
            openapi_fields::or_null(data);
        }
    }
    openapi_fields::fill(document);
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&'static str, &mut Operation)> {
    let methods = [
        ("get", &mut item.get),
        ("post", &mut item.post),
        ("put", &mut item.put),
        ("delete", &mut item.delete),
        ("patch", &mut item.patch),
    ];
    methods.into_iter().filter_map(|(method, operation)| Some((method, operation.as_mut()?)))
}

/// Handlers' comments begin with their route, which the document says elsewhere: it is left out.
fn name(operation: &mut Operation, method: &str, path: &str) {
    for told in [&mut operation.summary, &mut operation.description].into_iter().flatten() {
        *told = without_route(told);
    }
    let words = path.trim_start_matches("/api/").split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = std::iter::once(method).chain(words.filter(|word| !word.is_empty())).collect();
    operation.operation_id = Some(words.join("_"));
    if path == "/api/filebatch" {
        let columns: Vec<String> = COLUMNS.iter().map(|column| format!("`{column}`")).collect();
        operation.description = Some(format!("Columns: {}.", columns.join(", ")));
    }
}

/// "`POST /api/a`: makes an a." as "Makes an a."
fn without_route(told: &str) -> String {
    let rest = told.strip_prefix('`').and_then(|rest| rest.split_once("`: ")).map_or(told, |(_, rest)| rest);
    let mut letters = rest.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A parameter for each `{name}` of the path that the handler does not describe itself, and the treasury's name of a
/// request.
fn parameters(operation: &mut Operation, method: &str, path: &str) {
    let mut known = operation.parameters.take().unwrap_or_default();
    let is_known = |known: &[RefOr<Parameter>], name: &str| {
        known.iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.name == name))
    };
    for name in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        if !is_known(&known, name) {
            known.push(RefOr::T(path_parameter(name)));
        }
    }
    if method != "get" && !path.starts_with("/api/") {
        known.push(RefOr::T(dedupe_header(is_of_treasury(path))));
    }
    operation.parameters = (!known.is_empty()).then_some(known);
}

fn path_parameter(name: &str) -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String);
    let (told, schema) = match name {
        "denomination" => ("What is counted.", text.pattern(Some("^[A-Za-z0-9_-]{1,32}$")).examples(["credits"])),
        "event_type" => ("The type of events.", text.pattern(Some("^[A-Za-z0-9_.:-]{1,64}$")).examples(["CHAT"])),
        "topic" => ("What is told.", text.enum_values(Some(fermata::webhook_face::TYPES))),
        "status" => ("The status to set.", text.enum_values(Some(ASKED_STATUSES.map(|status| status.as_str())))),
        _ => {
            let bounds = text.min_length(Some(1)).max_length(Some(PATH_PART_MAX)).pattern(Some("^[A-Za-z0-9._^-]+$"));
            ("The record's id.", bounds.examples(["b89227ij8m0nuanr"]))
        }
    };
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(told))
        .schema(Some(schema))
        .build()
}

/// The body may be a list, which has an answer of its own.
fn lists(operation: &mut Operation) {
    let Some(RefOr::T(body)) = &mut operation.request_body else { return };
    for schema in body.content.values_mut().filter_map(schema_of) {
        let many = ArrayBuilder::new().items(schema.clone()).min_items(Some(1)).max_items(Some(USAGE_EVENTS_MAX));
        let many = many.description(Some("One transaction: a bad one refuses all; a gated one is recorded as such."));
        *schema = OneOfBuilder::new().item(schema.clone()).item(many).into();
    }
    let Some(RefOr::T(done)) = operation.responses.responses.get_mut("200") else { return };
    for schema in done.content.values_mut().filter_map(schema_of) {
        let submitted = Ref::from_schema_name("Data_EventsSubmitted");
        *schema = OneOfBuilder::new().item(schema.clone()).item(submitted).into();
    }
}

fn schema_of(content: &mut RefOr<Content>) -> Option<&mut RefOr<Schema>> {
    match content {
        RefOr::T(content) => content.schema.as_mut(),
        RefOr::Ref(_) => None,
    }
}

fn dedupe_header(has_two_names: bool) -> Parameter {
    let [own, common] = DEDUPE_HEADERS;
    let name = if has_two_names { own } else { common };
    let also = if has_two_names { format!(" Also `{common}`.") } else { String::new() };
    let told = format!("Names the request: one of the same name is done once and answered alike.{also}");
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(DEDUPE_MAX));
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(told))
        .schema(Some(text.pattern(Some("^[!-~]+$")).examples(["b89227ij8m0nuanr"])))
        .build()
}

/// The common refusals, and what every answer carries.
fn answers(operation: &mut Operation, path: &str) {
    let is_of_a_record = path.contains('{');
    let takes_a_body = operation.request_body.is_some();
    let common = REFUSALS
        .iter()
        .chain(OF_A_RECORD.iter().filter(|_| is_of_a_record))
        .chain(OF_A_BODY.iter().filter(|_| takes_a_body));
    let of_lists = OF_A_TREASURY_LIST.iter().filter(|_| is_of_treasury(path) && !takes_a_body);
    let responses = &mut operation.responses.responses;
    for (status, told) in common.chain(of_lists) {
        let refusal = responses.entry((*status).to_owned()).or_insert_with(|| RefOr::T(Response::default()));
        let RefOr::T(refusal) = refusal else { continue };
        if refusal.description.is_empty() {
            (*told).clone_into(&mut refusal.description);
        }
        if refusal.content.is_empty() {
            let shape = match path.split('/').nth(1) {
                Some("api") => "Refusal",
                Some("account" | "order" | "merchant" | ".well-known") => "AccountRefusal",
                _ => "TreasuryRefusal",
            };
            let content = Content::new(Some(Ref::from_schema_name(shape)));
            refusal.content.insert("application/json".to_owned(), content.into());
        }
    }
    for response in responses.values_mut() {
        let RefOr::T(response) = response else { continue };
        if response.description.is_empty() {
            "Done.".clone_into(&mut response.description);
        }
        response.headers.insert("x-correlation-id".to_owned(), RefOr::T(correlation_header()));
    }
}

fn is_of_treasury(path: &str) -> bool {
    ["/accounts", "/companies", "/events"].iter().any(|head| path.starts_with(head))
}

fn correlation_header() -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String).max_length(Some(PATH_PART_MAX));
    let mut header = Header::new(text.examples(["b89227ij8m0nuanr"]));
    header.description = Some("Names the request; quote it when you ask for help.".to_owned());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_of_a_route_does_not_repeat_it() {
        for (told, expected) in [
            ("`POST /api/a`: makes an a.", "Makes an a."),
            ("Makes an a: `x`: y.", "Makes an a: `x`: y."),
            ("`x` is told", "`x` is told"),
            ("", ""),
        ] {
            assert_eq!(without_route(told), expected);
        }
    }
}
