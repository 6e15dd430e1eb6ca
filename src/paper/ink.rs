//! Pages of marks as a PDF file.

use krilla::Document;
use krilla::color::luma;
use krilla::geom::{PathBuilder, Point, Rect, Transform};
use krilla::metadata::{DateTime, Metadata};
use krilla::num::NormalizedF32;
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::text::{Font, TextDirection};

use super::Paper;
use super::layout::{BOLD, HEIGHT, Mark, REGULAR, Weight};
use crate::error::{Error, Result};

/// Grey of quiet words.
const GREY: u8 = 96;
/// Grey of rules.
const PALE: u8 = 190;

/// The file of `paper`, whose pages are `pages`.
///
/// # Errors
/// `Internal` where it cannot be made.
pub(super) fn pdf(paper: &Paper, pages: &[Vec<Mark>]) -> Result<Vec<u8>> {
    let font = |bytes: &'static [u8]| {
        Font::new(bytes.into(), 0).ok_or_else(|| Error::internal("the letters of papers cannot be read"))
    };
    let (regular, bold) = (font(REGULAR)?, font(BOLD)?);
    let mut document = Document::new();
    document.set_metadata(metadata(paper));
    for marks in pages {
        let size = PageSettings::from_wh(595.0, 842.0).ok_or_else(|| Error::internal("A4 is no page"))?;
        let mut page = document.start_page_with(size);
        let mut surface = page.surface();
        surface.push_transform(&Transform::from_scale(0.1, 0.1));
        for mark in marks {
            draw(&mut surface, mark, &regular, &bold);
        }
        surface.pop();
        surface.finish();
        page.finish();
    }
    document.finish().map_err(|why| Error::internal(format!("a paper could not be written: {why:?}")))
}

fn draw(surface: &mut Surface<'_>, mark: &Mark, regular: &Font, bold: &Font) {
    match mark {
        Mark::Text { x, y, size, weight, text } => {
            let font = if *weight == Weight::Strong { bold } else { regular };
            surface.set_fill(Some(grey(if *weight == Weight::Quiet { GREY } else { 0 })));
            let start = Point::from_xy(exact(*x), exact(*y));
            surface.draw_text(start, font.clone(), exact(*size), text, false, TextDirection::Auto);
        }
        Mark::Rule { x, y } => {
            let rect = Rect::from_ltrb(exact(*x), exact(*y), exact(5_390), exact(*y + 6));
            let mut path = PathBuilder::new();
            if let Some(rect) = rect {
                path.push_rect(rect);
            }
            if let Some(path) = path.finish() {
                surface.set_fill(Some(grey(PALE)));
                surface.draw_path(&path);
            }
        }
    }
}

fn grey(level: u8) -> Fill {
    Fill { paint: luma::Color::new(level).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

/// Places on a page are small whole numbers.
fn exact(place: i32) -> f32 {
    f32::from(i16::try_from(place.clamp(0, HEIGHT)).unwrap_or(i16::MAX))
}

fn metadata(paper: &Paper) -> Metadata {
    let merchant = paper.merchant.first().cloned().unwrap_or_default();
    let metadata = Metadata::new()
        .title(format!("{} {}", paper.kind, paper.number))
        .language(paper.language.as_str().to_owned())
        .authors(vec![merchant])
        .document_id(format!("{} {}", paper.kind, paper.number));
    let Some(day) = paper.day else { return metadata };
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    let year = u16::try_from(day.year()).unwrap_or(2000);
    metadata.creation_date(DateTime::new(year).month(part(day.month())).day(part(day.day())))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use crate::paper::Paper;

    #[test]
    fn the_same_paper_is_the_same_file() {
        let paper = Paper {
            kind: "Faktura".into(),
            number: "Å-7".into(),
            day: Some(date(2026, 5, 3)),
            merchant: vec!["Kafé Övermåttan".into()],
            party: vec!["Łukasz Ωmega Жуков".into()],
            page_of: "Sida {0} av {1}",
            ..Paper::default()
        };
        let file = paper.to_pdf().expect("a file");
        assert!(file.starts_with(b"%PDF-1.") && file.len() < 60_000, "{} bytes", file.len());
        assert_eq!(file, paper.to_pdf().expect("a file"), "nothing random is in it");
    }
}
