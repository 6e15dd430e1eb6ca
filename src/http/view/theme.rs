//! A company's colour as a stylesheet of its own, because the policy of our pages allows no inline styles.

/// The accent colour and the text colour that can be read on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    accent: String,
    accent_text: String,
}

/// Relative luminance (WCAG 2.2) at which black and white text are equally readable, in millionths: both then have
/// a contrast of 4.58.
const EVEN_LUMINANCE: u64 = 179_129;

impl Theme {
    /// A theme from `#rrggbb` or `#rgb`; `None` for anything else, so that no text of a stranger reaches a sheet.
    pub fn new(accent: &str) -> Option<Self> {
        let hex = accent.strip_prefix('#')?;
        if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        let hex = match hex.len() {
            6 => hex.to_ascii_lowercase(),
            3 => hex.chars().flat_map(|c| [c, c]).collect::<String>().to_ascii_lowercase(),
            _ => return None,
        };
        let value = u32::from_str_radix(&hex, 16).ok()?;
        let accent_text = if luminance_ppm(value) > EVEN_LUMINANCE { "#000000" } else { "#ffffff" };
        Some(Self { accent: format!("#{hex}"), accent_text: accent_text.into() })
    }

    /// The colour, as `#rrggbb`.
    pub fn accent(&self) -> &str {
        &self.accent
    }

    /// The colour of text on it, as `#rrggbb`.
    pub fn accent_text(&self) -> &str {
        &self.accent_text
    }

    /// The sheet, served as `text/css` at `/invoice/{public_id}/theme.css`.
    pub fn css(&self) -> String {
        format!(":root{{--accent:{};--accent-text:{}}}\n", self.accent, self.accent_text)
    }

    /// Where the sheet of an invoice is; a new colour is a new address, so it may be cached.
    pub fn url(&self, public_id: &str) -> String {
        format!("/invoice/{public_id}/theme.css?v={}", self.accent.trim_start_matches('#'))
    }
}

/// Relative luminance in millionths. The sRGB curve is the usual cubic
/// (0.012522878 c + 0.682171111 c² + 0.305306011 c³), good to 0.3 %.
fn luminance_ppm(rgb: u32) -> u64 {
    let [_, red, green, blue] = rgb.to_be_bytes();
    let linear_ppm = |channel: u8| {
        let c = u64::from(channel);
        (305_306 * c * c * c + 682_171 * c * c * 255 + 12_523 * c * 255 * 255) / (255 * 255 * 255)
    };
    (212_600 * linear_ppm(red) + 715_200 * linear_ppm(green) + 72_200 * linear_ppm(blue)) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hex_colours_are_taken() {
        assert_eq!(
            Theme::new("#ABC").map(|t| t.css()).as_deref(),
            Some(":root{--accent:#aabbcc;--accent-text:#000000}\n")
        );
        for bad in ["", "#", "abc", "#12345", "#1234567", "red", "#12345g", "#fff;}", "#ééé", "url(x)"] {
            assert_eq!(Theme::new(bad), None, "{bad}");
        }
    }

    #[test]
    fn text_is_the_more_readable_of_black_and_white() {
        // Computed with the exact formula of WCAG 2.2; the better one always has a contrast of 4.5 or more.
        for (accent, text) in [
            ("#000000", "#ffffff"),
            ("#ffffff", "#000000"),
            ("#767676", "#000000"), // 4.62 against 4.54
            ("#757575", "#ffffff"), // 4.61 against 4.56
            ("#ff0000", "#000000"), // 5.25 against 4.00
            ("#00ff00", "#000000"),
            ("#0000ff", "#ffffff"),
            ("#2447c9", "#ffffff"),
            ("#14532d", "#ffffff"),
            ("#ff6600", "#000000"),
            ("#808080", "#000000"), // 5.32 against 3.95
            ("#e91e63", "#000000"), // 4.83 against 4.35
            ("#009688", "#000000"), // 5.72 against 3.67
            ("#9c27b0", "#ffffff"), // 6.30 against 3.33
        ] {
            let theme = Theme::new(accent).expect("a colour");
            assert_eq!((theme.accent(), theme.accent_text()), (accent, text));
        }
    }
}
