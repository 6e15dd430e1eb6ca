//! The pages on which a customer asks for a link and opens it.

use askama::Template;

use crate::domain::language::Language;
use crate::http::view::company::Company;
use crate::i18n::fill;
use crate::i18n::portal_frame::PortalFrame;
use crate::i18n::sign_in::SignIn;

/// `GET` and `POST /portal/sign-in` (posts `csrf`, `email`) and `/account/{id}/link/{secret}` (posts `csrf`, `code`).
#[derive(Debug, Clone, Template)]
#[template(path = "portal/sign_in.html")]
pub struct SignInPage {
    /// The language of the page.
    pub language: Language,
    /// Its words.
    pub words: &'static SignIn,
    /// Words of every page.
    pub frame: &'static PortalFrame,
    /// The merchant.
    pub company: Company,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Which page it is.
    pub face: SignInFace,
}

/// Which of these pages it is.
#[derive(Debug, Clone)]
pub enum SignInFace {
    /// Asks for the address.
    Ask {
        /// What was typed before.
        email: String,
        /// Whether that is no address.
        is_wrong: bool,
        /// Whether a session ended.
        ended: bool,
    },
    /// The same for every address.
    Asked {
        /// What opens the link on another device.
        code: String,
    },
    /// A link that opens.
    Link {
        /// Where its form goes.
        action: String,
        /// Whether another browser asked for it.
        needs_code: bool,
        /// Whether another code was typed.
        is_wrong: bool,
    },
    /// Unknown, used and over look alike.
    NoLink,
}

impl SignInPage {
    /// The heading.
    pub fn title(&self) -> &'static str {
        match &self.face {
            SignInFace::Ask { .. } => self.words.ask_title,
            SignInFace::Asked { .. } => self.words.asked_title,
            SignInFace::Link { .. } => self.words.link_title,
            SignInFace::NoLink => self.words.no_link_title,
        }
    }

    /// The sentence under it.
    pub fn text(&self) -> String {
        let text = match &self.face {
            SignInFace::Ask { .. } => self.words.ask_text,
            SignInFace::Asked { .. } => self.words.asked_text,
            SignInFace::Link { .. } => self.words.link_text,
            SignInFace::NoLink => self.words.no_link_text,
        };
        fill(text, &[&self.company.name])
    }

    /// Every face, in every language.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let of = |language, face| Self {
            language,
            words: SignIn::of(language),
            frame: PortalFrame::of(language),
            company: Company::sample(),
            csrf: "c5".into(),
            face,
        };
        let ask = |is_wrong, ended| SignInFace::Ask { email: "ada".into(), is_wrong, ended };
        let link = |needs_code, is_wrong| SignInFace::Link { action: "/account/a/link/b".into(), needs_code, is_wrong };
        vec![
            ("portal-sign-in", of(Language::English, ask(false, false))),
            ("portal-sign-in-wrong", of(Language::Swedish, ask(true, false))),
            ("portal-sign-in-ended", of(Language::German, ask(false, true))),
            ("portal-asked", of(Language::French, SignInFace::Asked { code: "ABCD EFGH".into() })),
            ("portal-link", of(Language::English, link(false, false))),
            ("portal-link-code", of(Language::German, link(true, false))),
            ("portal-link-wrong", of(Language::French, link(true, true))),
            ("portal-no-link", of(Language::Swedish, SignInFace::NoLink)),
        ]
    }
}
