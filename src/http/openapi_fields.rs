//! Gives every field of the document its example and its bounds, from `openapi_words.rs`, where its struct gives none.

use std::collections::{BTreeMap, BTreeSet};

use utoipa::Number;
use utoipa::openapi::request_body::RequestBody;
use utoipa::openapi::schema::{
    AdditionalProperties, Array, ArrayItems, KnownFormat, Object, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Content, OneOfBuilder, OpenApi, Ref, RefOr, Required, Schema};

use super::openapi_words::{Is, MONEY_MAX, WORDS, Word};
use crate::limits::INVOICE_LINES_MAX;

/// No control characters, as [`crate::domain::text::line`] has it.
const LINE: &str = r"^[^\u0000-\u001f\u007f-\u009f]*$";
/// No control characters but tabs and line breaks, as [`crate::domain::text::paragraph`] has it.
const PARAGRAPH: &str = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$";

type Schemas = BTreeMap<String, RefOr<Schema>>;

/// Fills in what is missing.
pub(super) fn fill(document: &mut OpenApi) {
    let asked = asked(document, |_| true);
    // The treasury takes null only where it says so.
    let takes_null = self::asked(document, is_gateway);
    let optional = optional(document);
    let operations = document.paths.paths.iter_mut().filter(|(path, _)| is_gateway(path));
    let operations = operations.filter_map(|(_, item)| item.post.as_mut());
    for body in operations.filter_map(|operation| operation.request_body.as_mut()) {
        if let RefOr::T(body) = body
            && body_schema(body).is_some_and(|name| optional.contains(&name))
        {
            body.required = Some(Required::False);
        }
    }
    let Some(components) = &mut document.components else { return };
    let names: BTreeSet<String> = components.schemas.keys().cloned().collect();
    for (name, schema) in &mut components.schemas {
        let RefOr::T(schema) = schema else { continue };
        if let (Some(of), Schema::Object(envelope)) = (name.strip_prefix("Envelope_"), &mut *schema) {
            point_to(&names, of, envelope);
        }
        let place = Place { of: name, is_asked: asked.contains(name), takes_null: takes_null.contains(name) };
        place.fill(name, schema, false);
    }
}

/// The names of the schemas of which nothing need be given: no body means the same as `{}`.
fn optional(document: &OpenApi) -> BTreeSet<String> {
    let schemas = document.components.iter().flat_map(|components| &components.schemas);
    let is_optional = |schema: &RefOr<Schema>| match schema {
        RefOr::T(Schema::Object(object)) => object.required.is_empty(),
        _ => false,
    };
    schemas.filter(|(_, schema)| is_optional(schema)).map(|(name, _)| name.clone()).collect()
}

/// The name of the schema of a JSON body.
fn body_schema(body: &RequestBody) -> Option<String> {
    match body.content.get("application/json")? {
        RefOr::T(Content { schema: Some(RefOr::Ref(to)), .. }) => to.ref_location.rsplit('/').next().map(str::to_owned),
        _ => None,
    }
}

/// Whether a path is the gateway's.
fn is_gateway(path: &str) -> bool {
    path.starts_with("/api/")
}

/// The names of the schemas that requests to such paths are made of.
fn asked(document: &OpenApi, is_of: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let empty = Schemas::new();
    let schemas = document.components.as_ref().map_or(&empty, |components| &components.schemas);
    let items = document.paths.paths.iter().filter(|(path, _)| is_of(path)).map(|(_, item)| item);
    let operations = items.flat_map(|item| item.post.iter().chain(&item.put));
    let bodies = operations.filter_map(|operation| match &operation.request_body {
        Some(RefOr::T(body)) => Some(body.content.values()),
        _ => None,
    });
    let mut open: Vec<&RefOr<Schema>> = Vec::new();
    for content in bodies.flatten() {
        if let RefOr::T(content) = content {
            open.extend(&content.schema);
        }
    }
    let mut asked = BTreeSet::new();
    while let Some(schema) = open.pop() {
        match schema {
            RefOr::Ref(to) => {
                let name = to.ref_location.rsplit('/').next().unwrap_or_default();
                if asked.insert(name.to_owned()) {
                    open.extend(schemas.get(name));
                }
            }
            RefOr::T(schema) => open.extend(parts(schema)),
        }
    }
    asked
}

/// The schemas inside a schema.
fn parts(schema: &Schema) -> Vec<&RefOr<Schema>> {
    match schema {
        Schema::Object(object) => {
            let more = match object.additional_properties.as_deref() {
                Some(AdditionalProperties::RefOr(more)) => Some(more),
                _ => None,
            };
            object.properties.values().chain(more).collect()
        }
        Schema::Array(array) => match &array.items {
            ArrayItems::RefOrSchema(items) => vec![items.as_ref()],
            ArrayItems::False => Vec::new(),
        },
        Schema::OneOf(several) => several.items.iter().collect(),
        Schema::AllOf(several) => several.items.iter().collect(),
        Schema::AnyOf(several) => several.items.iter().collect(),
        _ => Vec::new(),
    }
}

/// An envelope around `Thing` or `Vec_Thing` points to the thing instead of holding a copy of it.
fn point_to(names: &BTreeSet<String>, of: &str, envelope: &mut Object) {
    let Some(RefOr::T(data)) = envelope.properties.get_mut("data") else { return };
    let thing = of.strip_prefix("Vec_").unwrap_or(of);
    if thing == "Nothing" {
        *data = Schema::Object(Object::with_type(Type::Null));
        return;
    }
    if !names.contains(thing) {
        return;
    }
    let there = RefOr::Ref(Ref::from_schema_name(thing));
    match data {
        Schema::Array(array) => array.items = ArrayItems::RefOrSchema(Box::new(there)),
        Schema::Object(_) => *data = or_nothing(there),
        _ => {}
    }
}

/// The schema, or null.
fn or_nothing(schema: RefOr<Schema>) -> Schema {
    Schema::OneOf(OneOfBuilder::new().item(Object::with_type(Type::Null)).item(schema).build())
}

/// Null means the same as nothing where a request need not name a field.
fn allow_null(field: &mut RefOr<Schema>) {
    if matches!(field, RefOr::Ref(_)) {
        let there = std::mem::replace(field, RefOr::T(Schema::Object(Object::new())));
        *field = RefOr::T(or_nothing(there));
    } else if let RefOr::T(schema) = field {
        or_null(schema);
    }
}

/// Adds null to the types that a schema allows.
pub(super) fn or_null(schema: &mut Schema) {
    let kind = match schema {
        Schema::Object(object) => &mut object.schema_type,
        Schema::Array(array) => &mut array.schema_type,
        _ => return,
    };
    match kind {
        SchemaType::Type(one) => *kind = SchemaType::from_iter([one.clone(), Type::Null]),
        SchemaType::Array(several) if !several.contains(&Type::Null) => several.push(Type::Null),
        SchemaType::Array(_) | SchemaType::AnyValue => {}
    }
}

/// Where a field stands.
struct Place<'p> {
    /// The schema's name.
    of: &'p str,
    /// Whether requests are made of it.
    is_asked: bool,
    /// Whether null there means the same as nothing.
    takes_null: bool,
}

impl Place<'_> {
    /// Fills in a schema that is called `name` here.
    fn fill(&self, name: &str, schema: &mut Schema, is_required: bool) {
        // A default of null says nothing, and is wrong where null may not stand.
        match schema {
            Schema::Object(Object { default, .. }) | Schema::Array(Array { default, .. }) => {
                *default = default.take().filter(|value| !value.is_null());
            }
            _ => {}
        }
        match schema {
            Schema::Object(object) if object.properties.is_empty() => self.fill_field(name, object, is_required),
            Schema::Object(object) => {
                let required = object.required.clone();
                for (name, field) in &mut object.properties {
                    let is_required = required.contains(name);
                    self.fill_if_here(name, field, is_required);
                    if self.takes_null && !is_required {
                        allow_null(field);
                    }
                }
            }
            Schema::Array(array) => {
                if self.is_asked && array.max_items.is_none() {
                    array.max_items = Some(INVOICE_LINES_MAX);
                }
                if let ArrayItems::RefOrSchema(items) = &mut array.items {
                    self.fill_if_here(name, items, true);
                }
            }
            Schema::OneOf(several) => several.items.iter_mut().for_each(|item| self.fill_if_here(name, item, false)),
            Schema::AllOf(several) => several.items.iter_mut().for_each(|item| self.fill_if_here(name, item, false)),
            Schema::AnyOf(several) => several.items.iter_mut().for_each(|item| self.fill_if_here(name, item, false)),
            _ => {}
        }
    }

    fn fill_if_here(&self, name: &str, schema: &mut RefOr<Schema>, is_required: bool) {
        if let RefOr::T(schema) = schema {
            self.fill(name, schema, is_required);
        }
    }

    fn fill_field(&self, name: &str, field: &mut Object, is_required: bool) {
        if let Some(more) = field.additional_properties.as_deref_mut() {
            if let AdditionalProperties::RefOr(more) = more {
                self.fill_if_here(name, more, true);
            }
            return;
        }
        let (Some(kind), Some(word)) = (kind_of(field), word(self.of, name)) else { return };
        if field.description.as_ref().is_none_or(String::is_empty) && name != self.of {
            field.description = Some(word.told.to_owned());
        }
        if field.example.is_none() && field.examples.is_empty() && field.enum_values.is_none() {
            field.example = Some(example(&kind, word.example));
        }
        if matches!(field.format, Some(SchemaFormat::KnownFormat(KnownFormat::Email))) {
            field.format = None; // the word has a form that knows "", which means none
        }
        let is_bounded = field.max_length.is_some() || field.pattern.is_some() || field.enum_values.is_some();
        match kind {
            Type::String if !is_bounded => self.bound_text(field, &word.is, is_required),
            Type::Integer => self.bound_number(field, &word.is),
            _ => {}
        }
    }

    fn bound_text(&self, field: &mut Object, is: &Is, is_required: bool) {
        let optional = if is_required { "" } else { "?" };
        let (pattern, max) = match is {
            Is::Line(max) => (Some(LINE.to_owned()), *max),
            Is::Text(max) => (Some(PARAGRAPH.to_owned()), *max),
            Is::Like(form, max) => (Some(format!("^({form}){optional}$")), *max),
            Is::OneOf(words) => (Some(format!("^({}){optional}$", words.join("|"))), 64),
            Is::Money | Is::Count(..) | Is::Choice => (None, 64),
        };
        field.max_length = usize::try_from(max).ok();
        if self.is_asked && field.format.is_none() {
            field.pattern = pattern;
        }
    }

    fn bound_number(&self, field: &mut Object, is: &Is) {
        let (least, most) = match is {
            Is::Money if self.is_asked => (0, MONEY_MAX),
            Is::Money => (-MONEY_MAX, MONEY_MAX),
            Is::Count(least, most) => (*least, *most),
            Is::Line(_) | Is::Text(_) | Is::Like(..) | Is::OneOf(_) | Is::Choice => (0, i64::MAX),
        };
        let number = |number: i64| isize::try_from(number).ok().map(Number::Int);
        field.minimum = field.minimum.take().or_else(|| number(least));
        field.maximum = field.maximum.take().or_else(|| number(most));
    }
}

/// The one type of a field, besides null.
fn kind_of(field: &Object) -> Option<Type> {
    match &field.schema_type {
        SchemaType::Type(one) => Some(one.clone()),
        SchemaType::Array(several) => several.iter().find(|kind| **kind != Type::Null).cloned(),
        SchemaType::AnyValue => None,
    }
}

fn word(of: &str, name: &str) -> Option<&'static Word> {
    let own = format!("{of}.{name}");
    let named = |wanted: &str| WORDS.iter().find(|word| word.names.contains(&wanted));
    named(&own).or_else(|| named(name))
}

fn example(kind: &Type, text: &str) -> serde_json::Value {
    match kind {
        Type::Integer | Type::Number => serde_json::Value::from(text.parse::<i64>().unwrap_or(0)),
        Type::Boolean => serde_json::Value::Bool(text == "true"),
        _ => serde_json::Value::from(text),
    }
}
