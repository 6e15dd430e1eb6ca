//! Who takes our mails.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;

/// The mail relay; without one, mails stay in the outbox.
#[derive(Args, Clone, Debug, Default)]
pub struct MailConfig {
    /// The mail relay, such as smtps://user:password@mail.example.com:465; smtp:// asks for TLS too. Better in the
    /// variable than among the arguments, which others on the machine can read
    #[arg(long, value_name = "URL", env = "BURSAR_SMTP_URL", hide_env_values = true, requires = "mail_from")]
    pub smtp_url: Option<SmtpUrl>,
    /// Certificates (PEM) of authorities that the mail relay's certificate may come from, besides the public ones
    #[arg(long, value_name = "FILE", env = "BURSAR_SMTP_CA_FILE", requires = "smtp_url")]
    pub smtp_ca_file: Option<PathBuf>,
    /// Whom mails come from, such as "Shop <shop@example.com>"
    #[arg(long, value_name = "ADDRESS", env = "BURSAR_MAIL_FROM")]
    pub mail_from: Option<String>,
}

impl MailConfig {
    /// Address of the relay and sender, where mails are to be sent at all.
    pub fn relay(&self) -> Option<(&str, &str)> {
        let url = self.smtp_url.as_ref()?;
        Some((&url.0, self.mail_from.as_deref().unwrap_or_default()))
    }
}

/// The address of the relay, which may hold a password: it is not printed.
#[derive(Clone)]
pub struct SmtpUrl(String);

impl FromStr for SmtpUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SmtpUrl(…)")
    }
}
