//! The arrows of the drawing in `src/ARCHITECTURE.md`: which folder may use which.

use crate::source::{Problem, Source, words};

/// The small files at the top of `src`, each with one promise; everything may use them.
const SMALL: &[&str] = &["clock", "ids", "error", "limits", "signature"];

/// Those of them that are only values: `domain` may use these and no others.
const PURE: &[&str] = &["error", "limits"];

/// A layer and what it may use besides itself; the small files and `domain` come with every line but their own.
/// A new folder of `src` gets its line here.
const LAYERS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("i18n", &[]),
    ("paper", &["i18n"]),
    ("store", &[]),
    ("processors", &[]),
    ("outbound", &[]),
    ("vault", &[]),
    ("auth", &[]),
    ("wallet", &[]),
    ("config", &[]),
    ("observability", &["config"]),
    ("app", &["i18n", "store", "processors", "outbound", "vault", "auth", "wallet"]),
    ("jobs", &["app", "config", "observability"]),
    ("http", &["app", "i18n", "paper", "auth", "config", "observability"]),
    ("demo", &["app"]),
    ("serve", &["jobs", "http", "app", "store", "processors", "outbound", "vault", "config", "observability"]),
    (
        "cli",
        &[
            "serve",
            "demo",
            "jobs",
            "http",
            "app",
            "store",
            "processors",
            "outbound",
            "vault",
            "auth",
            "config",
            "observability",
        ],
    ),
];

/// Folders of `src/http` that must not know each other.
const FACES: &[&str] = &["gateway", "bucket", "payfirma", "payfunc", "fermata", "pages", "portal", "dashboard"];

/// What `domain` may use of the outside: arithmetic of dates and currencies, error texts, wiping of secrets.
const DOMAIN_CRATES: &[&str] = &["thiserror", "jiff", "iso_currency", "zeroize"];

/// Crates that belong to some layers only.
const CRATE_HOMES: &[(&str, &[&str], &str)] = &[
    ("rusqlite", &["store"], "SQL lives in src/store: add a function to the noun's file there and call it from app"),
    ("lettre", &["outbound"], "mails are handed over in src/outbound: queue one with app::mail::queue_in"),
    ("actix_web", &["http", "cli"], "HTTP stays in src/http: give app plain values and return domain values"),
];

/// A layer uses only what lies below it.
pub(crate) fn arrows_go_down(source: &Source) -> Vec<Problem> {
    let Some(layer) = layer_of(source) else { return Vec::new() };
    let known = SMALL.contains(&layer) || LAYERS.iter().any(|(name, _)| *name == layer);
    if !known {
        let message = format!("`{layer}` is not in the drawing: add its line to LAYERS in tests/tidy/layers.rs");
        return vec![source.problem(0, message)];
    }
    let mut problems = Vec::new();
    for (at, path) in crate_paths(source) {
        let Some(target) = path.first().map(String::as_str) else { continue };
        if !may_use(layer, target) {
            problems.push(source.problem(at, refusal(layer, target)));
        }
    }
    problems
}

/// One dialect or page folder never uses another.
pub(crate) fn faces_stay_apart(source: &Source) -> Vec<Problem> {
    let module = source.module_path();
    let ["http", own, ..] = module.as_slice() else { return Vec::new() };
    if !FACES.contains(own) || source.is_test() {
        return Vec::new();
    }
    crate_paths(source)
        .into_iter()
        .filter_map(|(at, path)| match path.as_slice() {
            [http, face, ..] if http == "http" && face != own && FACES.contains(&face.as_str()) => {
                Some(source.problem(at, format!("{own} uses {face}: a dialect is a translator of its own; what both need is a noun of domain or app, or a shared file in src/http")))
            }
            _ => None,
        })
        .collect()
}

/// `domain` is pure, and SQLite and the web framework stay where they belong.
pub(crate) fn crates_stay_home(source: &Source) -> Vec<Problem> {
    let Some(layer) = layer_of(source) else { return Vec::new() };
    let code = source.shipped();
    let mut problems = Vec::new();
    for (name, homes, remedy) in CRATE_HOMES {
        if !homes.contains(&layer) {
            problems.extend(
                crate_uses(code, name)
                    .into_iter()
                    .map(|at| source.problem(at, format!("`{name}` in {layer}: {remedy}"))),
            );
        }
    }
    if layer == "domain" {
        for name in dependencies() {
            let allowed = DOMAIN_CRATES.contains(&name.as_str()) || CRATE_HOMES.iter().any(|(home, ..)| *home == name);
            if !allowed {
                let message = format!(
                    "`{name}` in domain: domain is pure; do this in app, store or at the edge and pass the value in"
                );
                problems.extend(crate_uses(code, &name).into_iter().map(|at| source.problem(at, message.clone())));
            }
        }
        for word in ["async", "await"] {
            let message = "domain does not wait: compute here, call from app";
            problems.extend(words(code, word).into_iter().map(|at| source.problem(at, message)));
        }
    }
    problems
}

fn refusal(layer: &str, target: &str) -> String {
    let remedy = match (layer, target) {
        ("domain", _) => "domain is pure: pass the value in as an argument",
        ("http" | "jobs", "store" | "processors" | "vault" | "outbound") => {
            "call one method of App; if there is none, add it to src/app"
        }
        ("store", "app") => "move what both need to domain, or pass it in",
        ("store" | "processors" | "outbound" | "vault" | "auth", _) => {
            "these layers do not know each other: app brings their values together"
        }
        _ => "arrows only go down: move the code to the layer that owns it, or pass the value in",
    };
    format!("{layer} uses {target}: {remedy} (the drawing is LAYERS in tests/tidy/layers.rs)")
}

fn may_use(layer: &str, target: &str) -> bool {
    if layer == target || target == "domain" {
        return true;
    }
    if SMALL.contains(&target) {
        return layer != "domain" || PURE.contains(&target);
    }
    LAYERS.iter().any(|(name, uses)| *name == layer && uses.contains(&target))
}

/// The layer of a file of `src`; `main.rs` and `lib.rs` wire everything and have none, tests may look anywhere.
fn layer_of(source: &Source) -> Option<&str> {
    if source.is_test() || matches!(source.path.as_str(), "src/main.rs" | "src/lib.rs") || !source.path.ends_with(".rs")
    {
        return None;
    }
    source.module_path().first().copied()
}

/// Every path into this crate, from its top: `crate::a::b`, groups expanded, `super::` counted.
fn crate_paths(source: &Source) -> Vec<(usize, Vec<String>)> {
    let code = source.shipped();
    let mut found = Vec::new();
    for at in words(code, "crate") {
        if let Some(rest) = code[at + "crate".len()..].strip_prefix("::") {
            found.extend(expand(rest).into_iter().map(|path| (at, path)));
        }
    }
    let depth = source.module_path().len();
    for at in words(code, "super") {
        if code[..at].ends_with("super::") {
            continue; // counted with the first of the chain
        }
        let mut rest = &code[at..];
        let mut ups = 0;
        while let Some(next) = rest.strip_prefix("super::") {
            (rest, ups) = (next, ups + 1);
        }
        if ups >= depth && ups > 0 {
            found.extend(expand(rest).into_iter().map(|path| (at, path)));
        }
    }
    found
}

/// `a::{b, c::d}` as `[a, b]`, `[a, c, d]`; anything after the path is left alone.
fn expand(text: &str) -> Vec<Vec<String>> {
    let text = text.trim_start();
    if let Some(inside) = text.strip_prefix('{') {
        let end = crate::source::closing(text, 0).saturating_sub(1);
        return split_list(&inside[..end.saturating_sub(1)]).into_iter().flat_map(expand).collect();
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return Vec::new();
    }
    match rest.strip_prefix("::") {
        Some(rest) => {
            let tails = expand(rest);
            if tails.is_empty() {
                return vec![vec![name.to_owned()]];
            }
            tails.into_iter().map(|tail| [vec![name.to_owned()], tail].concat()).collect()
        }
        None => vec![vec![name.to_owned()]],
    }
}

fn split_list(inside: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, byte) in inside.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[start..]);
    parts
}

/// Uses of an outside crate: `name::…` at the start of a path, or `use name`.
fn crate_uses(code: &str, name: &str) -> Vec<usize> {
    words(code, name)
        .into_iter()
        .filter(|at| {
            let before = code[..*at].trim_end();
            let after = &code[at + name.len()..];
            let inner = before.ends_with("::") && !before.ends_with("use ::");
            !inner && (after.starts_with("::") || before.ends_with("use"))
        })
        .collect()
}

/// The names under `[dependencies]`, as they are written in code.
fn dependencies() -> Vec<String> {
    let manifest = include_str!("../../Cargo.toml");
    let section = manifest.split("\n[dependencies]").nth(1).unwrap_or_default();
    let section = section.split("\n[").next().unwrap_or_default();
    section
        .lines()
        .filter_map(|line| line.split_once('=').filter(|_| !line.trim_start().starts_with('#')))
        .map(|(name, _)| name.trim().replace('-', "_"))
        .collect()
}
