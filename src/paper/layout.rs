//! Where everything on the pages stands, in tenths of a point, A4 upright.

use ttf_parser::Face;

use super::{Paper, PaperLine};
use crate::error::{Error, Result};
use crate::i18n::fill;

/// The letters.
pub(super) const REGULAR: &[u8] = include_bytes!("fonts/Inter-Regular.otf");
/// The bold ones.
pub(super) const BOLD: &[u8] = include_bytes!("fonts/Inter-SemiBold.otf");

/// A4.
pub(super) const HEIGHT: i32 = 8_420;
const LEFT: i32 = 560;
const RIGHT: i32 = 5_390;
const TOP: i32 = 640;
/// Nothing but the number of the page stands below.
const BOTTOM: i32 = 7_700;
const FOOT: i32 = 8_020;
/// The second column of the head, and that of the sums.
const MIDDLE: i32 = 3_100;
/// The right ends of the columns of lines.
const COLUMNS: [i32; 3] = [3_560, 4_460, RIGHT];
/// How wide a line's name may be.
const NAME_WIDTH: i32 = 2_500;
/// Pages at most: an invoice has 500 lines at most.
const PAGES_MAX: usize = 200;

/// Something on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Text whose first letter stands at `x` on the line `y`.
    Text {
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
        /// How high the letters are.
        size: i32,
        /// Which letters.
        weight: Weight,
        /// The text.
        text: String,
    },
    /// A thin line from the left to the right.
    Rule {
        /// From the left.
        x: i32,
        /// From the top.
        y: i32,
    },
}

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Black.
    Plain,
    /// Bold.
    Strong,
    /// Grey.
    Quiet,
}

/// The pages of `paper`.
///
/// # Errors
/// `Internal` where the letters cannot be measured, or there are too many pages.
pub(super) fn pages(paper: &Paper) -> Result<Vec<Vec<Mark>>> {
    let face = |bytes| Face::parse(bytes, 0).map_err(|why| Error::internal(format!("letters of papers: {why}")));
    let mut press = Press { plain: face(REGULAR)?, strong: face(BOLD)?, pages: vec![Vec::new()], y: TOP };
    press.head(paper);
    press.lines(paper)?;
    press.totals(paper)?;
    for note in &paper.notes {
        press.paragraph(note)?;
    }
    press.numbers(paper);
    Ok(press.pages)
}

struct Press<'f> {
    plain: Face<'f>,
    strong: Face<'f>,
    pages: Vec<Vec<Mark>>,
    /// Where the next line stands.
    y: i32,
}

impl Press<'_> {
    fn head(&mut self, paper: &Paper) {
        let start = self.y;
        for (index, line) in paper.merchant.iter().enumerate() {
            let (size, weight) = if index == 0 { (130, Weight::Strong) } else { (90, Weight::Quiet) };
            self.wrapped(LEFT, MIDDLE - LEFT - 200, size, weight, line);
        }
        let left_end = self.y;
        self.y = start;
        self.end(RIGHT, 200, Weight::Strong, &paper.kind);
        self.y += 240;
        self.end(RIGHT, 100, Weight::Quiet, &paper.number);
        self.y = left_end.max(self.y + 140) + 260;
        let start = self.y;
        self.put(LEFT, 80, Weight::Quiet, &paper.party_label);
        self.y += 150;
        for line in &paper.party {
            self.wrapped(LEFT, MIDDLE - LEFT - 200, 95, Weight::Plain, line);
        }
        let left_end = self.y;
        self.y = start;
        for (label, text) in &paper.facts {
            self.put(MIDDLE, 90, Weight::Quiet, label);
            self.end(RIGHT, 90, Weight::Plain, &self.cut(text, RIGHT - MIDDLE - 900, 90));
            self.y += 150;
        }
        self.y = left_end.max(self.y) + 260;
    }

    fn column_heads(&mut self, paper: &Paper) {
        let [name, quantity, price, amount] = &paper.heads;
        self.put(LEFT, 80, Weight::Quiet, name);
        for (end, head) in COLUMNS.into_iter().zip([quantity, price, amount]) {
            self.end(end, 80, Weight::Quiet, head);
        }
        self.y += 70;
        self.rule(LEFT);
        self.y += 170;
    }

    fn lines(&mut self, paper: &Paper) -> Result<()> {
        if paper.lines.is_empty() {
            return Ok(());
        }
        self.column_heads(paper);
        for line in &paper.lines {
            let PaperLine { name, text, quantity, price, amount } = line;
            let (names, texts) = (self.split(name, NAME_WIDTH, 95), self.split(text, NAME_WIDTH, 80));
            let height = i32::try_from(names.len()).unwrap_or(1) * 135 + i32::try_from(texts.len()).unwrap_or(0) * 115;
            if self.y + height > BOTTOM {
                self.turn()?;
                self.column_heads(paper);
            }
            for (end, value) in COLUMNS.into_iter().zip([quantity, price, amount]) {
                self.end(end, 95, Weight::Plain, value);
            }
            for part in names {
                self.put(LEFT, 95, Weight::Plain, &part);
                self.y += 135;
            }
            for part in texts {
                self.put(LEFT, 80, Weight::Quiet, &part);
                self.y += 115;
            }
            self.y += 70;
        }
        self.y -= 50;
        self.rule(LEFT);
        self.y += 200;
        Ok(())
    }

    fn totals(&mut self, paper: &Paper) -> Result<()> {
        for (label, amount, is_sum) in &paper.totals {
            self.room(180)?;
            let weight = if *is_sum { Weight::Strong } else { Weight::Plain };
            let size = if *is_sum { 110 } else { 95 };
            if *is_sum {
                self.y += 20;
            }
            self.put(MIDDLE, size, weight, label);
            self.end(RIGHT, size, weight, amount);
            self.y += 160;
        }
        self.y += 200;
        Ok(())
    }

    fn paragraph(&mut self, text: &str) -> Result<()> {
        for part in text.lines() {
            for line in self.split(part, RIGHT - LEFT, 90) {
                self.room(140)?;
                self.put(LEFT, 90, Weight::Quiet, &line);
                self.y += 130;
            }
        }
        self.y += 90;
        Ok(())
    }

    fn numbers(&mut self, paper: &Paper) {
        let count = self.pages.len();
        for (index, page) in self.pages.iter_mut().enumerate() {
            let text = fill(paper.page_of, &[&(index + 1).to_string(), &count.to_string()]);
            let name = paper.merchant.first().cloned().unwrap_or_default();
            let text = format!("{name} · {} {} · {text}", paper.kind, paper.number);
            page.push(Mark::Text { x: LEFT, y: FOOT, size: 75, weight: Weight::Quiet, text: plain(&text) });
        }
    }

    /// Begins another page where `height` does not fit on this one.
    fn room(&mut self, height: i32) -> Result<()> {
        if self.y + height > BOTTOM { self.turn() } else { Ok(()) }
    }

    fn turn(&mut self) -> Result<()> {
        if self.pages.len() == PAGES_MAX {
            return Err(Error::internal("a paper has too many pages"));
        }
        self.pages.push(Vec::new());
        self.y = TOP;
        Ok(())
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    fn put(&mut self, x: i32, size: i32, weight: Weight, text: &str) {
        let (y, text) = (self.y, plain(text));
        if !text.is_empty() {
            self.mark(Mark::Text { x, y, size, weight, text });
        }
    }

    /// Text that ends at `x`.
    fn end(&mut self, x: i32, size: i32, weight: Weight, text: &str) {
        let start = x - self.width(text, size, weight);
        self.put(start, size, weight, text);
    }

    fn rule(&mut self, x: i32) {
        let y = self.y;
        self.mark(Mark::Rule { x, y });
    }

    /// Text in lines of at most `width`; the next line stands below.
    fn wrapped(&mut self, x: i32, width: i32, size: i32, weight: Weight, text: &str) {
        for line in self.split(text, width, size) {
            self.put(x, size, weight, &line);
            self.y += size + size / 2;
        }
    }

    /// The lines of at most `width` that `text` makes; a word that is wider is cut where it has to be.
    fn split(&self, text: &str, width: i32, size: i32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for word in plain(text).split_whitespace() {
            let joined = lines.last().map(|line| format!("{line} {word}"));
            match joined.filter(|line| self.width(line, size, Weight::Strong) <= width) {
                Some(line) => {
                    lines.pop();
                    lines.push(line);
                }
                None => lines.extend(self.pieces(word, width, size)),
            }
        }
        lines
    }

    fn pieces(&self, word: &str, width: i32, size: i32) -> Vec<String> {
        let mut pieces = vec![String::new()];
        for letter in word.chars() {
            if let Some(last) = pieces.last_mut() {
                last.push(letter);
            }
            let is_wide = pieces.last().is_some_and(|piece| self.width(piece, size, Weight::Strong) > width);
            if is_wide && let Some(last) = pieces.last_mut() {
                last.pop();
                pieces.push(letter.to_string());
            }
        }
        pieces
    }

    /// As much of `text` as fits on one line.
    fn cut(&self, text: &str, width: i32, size: i32) -> String {
        let lines = self.split(text, width, size);
        match lines.as_slice() {
            [] => String::new(),
            [one] => one.clone(),
            [first, ..] => format!("{first}…"),
        }
    }

    fn width(&self, text: &str, size: i32, weight: Weight) -> i32 {
        let face = if weight == Weight::Strong { &self.strong } else { &self.plain };
        let advance = |letter| {
            let glyph = face.glyph_index(letter).unwrap_or(ttf_parser::GlyphId(0));
            i32::from(face.glyph_hor_advance(glyph).unwrap_or(0))
        };
        let units: i32 = plain(text).chars().map(advance).sum();
        units * size / i32::from(face.units_per_em()).max(1)
    }
}

/// One line without controls; spaces that do not break are spaces like others to the letters.
fn plain(text: &str) -> String {
    let one = |c: char| if c.is_control() || matches!(c, '\u{a0}' | '\u{202f}' | '\u{2009}') { ' ' } else { c };
    text.chars().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paper(lines: usize) -> Paper {
        let line = |n: usize| PaperLine {
            name: format!("Line {n} with a name that is long enough to be set on two lines or perhaps on three"),
            text: "W".repeat(300),
            quantity: "1".into(),
            price: "1,234,567.00 USD".into(),
            amount: "1,234,567.00 USD".into(),
        };
        Paper {
            kind: "Invoice".into(),
            number: "A-1".into(),
            merchant: vec!["Shop".into(), "Street".into()],
            lines: (0..lines).map(line).collect(),
            totals: vec![("Total".into(), "1.00 USD".into(), true)],
            notes: vec!["Thank you.\nSee you.".into()],
            page_of: "Page {0} of {1}",
            ..Paper::default()
        }
    }

    #[test]
    fn nothing_leaves_the_page_and_everything_is_on_one() {
        for count in [0, 1, 3, 60, 500] {
            let pages = pages(&paper(count)).expect("it can be set");
            assert_eq!(pages.len() > 1, count > 10, "{count} lines on {} pages", pages.len());
            let face = Face::parse(BOLD, 0).expect("letters");
            let press = Press { plain: face.clone(), strong: face, pages: Vec::new(), y: 0 };
            let mut named = 0;
            for mark in pages.iter().flatten() {
                let Mark::Text { x, y, size, text, .. } = mark else { continue };
                let end = x + press.width(text, *size, Weight::Strong);
                assert!(*x >= LEFT && end <= RIGHT + 60, "{text:?} from {x} to {end}");
                assert!((TOP..=FOOT).contains(y), "{text:?} at {y}");
                named += usize::from(text.starts_with("Line "));
            }
            assert_eq!(named, count);
        }
    }
}
