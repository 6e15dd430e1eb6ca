//! Reads the tree and splits a Rust file into code, string literals and comments.
//!
//! The split is what makes the rules exact: a word in a comment is not code, and SQL in a string is not a name.

use std::fs;
use std::path::Path;

/// One file, as the rules see it. Positions in `code` are positions in the file.
pub(crate) struct Source {
    /// Path from the top of the repository, with `/`.
    pub(crate) path: String,
    /// The file as it is.
    pub(crate) text: String,
    /// The file with the inside of comments and literals blanked out.
    pub(crate) code: String,
    /// `code` with everything under `#[cfg(test)]` blanked out too.
    pub(crate) product: String,
    /// String literals: where they start in `code`, and what they say.
    pub(crate) literals: Vec<(usize, String)>,
    /// Comments: where they start, and what they say.
    pub(crate) comments: Vec<(usize, String)>,
}

/// What a rule found: a line of a file, what is wrong with it and what to do instead.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) path: String,
    pub(crate) line: usize,
    pub(crate) message: String,
}

impl Source {
    /// Splits `text`; anything that is not Rust has neither code nor literals.
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let split = if path.ends_with(".rs") { split(text) } else { Split::default() };
        let product = without_tests(&split.code);
        let (path, text) = (path.to_owned(), text.to_owned());
        Self { path, text, product, code: split.code, literals: split.literals, comments: split.comments }
    }

    /// Whether the whole file is test code.
    pub(crate) fn is_test(&self) -> bool {
        !self.path.starts_with("src/") || self.path.ends_with("_tests.rs")
    }

    /// The code that ends up in the executable: nothing of a test file.
    pub(crate) fn shipped(&self) -> &str {
        if self.is_test() { "" } else { &self.product }
    }

    /// A problem at byte `at` of the code.
    pub(crate) fn problem(&self, at: usize, message: impl Into<String>) -> Problem {
        let line = self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1;
        Problem { path: self.path.clone(), line, message: message.into() }
    }

    /// Folders and file names of the path, without `src` and the extension.
    pub(crate) fn module_path(&self) -> Vec<&str> {
        let inside = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let mut parts: Vec<&str> = inside.trim_end_matches(".rs").split('/').collect();
        if matches!(parts.last(), Some(&"mod" | &"lib")) {
            parts.pop();
        }
        parts
    }
}

/// Every file under `folders` and every file at the top, sorted by path.
pub(crate) fn read_tree(top: &Path, folders: &[&str]) -> Vec<Source> {
    let mut files = Vec::new();
    for folder in folders {
        collect(top, &top.join(folder), &mut files);
    }
    for entry in fs::read_dir(top).expect("the top of the repository can be read").flatten() {
        if entry.path().is_file() {
            push(top, &entry.path(), &mut files);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(top: &Path, folder: &Path, files: &mut Vec<Source>) {
    // A folder of the drawing that does not exist yet has nothing to check.
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if path.is_dir() && name != "node_modules" && name != "out" {
            collect(top, &path, files);
        } else if path.is_file() {
            push(top, &path, files);
        }
    }
}

fn push(top: &Path, path: &Path, files: &mut Vec<Source>) {
    let shown = path.strip_prefix(top).unwrap_or(path).to_string_lossy().replace('\\', "/");
    // Pictures and fonts are not text; the rules have nothing to say about them.
    let Ok(text) = fs::read_to_string(path) else { return };
    files.push(Source::new(&shown, &text));
}

/// Where `word` stands in `code` as a whole word (for a word that ends in punctuation, only its start counts).
pub(crate) fn words(code: &str, word: &str) -> Vec<usize> {
    let part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word)
        .filter(|(at, _)| {
            let before = code[..*at].chars().next_back();
            let after = code[at + word.len()..].chars().next();
            let starts = !word.starts_with(part_of_name) || !before.is_some_and(part_of_name);
            let ends = !word.ends_with(part_of_name) || !after.is_some_and(part_of_name);
            starts && ends
        })
        .map(|(at, _)| at)
        .collect()
}

/// The byte after the bracket that closes the one at `open` (the end of the code where none does).
pub(crate) fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => depth = depth.saturating_sub(1),
            _ => continue,
        }
        if depth == 0 {
            return at + 1;
        }
    }
    code.len()
}

/// Blanks every item under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    let mut out = code.as_bytes().to_vec();
    for (start, attribute) in code.match_indices("#[cfg(test)]") {
        let mut at = start + attribute.len();
        let end = loop {
            let Some(next) = code[at..].find(['{', ';', '[', '(']) else { break code.len() };
            match code.as_bytes()[at + next] {
                b';' => break at + next + 1,
                b'{' => break closing(code, at + next),
                _ => at = closing(code, at + next),
            }
        };
        for byte in &mut out[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[derive(Default)]
struct Split {
    code: String,
    literals: Vec<(usize, String)>,
    comments: Vec<(usize, String)>,
}

/// Walks the bytes once; every construct is copied or blanked byte for byte, so positions stay.
fn split(text: &str) -> Split {
    let bytes = text.as_bytes();
    let mut split = Split::default();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        let end = if rest.starts_with("//") {
            let end = at + rest.find('\n').unwrap_or(rest.len());
            split.comments.push((at, text[at..end].to_owned()));
            end
        } else if rest.starts_with("/*") {
            let end = block_comment_end(text, at);
            split.comments.push((at, text[at..end].to_owned()));
            end
        } else if let Some((inside, end)) = string_literal(text, at) {
            split.literals.push((at, text[inside.0..inside.1].to_owned()));
            split.code.push('"');
            blank(&text[at + 1..end - 1], &mut split.code);
            split.code.push('"');
            at = end;
            continue;
        } else if let Some(end) = char_literal_end(rest) {
            at + end
        } else {
            let next = rest.chars().next().expect("the loop ends before the text does");
            if next.is_ascii() {
                split.code.push(next)
            } else {
                blank(&rest[..next.len_utf8()], &mut split.code)
            }
            at += next.len_utf8();
            continue;
        };
        blank(&text[at..end], &mut split.code);
        at = end;
    }
    split
}

fn blank(text: &str, out: &mut String) {
    out.extend(text.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
}

fn block_comment_end(text: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += 1;
        }
    }
    text.len()
}

/// `"…"`, `b"…"`, `c"…"`, `r"…"`, `r#"…"#` and their mixtures: where the inside is and where the literal ends.
fn string_literal(text: &str, start: usize) -> Option<((usize, usize), usize)> {
    let bytes = text.as_bytes();
    if start > 0 && (bytes[start - 1].is_ascii_alphanumeric() || bytes[start - 1] == b'_') {
        return None; // the `r` of `for"` is no prefix
    }
    let mut at = start;
    let prefix = bytes[at..].iter().take_while(|byte| matches!(byte, b'b' | b'c' | b'r')).count();
    let raw = prefix > 0 && bytes[at + prefix - 1] == b'r';
    at += prefix;
    let hashes = if raw { bytes[at..].iter().take_while(|byte| **byte == b'#').count() } else { 0 };
    at += hashes;
    if prefix > 2 || bytes.get(at) != Some(&b'"') {
        return None;
    }
    let inside = at + 1;
    if raw {
        let close = format!("\"{}", "#".repeat(hashes));
        let end = text[inside..].find(&close).map_or(text.len(), |found| inside + found);
        return Some(((inside, end), (end + close.len()).min(text.len())));
    }
    at = inside;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    let end = at.min(text.len());
    Some(((inside, end), (end + 1).min(text.len())))
}

/// The length of a character literal at the start of `rest`; `None` for a lifetime.
fn char_literal_end(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let first = inside.chars().next()?;
    if first == '\\' {
        return inside.get(2..)?.find('\'').map(|found| found + 4);
    }
    let after = inside.get(first.len_utf8()..)?;
    after.starts_with('\'').then_some(first.len_utf8() + 2)
}
