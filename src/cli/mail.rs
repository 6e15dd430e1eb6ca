//! `bursar mail list | show ID | test ADDRESS`: what was written to people, and what became of it.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::folder::with_books;
use super::print;
use crate::config::DataConfig;
use crate::domain::id::MailId;
use crate::domain::mail::Mail as Row;
use crate::error::{Error, Result};
use crate::limits;

/// Mails of the outbox.
#[derive(Subcommand, Debug)]
pub(super) enum Mail {
    /// Print the newest mails, newest first
    List(List),
    /// Print a mail as its reader sees it without HTML
    Show(Show),
    /// Queue a mail to see whether mail arrives; the server sends it
    Test(Test),
}

/// Print the newest mails.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Go on after this mail
    #[arg(long, value_name = "ID")]
    before: Option<String>,
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataConfig,
}

/// Print a mail.
#[derive(Args, Debug)]
pub(super) struct Show {
    /// Its id, as `bursar mail list` prints it
    id: String,
    /// Print {"id","kind","to","subject","status","last_error","created_at","text","html"}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataConfig,
}

/// Queue a test.
#[derive(Args, Debug)]
pub(super) struct Test {
    /// Whom it goes to
    address: String,
    #[command(flatten)]
    data: DataConfig,
}

impl Mail {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::List(list) => list.run(),
            Self::Show(show) => show.run(),
            Self::Test(Test { address, data }) => {
                with_books(&data, async |app, caller| app.mail_test(caller, address).await)?;
                print("queued; `bursar mail list` says what becomes of it")
            }
        }
    }
}

impl List {
    fn run(self) -> Result<()> {
        let before = self.before.as_deref().map(id).transpose()?;
        let list = async |app: &crate::app::App, caller: &crate::app::Caller| {
            app.mail_list(caller, before.as_ref(), limits::PAGE_MAX)
        };
        let mails = with_books(&self.data, list)?;
        if self.json {
            let rows: Vec<Value> = mails.iter().map(row).collect();
            return print(&Value::from(rows).to_string());
        }
        for mail in mails {
            let Row { id, to, subject, status, created_at, last_error, .. } = mail;
            print(&format!("{id}  {created_at}  {:<7}  {to}  {subject}", status.as_str()))?;
            if !last_error.is_empty() {
                print(&format!("{:<16}  {last_error}", ""))?;
            }
        }
        Ok(())
    }
}

impl Show {
    fn run(self) -> Result<()> {
        let id = id(&self.id)?;
        let (mail, written) = with_books(&self.data, async |app, caller| app.mail_find(caller, &id).await)?;
        if self.json {
            let mut shown = row(&mail);
            shown["text"] = json!(written.as_ref().map(|written| &written.text));
            shown["html"] = json!(written.as_ref().map(|written| &written.html));
            return print(&shown.to_string());
        }
        let text = written.map_or_else(|| "(what it said was erased: it carried a secret)".to_owned(), |w| w.text);
        print(&format!("To: {}\nSubject: {}\n\n{text}", mail.to, mail.subject))
    }
}

fn row(mail: &Row) -> Value {
    json!({
        "id": mail.id.as_str(), "kind": mail.kind, "about": mail.about_kind, "about_id": mail.about_id,
        "to": mail.to, "subject": mail.subject, "status": mail.status.as_str(), "last_error": mail.last_error,
        "created_at": mail.created_at.to_string(), "sent_at": mail.sent_at.map(|at| at.to_string()),
    })
}

fn id(text: &str) -> Result<MailId> {
    MailId::parse(text).ok_or_else(|| Error::not_found("mail", text))
}
