//! Lines of CSV for people's spreadsheets: RFC 4180 quoting, and no text that a spreadsheet would run as a formula.
//!
//! A text that begins like a formula (RELIABILITY.md S75: `=`, `+`, `-`, `@`, tab, carriage return, NUL, their
//! full-width forms, also after spaces and quotes) gets an apostrophe before it; a number is written as it is.

/// One cell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Cell<'a> {
    /// Text that anybody may have written.
    Text(&'a str),
    /// A number of ours.
    Number(i64),
}

/// Appends one line, ended by `\n`.
pub fn write_line(out: &mut String, cells: &[Cell<'_>]) {
    for (position, cell) in cells.iter().enumerate() {
        if position > 0 {
            out.push(',');
        }
        match cell {
            Cell::Number(number) => out.push_str(&number.to_string()),
            Cell::Text(text) => write_text(out, text),
        }
    }
    out.push('\n');
}

fn write_text(out: &mut String, text: &str) {
    let guard = if begins_like_a_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        out.push('"');
        out.push_str(guard);
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    } else {
        out.push_str(guard);
        out.push_str(text);
    }
}

fn begins_like_a_formula(text: &str) -> bool {
    if text.starts_with(['\t', '\r', '\n', '\0']) {
        return true;
    }
    let skipped = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '\u{feff}' | '\u{200b}');
    text.trim_start_matches(skipped).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_and_never_a_formula() {
        for (text, written) in [
            ("plain", "plain"),
            ("", ""),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=1+1", "'=1+1"),
            ("+4670", "'+4670"),
            ("-5", "'-5"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r1", "\"'\r1\""),
            ("\0x", "'\0x"),
            ("  =1", "'  =1"),
            ("\"=1\"", "\"'\"\"=1\"\"\""),
            ("'=1", "''=1"),
            ("＝1", "'＝1"),
            ("＠x", "'＠x"),
            ("\u{feff}=1", "'\u{feff}=1"),
            ("a=1", "a=1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
        ] {
            let mut out = String::new();
            write_line(&mut out, &[Cell::Text(text)]);
            assert_eq!(out, format!("{written}\n"), "{text:?}");
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        let mut out = String::new();
        write_line(&mut out, &[Cell::Number(-5), Cell::Text("-5"), Cell::Number(100)]);
        assert_eq!(out, "-5,'-5,100\n");
    }
}
