//! The OpenAPI document as tests ask it: what an operation takes and answers, field by field.

use serde_json::Value;

/// The document that the program serves.
pub struct Document(Value);

/// What may stand somewhere: all alternatives, references followed.
#[derive(Clone)]
pub struct Schema<'d> {
    document: &'d Value,
    alternatives: Vec<&'d Value>,
}

impl Document {
    /// The document of this build.
    pub fn of_this_build() -> Self {
        Self(serde_json::to_value(bursar::http::openapi::document()).expect("the document is JSON"))
    }

    /// Every schema by its name.
    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.0["components"]["schemas"].as_object().expect("the document has schemas").iter()
    }

    /// Every operation, as method, path and description.
    pub fn operations(&self) -> Vec<(String, &str, &Value)> {
        let paths = self.0["paths"].as_object().expect("the document has paths");
        let operations = paths.iter().flat_map(|(path, item)| {
            let methods = item.as_object().expect("a path has methods");
            methods.iter().map(move |(method, operation)| (method.to_uppercase(), path.as_str(), operation))
        });
        operations.collect()
    }

    /// The operation that serves this path, whose `{…}` may be called anything and whose words may fill a `{…}`.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let paths = self.0["paths"].as_object().expect("the document has paths");
        let exact = paths.iter().find(|(known, _)| same_path(known, path, false));
        let (_, item) = exact.or_else(|| paths.iter().find(|(known, _)| same_path(known, path, true)))?;
        item.get(method.to_lowercase())
    }

    /// What the operation's JSON body may be.
    pub fn request(&self, method: &str, path: &str) -> Option<Schema<'_>> {
        Some(self.schema(self.operation(method, path)?.pointer("/requestBody/content/application~1json/schema")?))
    }

    /// What the operation's JSON answer with this status may be.
    pub fn answer(&self, method: &str, path: &str, status: u16) -> Option<Schema<'_>> {
        let pointer = format!("/responses/{status}/content/application~1json/schema");
        Some(self.schema(self.operation(method, path)?.pointer(&pointer)?))
    }

    fn schema<'d>(&'d self, node: &'d Value) -> Schema<'d> {
        Schema::of(&self.0, [node])
    }
}

/// Whether `known` is the path `asked`; `{}` in `known` also stands for any word where `loosely`.
fn same_path(known: &str, asked: &str, loosely: bool) -> bool {
    let is_hole = |part: &str| part.starts_with('{');
    let parts = |path: &str| path.split('/').map(ToOwned::to_owned).collect::<Vec<_>>();
    let (known, asked) = (parts(known), parts(asked));
    known.len() == asked.len()
        && known.iter().zip(&asked).all(|(a, b)| a == b || is_hole(a) && (is_hole(b) || loosely && !b.is_empty()))
}

impl<'d> Schema<'d> {
    fn of(document: &'d Value, nodes: impl IntoIterator<Item = &'d Value>) -> Self {
        let mut alternatives = Vec::new();
        let mut open: Vec<&Value> = nodes.into_iter().collect();
        while let Some(node) = open.pop() {
            if let Some(reference) = node["$ref"].as_str() {
                let target = document.pointer(reference.trim_start_matches('#'));
                open.push(target.unwrap_or_else(|| panic!("{reference} is not in the document")));
                continue;
            }
            let several = ["oneOf", "anyOf", "allOf"].iter().filter_map(|word| node[word].as_array());
            open.extend(several.flatten());
            alternatives.push(node);
        }
        Self { document, alternatives }
    }

    /// The member of this name.
    pub fn member(&self, name: &str) -> Option<Self> {
        let of_node = |node: &&'d Value| {
            let named = node["properties"].get(name);
            named.or_else(|| node.get("additionalProperties").filter(|more| more.is_object()))
        };
        self.found(self.alternatives.iter().filter_map(of_node).collect())
    }

    /// The entries of the list.
    pub fn entry(&self) -> Option<Self> {
        self.found(self.alternatives.iter().filter_map(|node| node.get("items")).collect())
    }

    /// The field at a path such as `items[].name`.
    pub fn field(&self, path: &str) -> Option<Self> {
        path.split('.').try_fold(self.clone(), |at, part| match part.strip_suffix("[]") {
            Some(list) => at.member(list)?.entry(),
            None => at.member(part),
        })
    }

    /// Whether a value of this JSON type ("string", "integer", "null" …) may stand here.
    pub fn allows(&self, kind: &str) -> bool {
        self.alternatives.iter().any(|node| match &node["type"] {
            Value::String(one) => one == kind,
            Value::Array(several) => several.iter().any(|one| one == kind),
            // A node that only refers to others says nothing itself; an empty one allows everything.
            _ => !["oneOf", "anyOf", "allOf"].iter().any(|word| node.get(word).is_some()),
        })
    }

    fn found(&self, nodes: Vec<&'d Value>) -> Option<Self> {
        (!nodes.is_empty()).then(|| Self::of(self.document, nodes))
    }
}

#[test]
fn paths_are_the_same_whatever_their_parts_are_called() {
    for (known, asked, exactly, loosely) in [
        ("/a/{id}", "/a/{key}", true, true),
        ("/a/{id}", "/a/b", false, true),
        ("/a/b", "/a/{id}", false, false),
        ("/a/{id}/c", "/a/{id}", false, false),
        ("/a", "/a", true, true),
    ] {
        assert_eq!(
            (same_path(known, asked, false), same_path(known, asked, true)),
            (exactly, loosely),
            "{known} {asked}"
        );
    }
}
