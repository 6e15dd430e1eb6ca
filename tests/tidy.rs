//! The habits of this program, as a test: layers, names, sizes, where SQL, time and randomness may be.
//!
//! Each message names the remedy. A rule carries examples that it must refuse and must let pass,
//! so that it is known to be able to fail. Exceptions stand in `tidy/rules.rs`, each with its reason.

#[path = "tidy/examples.rs"]
mod examples;
#[path = "tidy/layers.rs"]
mod layers;
#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use std::fmt::Write as _;
use std::path::Path;

use rules::{EXCEPTIONS, Exception};
use source::{Problem, Source};

/// A rule, by name.
type Rule = (&'static str, fn(&Source) -> Vec<Problem>);

const RULES: &[Rule] = &[
    ("promise_first", rules::promise_first),
    ("files_stay_short", rules::files_stay_short),
    ("functions_stay_short", rules::functions_stay_short),
    ("names_say_something", rules::names_say_something),
    ("arrows_go_down", layers::arrows_go_down),
    ("faces_stay_apart", layers::faces_stay_apart),
    ("crates_stay_home", layers::crates_stay_home),
    ("sql_lives_in_store", rules::sql_lives_in_store),
    ("one_clock", rules::one_clock),
    ("one_source_of_randomness", rules::one_source_of_randomness),
    ("one_reader_of_the_environment", rules::one_reader_of_the_environment),
    ("no_floats_near_money", rules::no_floats_near_money),
    ("no_global_state", rules::no_global_state),
    ("every_test_runs", rules::every_test_runs),
    ("nothing_left_over", rules::nothing_left_over),
    ("one_title", rules::one_title),
    ("pages_escape", rules::pages_escape),
];

#[test]
fn the_tree_is_tidy() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = source::read_tree(top, &["src", "tests", "benches", "templates", "static"]);
    assert!(files.iter().any(|file| file.path == "src/lib.rs"), "the tree was not found under {}", top.display());
    let mut report = String::new();
    let mut used = vec![false; EXCEPTIONS.len()];
    for file in &files {
        for (rule, check) in RULES {
            for problem in check(file) {
                match EXCEPTIONS.iter().position(|exception| excuses(exception, rule, file, &problem)) {
                    Some(found) => used[found] = true,
                    None => {
                        let Problem { path, line, message } = problem;
                        writeln!(report, "{path}:{line}: {message} [{rule}]").expect("writing to a string succeeds");
                    }
                }
            }
        }
    }
    for (exception, used) in EXCEPTIONS.iter().zip(used) {
        if !used {
            let Exception { rule, path, reason, .. } = exception;
            writeln!(report, "{path}: nothing needs this exception from {rule} any more ({reason}): take it out")
                .expect("writing to a string succeeds");
        }
    }
    assert!(report.is_empty(), "\n{report}");
}

fn excuses(exception: &Exception, rule: &str, file: &Source, problem: &Problem) -> bool {
    let line = file.text.lines().nth(problem.line.saturating_sub(1)).unwrap_or_default();
    exception.rule == rule && exception.path == problem.path && line.contains(exception.line)
}

#[test]
fn every_exception_has_a_reason_and_a_rule() {
    for Exception { rule, path, reason, .. } in EXCEPTIONS {
        assert!(reason.split_whitespace().count() >= 4, "{path}: say why {rule} does not hold there");
        assert!(RULES.iter().any(|(name, _)| name == rule), "{path}: there is no rule {rule}");
    }
}

#[test]
fn every_rule_refuses_its_bad_examples() {
    // The two about length have a test of their own below.
    for (rule, check) in RULES.iter().filter(|(rule, _)| !rule.ends_with("_stay_short")) {
        let bad: Vec<_> = examples::BAD.iter().filter(|(name, ..)| name == rule).collect();
        assert!(!bad.is_empty(), "{rule} has no example that it refuses: add one to tests/tidy/examples.rs");
        for (_, path, line, text) in bad {
            let found: Vec<_> = check(&Source::new(path, text)).iter().map(|problem| problem.line).collect();
            assert_eq!(found, [*line], "{rule} should find one problem on line {line} of {path}:\n{text}");
        }
    }
}

#[test]
fn no_rule_refuses_a_good_example() {
    for (path, text) in examples::GOOD {
        for (rule, check) in RULES {
            let found = check(&Source::new(path, text));
            assert!(found.is_empty(), "{rule} should let this pass as {path}:\n{text}\n{found:?}");
        }
    }
}

#[test]
fn long_files_and_functions_are_counted_to_the_line() {
    let file = |lines: usize| Source::new("src/app/invoice.rs", &"//! A line.\n".repeat(lines));
    assert!(rules::files_stay_short(&file(500)).is_empty());
    assert_eq!(rules::files_stay_short(&file(501)).len(), 1);
    let function = |lines: usize| {
        let text = format!("//! One.\nfn long() {{\n{}}}\n", "    step();\n".repeat(lines - 2));
        Source::new("src/app/invoice.rs", &text)
    };
    assert!(rules::functions_stay_short(&function(70)).is_empty());
    assert_eq!(rules::functions_stay_short(&function(71)).len(), 1);
}
