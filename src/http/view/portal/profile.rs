//! The portal's page of a customer's own details.

use askama::Template;

use super::{Frame, TypedForm};
use crate::domain::language::Language;
use crate::i18n::portal_profile::PortalProfile;

/// `GET /portal/profile`; posts `csrf`, `once`, `name`, `email`, `language` to it, and the parts of the address to
/// `/portal/profile/address`.
#[derive(Debug, Clone, Template)]
#[template(path = "portal/profile.html")]
pub struct ProfilePage {
    /// Around the content.
    pub frame: Frame,
    /// Its words.
    pub words: &'static PortalProfile,
    /// What stands in the fields.
    pub form: TypedForm,
    /// The language chosen; "" is as the browser wishes.
    pub chosen: &'static str,
    /// The country of the address.
    pub country: String,
}

impl ProfilePage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let mut form = TypedForm::default();
        form.typed("name", "Ada Lovelace");
        let page = Self {
            frame: Frame::sample(Language::English, "profile"),
            words: PortalProfile::of(Language::English),
            form,
            chosen: "",
            country: "SE".into(),
        };
        let mut wrong = page.clone();
        for field in ["name", "email", "line_1", "postal_code", "country"] {
            wrong.form.wrong(field, "Look again");
        }
        vec![("portal-profile", page), ("portal-profile-wrong", wrong)]
    }
}
