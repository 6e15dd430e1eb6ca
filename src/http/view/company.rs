//! The company as its customers see it.

/// Name, mark and contact of the company a page belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// The name on the page.
    pub name: String,
    /// An https picture; its origin must be named in the page's policy (`security_headers::PagePolicy::logo`).
    pub logo_url: Option<String>,
    /// Postal address, line by line.
    pub address_lines: Vec<String>,
    /// Where to write to.
    pub email: Option<String>,
    /// Where to call.
    pub phone: Option<String>,
    /// The sheet with the company's colour (`theme::Theme::url`); none shows the product's own.
    pub theme_url: Option<String>,
}

impl Company {
    /// Up to two initials, shown where there is no logo.
    pub fn monogram(&self) -> String {
        let initials = self.name.split_whitespace().filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
        initials.take(2).flat_map(char::to_uppercase).collect()
    }

    pub(in crate::http::view) fn sample() -> Self {
        Self {
            name: "Northwind Coffee Roasters".into(),
            logo_url: None,
            address_lines: vec!["48 Harbour Street".into(), "Portland, ME 04101".into(), "United States".into()],
            email: Some("billing@northwind.example".into()),
            phone: Some("+1 207 555 0114".into()),
            theme_url: Some("/invoice/Zk3vQ9/theme.css?v=14532d".into()),
        }
    }
}
