//! The API reference, read from the OpenAPI document and printed as one page without scripts.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::Value;

/// `GET /docs`.
#[derive(Debug, Clone, Template)]
#[template(path = "pages/docs.html")]
pub struct DocsPage {
    /// The API's title.
    pub title: String,
    /// Its version.
    pub version: String,
    /// Path of the document itself.
    pub document_url: String,
    /// What to read first.
    pub introduction: Vec<String>,
    /// The endpoints by tag.
    pub groups: Vec<Group>,
}

/// The endpoints of one tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The tag.
    pub name: String,
    /// Its name inside the address.
    pub anchor: String,
    /// What the tag is for.
    pub description: String,
    /// In the order of their paths.
    pub endpoints: Vec<Endpoint>,
}

/// One method of one path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// `POST`.
    pub method: String,
    /// `/api/invoice/{id}`.
    pub path: String,
    /// Its name inside the address.
    pub anchor: String,
    /// One line.
    pub summary: String,
    /// More.
    pub description: String,
    /// Parameters, then the fields of the body.
    pub fields: Vec<Field>,
    /// Status code and what it means.
    pub answers: Vec<(String, String)>,
}

/// A parameter, or a field of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// `path`, `query`, `header`, `body`.
    pub place: String,
    /// `string`, `integer`, the name of a schema.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// What it means.
    pub description: String,
}

impl Endpoint {
    fn verb_tone(&self) -> &'static str {
        match self.method.as_str() {
            "GET" | "HEAD" => "info",
            "POST" => "good",
            "DELETE" => "bad",
            _ => "warn",
        }
    }

    fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Self {
        let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| Field {
            name: text(&parameter["name"]),
            place: text(&parameter["in"]),
            kind: kind(&parameter["schema"]),
            required: parameter["required"].as_bool().unwrap_or(false),
            description: text(&parameter["description"]),
        });
        let contents = operation["requestBody"]["content"].as_object();
        let schema = contents.and_then(|types| types.values().next()).map_or(&Value::Null, |body| &body["schema"]);
        let answers = operation["responses"].as_object().into_iter().flatten();
        Self {
            method: method.to_uppercase(),
            path: path.into(),
            anchor: anchor(&format!("{method} {path}")),
            summary: text(&operation["summary"]),
            description: text(&operation["description"]),
            fields: parameters.chain(body_fields(resolve(document, schema))).collect(),
            answers: answers.map(|(status, answer)| (status.clone(), text(&answer["description"]))).collect(),
        }
    }
}

impl DocsPage {
    /// The page of an OpenAPI 3.1 document. What the document lacks is left empty; nothing in it can fail.
    pub fn from_openapi(document: &Value, document_url: &str) -> Self {
        let mut tagged: BTreeMap<String, Vec<Endpoint>> = BTreeMap::new();
        for (path, methods) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if !matches!(method.as_str(), "get" | "post" | "put" | "patch" | "delete" | "head" | "options") {
                    continue;
                }
                let tag = operation["tags"][0].as_str().unwrap_or("Other");
                let endpoint = Endpoint::read(document, path, method, operation);
                tagged.entry(tag.into()).or_default().push(endpoint);
            }
        }
        let described = |name: &str| {
            let tags = document["tags"].as_array().into_iter().flatten();
            tags.filter(|tag| tag["name"] == name).map(|tag| text(&tag["description"])).next().unwrap_or_default()
        };
        let groups = tagged.into_iter().map(|(name, endpoints)| Group {
            anchor: anchor(&name),
            description: described(&name),
            name,
            endpoints,
        });
        let introduction = text(&document["info"]["description"]);
        Self {
            title: text(&document["info"]["title"]),
            version: text(&document["info"]["version"]),
            document_url: document_url.into(),
            introduction: introduction.split("\n\n").filter(|p| !p.is_empty()).map(str::to_owned).collect(),
            groups: groups.collect(),
        }
    }

    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let document = serde_json::json!({
            "openapi": "3.1.0",
            "info": {"title": "Bursar", "version": "0.1.0", "description": "Amounts are integers in minor units.\n\nSend the key in the Authorization header."},
            "tags": [{"name": "Invoices", "description": "Bills with a page to pay them on."}],
            "paths": {
                "/api/invoice": {"post": {
                    "tags": ["Invoices"], "summary": "Create an invoice",
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewInvoice"}}}},
                    "responses": {"200": {"description": "the invoice"}, "400": {"description": "a field breaks a rule"}}}},
                "/api/invoice/{id}": {
                    "get": {"tags": ["Invoices"], "summary": "Find an invoice",
                        "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
                        "responses": {"200": {"description": "the invoice"}, "404": {"description": "no such invoice"}}},
                    "delete": {"tags": ["Invoices"], "summary": "Delete an invoice"}}
            },
            "components": {"schemas": {"NewInvoice": {"type": "object", "required": ["currency"], "properties": {
                "currency": {"type": "string", "description": "ISO 4217 code"},
                "items": {"type": "array", "items": {"$ref": "#/components/schemas/Item"}, "description": "what is charged for"}}}}}
        });
        vec![("docs", Self::from_openapi(&document, "/openapi.json"))]
    }
}

/// The fields of an object schema.
fn body_fields(schema: &Value) -> impl Iterator<Item = Field> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    properties.map(move |(name, property)| Field {
        name: name.clone(),
        place: "body".into(),
        kind: kind(property),
        required: required(name),
        description: text(&property["description"]),
    })
}

/// The schema a `$ref` inside the document names, or the schema itself.
fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    let pointer = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    pointer.and_then(|pointer| document.pointer(pointer)).unwrap_or(schema)
}

/// A short word for a schema.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return name.into();
    }
    match &schema["type"] {
        Value::String(name) if name == "array" => format!("{} list", kind(&schema["items"])).trim().into(),
        Value::String(name) => name.clone(),
        // OpenAPI 3.1 writes "may be null" as a list of types.
        Value::Array(names) => {
            let names: Vec<_> = names.iter().filter_map(Value::as_str).filter(|name| *name != "null").collect();
            names.join(" or ")
        }
        _ => {
            let one_of = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array());
            let kinds: Vec<_> =
                one_of.into_iter().flatten().map(kind).filter(|k| !k.is_empty() && k != "null").collect();
            kinds.join(" or ")
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Lower-case letters, digits and dashes.
fn anchor(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_come_from_the_document() {
        let (_, page) = DocsPage::samples().remove(0);
        let group = &page.groups[0];
        assert_eq!((group.name.as_str(), group.endpoints.len()), ("Invoices", 3));
        let create = group.endpoints.iter().find(|e| e.method == "POST").expect("POST is in the sample");
        let fields: Vec<_> = create.fields.iter().map(|f| (f.name.as_str(), f.kind.as_str(), f.required)).collect();
        assert_eq!(fields, [("currency", "string", true), ("items", "Item list", false)]);
        assert_eq!(create.anchor, "post-api-invoice");
    }

    #[test]
    fn an_empty_document_is_an_empty_page() {
        let page = DocsPage::from_openapi(&Value::Null, "/openapi.json");
        assert_eq!((page.groups.len(), page.title.as_str()), (0, ""));
    }

    #[test]
    fn kinds_are_short_words() {
        for (schema, expected) in [
            (r#"{"type":["string","null"]}"#, "string"),
            (r##"{"oneOf":[{"type":"null"},{"$ref":"#/components/schemas/Card"}]}"##, "Card"),
            (r#"{"type":"array","items":{"type":"integer"}}"#, "integer list"),
            ("{}", ""),
        ] {
            assert_eq!(kind(&serde_json::from_str(schema).expect("JSON")), expected, "{schema}");
        }
    }
}
