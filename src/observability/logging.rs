//! Logs to standard error, as text for a person or JSON for a machine; every line goes through [`redact::mask`].
//!
//! JSON escapes line ends, and the text form escapes control bytes, so no value can forge a line (RELIABILITY.md S62).

use std::io::{self, Write};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use super::redact;

/// How lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person.
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging for the whole process, at the levels of `filter` (such as `info` or `bursar=debug,actix=warn`), and
/// sends panics the same way. A second call changes nothing.
pub fn install(format: Format, filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(MaskedStderr).with_ansi(false);
    let installed = match format {
        Format::Text => builder.try_init(),
        Format::Json => builder.json().flatten_event(true).try_init(),
    };
    if installed.is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            let what = panic.payload_as_str().unwrap_or("?");
            tracing::error!(place, what, "panic");
        }));
    }
}

/// Makes a writer for each line.
struct MaskedStderr;

impl<'a> MakeWriter<'a> for MaskedStderr {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Vec::new())
    }
}

/// A line that is masked as a whole when it is complete.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // Where standard error is gone there is nobody to tell.
        let _ = io::stderr().write_all(one_line(&self.0).as_bytes());
    }
}

/// The line, masked, with control bytes other than its end escaped.
fn one_line(bytes: &[u8]) -> String {
    let text = redact::mask(&String::from_utf8_lossy(bytes));
    let body = text.strip_suffix('\n').unwrap_or(&text);
    let mut line = String::with_capacity(body.len() + 1);
    for c in body.chars() {
        if c.is_control() && c != '\t' { line.extend(c.escape_default()) } else { line.push(c) }
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_forge_a_line() {
        let line = one_line("name=x\n2026-01-01 INFO paid 4111111111111111\u{1b}[0m\n".as_bytes());
        assert_eq!(line, "name=x\\n2026-01-01 INFO paid 411111******1111\\u{1b}[0m\n");
    }
}
