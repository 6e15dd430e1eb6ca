//! A QR code as SVG: the only markup a template prints without escaping.

use qrcode::{EcLevel, QrCode, render::svg};

/// SVG text that the `qrcode` crate drew from an address. There is no other way to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrSvg(String);

impl QrSvg {
    /// Draws `url`; `None` when it is too long for a code (2,331 bytes at this level).
    pub fn of_url(url: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(url, EcLevel::M).ok()?;
        let drawn = code.render::<svg::Color<'_>>().min_dimensions(128, 128).quiet_zone(false).build();
        // The XML declaration has no place inside HTML.
        let start = drawn.find("<svg")?;
        drawn.get(start..).map(|svg| Self(svg.replacen("<svg", "<svg aria-hidden=\"true\" focusable=\"false\"", 1)))
    }

    /// The `<svg>` element.
    pub fn svg(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_never_reaches_the_markup() {
        let qr = QrSvg::of_url("https://pay.example/<script>\"'").expect("short enough");
        assert!(qr.svg().starts_with("<svg ") && qr.svg().ends_with("</svg>"));
        assert!(!qr.svg().contains("script") && !qr.svg().contains("style="));
        assert_eq!(qr.svg().matches('<').count(), 4, "svg, rect, path and one end tag");
    }

    #[test]
    fn too_long_is_refused() {
        assert_eq!(QrSvg::of_url(&"x".repeat(3_000)), None);
    }
}
