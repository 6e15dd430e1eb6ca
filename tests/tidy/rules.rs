//! The rules about one file each, with the exceptions that have a reason.

use crate::source::{Problem, Source, closing, words};

/// Lines a file of `src` may have.
const FILE_LINES_MAX: usize = 500;
/// Lines a function of `src` may have.
const FUNCTION_LINES_MAX: usize = 70;

/// A place where a rule does not hold, and why. One that is no longer needed is a problem itself.
pub(crate) struct Exception {
    pub(crate) rule: &'static str,
    pub(crate) path: &'static str,
    /// The line that may stand there contains this.
    pub(crate) line: &'static str,
    /// Why; a reader decides with this whether it still holds.
    pub(crate) reason: &'static str,
}

/// Every exception from the rules of this program.
pub(crate) const EXCEPTIONS: &[Exception] = &[
    Exception {
        rule: "no_global_state",
        path: "src/observability/metrics.rs",
        line: "static HANDLE: LazyLock<Option<PrometheusHandle>>",
        reason: "the metrics crate has one recorder per process, which can be set only once",
    },
    Exception {
        rule: "pages_escape",
        path: "templates/pages/invoice.html",
        line: "{{ qr.svg()|safe }}",
        reason: "QrSvg is made by the qrcode crate alone, out of squares; the text in the code never reaches the markup",
    },
    Exception {
        rule: "one_source_of_randomness",
        path: "src/auth/rs256.rs",
        line: "use ring::rand::SystemRandom;",
        reason: "ring takes no other generator to blind a signature with; the signature does not depend on it",
    },
    Exception {
        rule: "one_reader_of_the_environment",
        path: "src/domain/billing_account/schedule_tests.rs",
        line: "std::env::var(\"SCHEDULE_VECTORS\")",
        reason: "a test that reads other reference rows where it is told to; nothing of the program",
    },
];

/// Every Rust file says first what it promises.
pub(crate) fn promise_first(source: &Source) -> Vec<Problem> {
    if !source.path.ends_with(".rs") || source.text.starts_with("//!") {
        return Vec::new();
    }
    vec![source.problem(0, "start the file with `//!` and one sentence: what it promises")]
}

/// Files stay short enough to read in one go.
pub(crate) fn files_stay_short(source: &Source) -> Vec<Problem> {
    let lines = source.text.lines().count();
    if !source.path.starts_with("src/") || !source.path.ends_with(".rs") || lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    let message = format!(
        "{lines} lines, {FILE_LINES_MAX} are allowed: give one verb or noun its own file, or move the tests to <noun>_tests.rs"
    );
    vec![source.problem(0, message)]
}

/// Functions stay short enough to see at once.
pub(crate) fn functions_stay_short(source: &Source) -> Vec<Problem> {
    let code = source.shipped();
    let mut problems = Vec::new();
    for at in words(code, "fn") {
        let Some(open) = code[at..].find(['{', ';']).map(|found| at + found) else { continue };
        if code.as_bytes()[open] == b';' {
            continue;
        }
        let lines = code[at..closing(code, open)].lines().count();
        if lines > FUNCTION_LINES_MAX {
            let message = format!(
                "a function of {lines} lines, {FUNCTION_LINES_MAX} are allowed: keep the branching here, move the leaves out"
            );
            problems.push(source.problem(at, message));
        }
    }
    problems
}

/// No file or folder is named after nothing in particular.
pub(crate) fn names_say_something(source: &Source) -> Vec<Problem> {
    let empty = ["utils", "util", "helpers", "helper", "common", "misc"];
    source
        .path
        .split('/')
        .filter(|part| empty.contains(&part.split('.').next().unwrap_or_default()))
        .map(|part| source.problem(0, format!("`{part}` names nothing: name it after the noun or verb it holds")))
        .collect()
}

/// SQL is written in `src/store`, as whole statements in one literal each.
pub(crate) fn sql_lives_in_store(source: &Source) -> Vec<Problem> {
    if !source.path.starts_with("src/") {
        return Vec::new();
    }
    let home = source.path.starts_with("src/store/");
    let mut problems = Vec::new();
    for (at, text) in &source.literals {
        if looks_like_sql(text) && !home {
            let message = "SQL outside src/store: add a function to the noun's file there and call it from app";
            problems.push(source.problem(*at, message));
        } else if home && looks_like_sql(text) && is_assembled(source, *at, text) {
            let message = "a statement put together at run time: write the whole statement as one literal and bind its values with ?1";
            problems.push(source.problem(*at, message));
        } else if home && is_sql_fragment(text) {
            let message = "a piece of SQL: write each whole statement as one literal, so that a test can plan it";
            problems.push(source.problem(*at, message));
        }
    }
    for call in ["execute", "execute_batch", "prepare", "prepare_cached", "query_row", "query_one"] {
        for at in words(&source.code, call) {
            let argument = source.code[at + call.len()..].strip_prefix('(').unwrap_or_default();
            if argument.trim_start().trim_start_matches('&').starts_with("format!") {
                let message = "format! feeds SQL: write the whole statement as one literal and bind its values with ?1";
                problems.push(source.problem(at, message));
            }
        }
    }
    problems
}

fn looks_like_sql(text: &str) -> bool {
    let mut parts = text.split_whitespace();
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let has = |word: &str| text.split_whitespace().any(|part| part == word);
    match first {
        "SELECT" | "DELETE" | "WITH" => has("FROM") || has("SELECT") || has("AS") || text.contains("(SELECT"),
        "INSERT" | "REPLACE" => has("INTO"),
        "UPDATE" => has("SET"),
        "PRAGMA" | "SAVEPOINT" | "ROLLBACK" | "RELEASE" => !second.is_empty(),
        "CREATE" | "DROP" | "ALTER" => matches!(second, "TABLE" | "INDEX" | "UNIQUE" | "TRIGGER" | "VIEW" | "TEMP"),
        "BEGIN" => second == "IMMEDIATE" || second == "EXCLUSIVE",
        _ => false,
    }
}

fn is_sql_fragment(text: &str) -> bool {
    let mut parts = text.split_whitespace();
    let (first, second) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let clause = matches!(first, "WHERE" | "AND" | "OR" | "LIMIT" | "JOIN" | "SET" | "VALUES" | "RETURNING");
    (clause && !second.is_empty()) || (matches!(first, "ORDER" | "GROUP") && second == "BY")
}

/// Whether the literal at `at` is the pattern of a formatting macro or the start of a concatenation.
fn is_assembled(source: &Source, at: usize, text: &str) -> bool {
    let before = source.code[..at].trim_end();
    let macros = ["format!(", "concat!(", "format_args!("];
    let written = ["write!(", "writeln!("];
    let call = before.rfind("!(").map_or("", |bang| &before[bang..]);
    let in_write = !call.contains([';', ')'])
        && written.iter().any(|name| before.rfind(name).is_some_and(|found| before.len() - found <= name.len() + 40));
    let end = at + text.len() + 2;
    let after = source.code.get(end..).unwrap_or_default().trim_start();
    let joined = after.starts_with('+') || after.starts_with(".to_owned() +") || after.starts_with(".to_string() +");
    macros.iter().any(|name| before.ends_with(name)) || in_write || joined
}

/// A rule about words: where they may stand and what to use instead.
struct Ban {
    words: &'static [&'static str],
    homes: &'static [&'static str],
    remedy: &'static str,
}

fn banned(source: &Source, code: &str, ban: &Ban) -> Vec<Problem> {
    if !source.path.starts_with("src/") || ban.homes.iter().any(|home| source.path.starts_with(home)) {
        return Vec::new();
    }
    ban.words
        .iter()
        .flat_map(|word| words(code, word).into_iter().map(move |at| (at, word)))
        .map(|(at, word)| source.problem(at, format!("`{word}`: {}", ban.remedy)))
        .collect()
}

/// One file reads the clock.
pub(crate) fn one_clock(source: &Source) -> Vec<Problem> {
    let names = &["SystemTime::now", "Instant::now", "Timestamp::now", "Zoned::now", "Utc::now"];
    let remedy = "take `now` from WriteTx::now or Clock::now; measure with clock::Stopwatch";
    banned(source, &source.code, &Ban { words: names, homes: &["src/clock.rs"], remedy })
}

/// One file draws random numbers.
pub(crate) fn one_source_of_randomness(source: &Source) -> Vec<Problem> {
    let names = &["rand::", "getrandom::", "OsRng", "SysRng", "thread_rng", "RandomState", "hash_password("];
    let remedy = "take ids, secrets, salts and nonces from ids::Random, so that a seeded run repeats itself";
    banned(source, source.shipped(), &Ban { words: names, homes: &["src/ids.rs"], remedy })
}

/// The environment is read once, at the start.
pub(crate) fn one_reader_of_the_environment(source: &Source) -> Vec<Problem> {
    let names = &["env::var", "env::vars", "env::var_os", "env::vars_os", "env::set_var"];
    let remedy = "add the setting to src/config, which is read once at the start, and pass the value in";
    banned(source, &source.code, &Ban { words: names, homes: &["src/config/", "src/config.rs", "src/main.rs"], remedy })
}

/// Money never passes through a float.
pub(crate) fn no_floats_near_money(source: &Source) -> Vec<Problem> {
    let folders = ["src/domain/", "src/store/", "src/app/", "src/processors/", "src/vault/", "src/http/"];
    if !folders.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let remedy = "use Money, Rate or integers; parse a decimal from its text";
    let mut problems = banned(source, &source.code, &Ban { words: &["f32", "f64"], homes: &[], remedy });
    let bytes = source.code.as_bytes();
    for (at, window) in bytes.windows(3).enumerate() {
        let fraction = window[0].is_ascii_digit() && window[1] == b'.' && window[2].is_ascii_digit();
        if fraction && !is_tuple_field(&bytes[..=at]) {
            problems.push(source.problem(at, format!("a number with a fraction: {remedy}")));
        }
    }
    problems
}

/// Whether the digits that end here follow a dot or a name, as in `pair.0.1`.
fn is_tuple_field(before: &[u8]) -> bool {
    let digits = before.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let previous = before.get(before.len().wrapping_sub(digits + 1));
    previous.is_some_and(|byte| *byte == b'.' || byte.is_ascii_alphabetic() || *byte == b'_')
}

/// Everything hangs off one `App`; nothing is shared behind its back.
pub(crate) fn no_global_state(source: &Source) -> Vec<Problem> {
    let homes = ["src/main.rs", "src/cli/"];
    if !source.path.starts_with("src/") || homes.iter().any(|home| source.path.starts_with(home)) {
        return Vec::new();
    }
    let remedy = "global state: make it a field of App (or of what App holds) and pass it on";
    let mut problems: Vec<_> =
        words(&source.code, "thread_local!").into_iter().map(|at| source.problem(at, remedy)).collect();
    for at in words(&source.code, "static") {
        if source.code[..at].ends_with('\'') {
            continue; // the lifetime
        }
        let item = source.code[at..].split(['=', ';']).next().unwrap_or_default();
        let cells =
            ["OnceLock", "LazyLock", "OnceCell", "LazyCell", "Mutex", "RwLock", "Atomic", "Cell<", "static mut "];
        if item.contains(':') && cells.iter().any(|cell| item.contains(cell)) {
            problems.push(source.problem(at, remedy));
        }
    }
    problems
}

/// A test that does not run proves nothing.
pub(crate) fn every_test_runs(source: &Source) -> Vec<Problem> {
    let remedy = "an ignored test proves nothing: make it fast enough to run, or delete it";
    source.code.match_indices("#[ignore").map(|(at, _)| source.problem(at, remedy)).collect()
}

/// Nothing is left over from working on it.
pub(crate) fn nothing_left_over(source: &Source) -> Vec<Problem> {
    let mut problems = Vec::new();
    for word in ["dbg!", "todo!", "unimplemented!"] {
        let message = format!("`{word}` is left over: finish it or take it out");
        problems.extend(words(&source.code, word).into_iter().map(|at| source.problem(at, message.clone())));
    }
    for (start, text) in &source.comments {
        for word in ["FIXME", "XXX", "TODO"] {
            let message = format!("`{word}` in a comment: do it now; the tracker holds what comes later");
            problems.extend(words(text, word).into_iter().map(|at| source.problem(start + at, message.clone())));
        }
    }
    problems
}

/// A Markdown file has one title, at its head.
pub(crate) fn one_title(source: &Source) -> Vec<Problem> {
    if !source.path.ends_with(".md") {
        return Vec::new();
    }
    let mut fenced = false;
    let mut titles = 0_usize;
    for line in source.text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        titles += usize::from(!fenced && line.starts_with("# "));
    }
    let first = source.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    if titles == 1 && first.starts_with("# ") {
        return Vec::new();
    }
    vec![source.problem(0, format!("{titles} titles: begin with one `# Title`, and use `##` below it"))]
}

/// Pages escape what they print.
pub(crate) fn pages_escape(source: &Source) -> Vec<Problem> {
    if !source.path.starts_with("templates/") {
        return Vec::new();
    }
    let raw = ["|safe", "|e(\"none\")", "|escape(\"none\")", "autoescapefalse"];
    let mut problems = Vec::new();
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let squeezed: String = line.chars().filter(|c| *c != ' ').collect();
        if let Some(filter) = raw.iter().find(|filter| squeezed.contains(*filter)) {
            let name = filter.trim_start_matches('|');
            let message = format!(
                "`{name}` prints unescaped: let the template escape it, or add an exception that says why no stranger can write it"
            );
            problems.push(source.problem(at, message));
        }
        at += line.len();
    }
    problems
}
