//! Proof that a form of the dashboard was filled in on a page that we gave to this very browser (RELIABILITY.md S30).

use super::App;
use crate::auth::csrf;
use crate::error::{Error, Result};

/// The purpose of the key that signs them.
const FORM_KEY: &str = "form";

impl App {
    /// A token for one form of the browser that holds `secret` in a cookie: of its session, or before there is one.
    pub fn form_token(&self, secret: &str) -> String {
        csrf::token(&self.vault().derive(FORM_KEY), secret, self.random())
    }

    /// Passes if `presented` was made for the browser that holds `secret`.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn form_token_check(&self, secret: &str, presented: &str) -> Result<()> {
        let is_good = !secret.is_empty() && csrf::token_is_good(&self.vault().derive(FORM_KEY), secret, presented);
        if is_good { Ok(()) } else { Err(Error::Forbidden("form of another session")) }
    }

    /// A secret for a browser that has no session yet, to be kept in a cookie.
    pub fn browser_secret(&self) -> String {
        self.random().secret()
    }
}
