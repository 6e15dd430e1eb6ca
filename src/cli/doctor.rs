//! `bursar doctor`: looks at everything the program stands on and says what is wrong.

use std::os::unix::fs::MetadataExt;

use clap::Args;
use serde_json::{Value, json};

use super::{folder, print, sentence};
use crate::app::bootstrap::default_key_file;
use crate::config::{DataConfig, MailConfig};
use crate::error::{Error, Result};
use crate::store::Role;

/// Less free space than this is a finding, bytes.
const FREE_MIN_BYTES: u64 = 256 * 1024 * 1024;

/// Check the installation.
#[derive(Args, Debug)]
pub(super) struct Doctor {
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    mail: MailConfig,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// What was looked at, and what is wrong with it.
struct Finding {
    what: &'static str,
    problem: Option<String>,
}

impl Doctor {
    pub(super) fn run(self) -> Result<()> {
        if !self.data.data.exists() {
            return Err(Error::Conflict(format!("there are no books in {}", self.data.data.display())));
        }
        let mut findings = look(&self.data);
        findings.push(Finding { what: "mail", problem: mail_problem(&self.mail) });
        let problems = findings.iter().filter(|finding| finding.problem.is_some()).count();
        if self.json {
            let all: Vec<Value> =
                findings.iter().map(|found| json!({ "check": found.what, "problem": found.problem })).collect();
            print(&json!({ "ok": problems == 0, "findings": all }).to_string())?;
        } else {
            for Finding { what, problem } in &findings {
                print(&format!("{what:<12} {}", problem.as_deref().unwrap_or("ok")))?;
            }
        }
        if problems == 0 {
            Ok(())
        } else {
            Err(Error::Conflict(format!("{problems} of {} checks failed", findings.len())))
        }
    }
}

fn look(data: &DataConfig) -> Vec<Finding> {
    let mut findings = vec![
        Finding { what: "folder", problem: folder_problem(data) },
        Finding { what: "disk", problem: disk_problem(data) },
    ];
    // Opening proves the key file, its place and mode, and that it opens this database's secrets.
    match folder::open(data, Role::Command, "") {
        Err(why) => findings.push(Finding { what: "books", problem: Some(sentence(&why)) }),
        Ok(opened) => {
            let health = opened.app.health();
            let trouble = (!health.problems.is_empty()).then(|| health.problems.join("; "));
            let processor = opened.app.has_default_processor();
            let none = "there is no default processor".to_owned();
            findings.push(Finding { what: "books", problem: None });
            findings.push(Finding { what: "clock", problem: trouble });
            findings.push(Finding { what: "processor", problem: (!processor).then_some(none) });
            opened.app.shutdown();
        }
    }
    findings
}

fn folder_problem(data: &DataConfig) -> Option<String> {
    let key_file = data.vault_key_file.clone().unwrap_or_else(|| default_key_file(&data.data));
    for path in [&data.data, &key_file] {
        match path.metadata() {
            Err(why) => return Some(format!("{}: {why}", path.display())),
            Ok(about) if about.mode() & 0o077 != 0 => {
                return Some(format!("{} can be read by others: chmod go= it", path.display()));
            }
            Ok(_) => {}
        }
    }
    None
}

/// Without a relay mails are kept, which is how it may well be meant: no finding.
fn mail_problem(mail: &MailConfig) -> Option<String> {
    let relay = match folder::relay(mail) {
        Ok(relay) => relay?,
        Err(why) => return Some(sentence(&why)),
    };
    let checked = folder::runtime().map(|runtime| runtime.block_on(relay.check()));
    checked.map_or_else(|why| Some(sentence(&why)), Result::err)
}

fn disk_problem(data: &DataConfig) -> Option<String> {
    match rustix::fs::statvfs(&data.data) {
        Err(why) => Some(format!("cannot be asked: {why}")),
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            (free < FREE_MIN_BYTES).then(|| format!("only {} MiB free", free / 1024 / 1024))
        }
    }
}
