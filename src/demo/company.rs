//! The merchant of the demo: a coffee roaster.

use super::Story;
use crate::app::company::CompanyChange;
use crate::error::Result;

/// Its name, which also tells a demo folder from others.
pub(super) const NAME: &str = "Harbor & Pine Coffee";
/// Where customers write to.
pub(super) const EMAIL: &str = "hello@harborpine.example";
/// Its zone.
pub(super) const ZONE: &str = "America/New_York";

const PROFILE: &[(&str, &str)] = &[
    ("name", NAME),
    ("email", EMAIL),
    ("phone", "+1 207 555 0148"),
    ("website", "https://harborpine.example"),
    ("accent", "#1f6f5c"),
    ("address.line_1", "48 Wharf Street"),
    ("address.city", "Portland"),
    ("address.state", "ME"),
    ("address.postal_code", "04101"),
    ("address.country", "US"),
    ("currency", "USD"),
    ("time_zone", ZONE),
    ("settlement_cutoff", "20:00"),
    ("invoice_prefix", "SUB-"),
];

/// Fills in the profile.
pub(super) async fn found(story: &Story<'_>) -> Result<()> {
    let change = |(field, value): &(&str, &str)| CompanyChange { field: (*field).into(), value: (*value).into() };
    story.app.company_update(story.caller, PROFILE.iter().map(change).collect()).await?;
    Ok(())
}
