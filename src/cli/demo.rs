//! `bursar demo`: furnishes a demo company once, then serves it and says what to open first.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::folder::{open_at, runtime};
use super::print;
use super::serve::{serve, setup_link};
use crate::app::Caller;
use crate::app::bootstrap::OpenClock;
use crate::clock::{Clock, ManualClock, Stopwatch, SystemClock};
use crate::config::{DataConfig, DemoConfig, ServingConfig};
use crate::demo::folder::Folder;
use crate::demo::{self, Progress};
use crate::domain::access::Actor;
use crate::domain::time::Timestamp;
use crate::error::{Error, Result};
use crate::serve::{Application, bind};
use crate::store::Role;

/// Furnish and serve a demo company.
#[derive(Args, Debug)]
pub(super) struct Demo {
    #[command(flatten)]
    data: DemoConfig,
    #[command(flatten)]
    serving: ServingConfig,
}

impl Demo {
    pub(super) fn run(self) -> Result<()> {
        let data = DataConfig::from(self.data);
        // Better told now than after the wait.
        drop(bind(self.serving.listen)?);
        let name = data.data.display().to_string();
        let until = self.serving.test_clock.unwrap_or_else(|| SystemClock.now());
        let made = match Folder::look(&data.data)? {
            Folder::Furnished => format!("the demo company of an earlier run, in {name}"),
            Folder::New(claim) => {
                let watch = Stopwatch::start();
                furnish(&data, until)?;
                claim.furnished()?;
                format!("a demo company made in {} s, in {name}", watch.elapsed().as_secs().max(1))
            }
        };
        runtime()?.block_on(serve(data, self.serving, async |application| announce(application, &made).await))
    }
}

/// Lives through the year, then proves the books.
fn furnish(data: &DataConfig, until: Timestamp) -> Result<()> {
    let clock = OpenClock::Manual(Arc::new(ManualClock::new(demo::begins(until))));
    let opened = open_at(data, Role::Server, "", clock, None)?;
    let teller = Teller::new();
    let caller = Caller::internal(Actor::Command);
    let done = runtime()?.block_on(demo::furnish(&opened.app, &caller, until, &|progress| teller.tell(progress)));
    teller.bar.finish_and_clear();
    let verdict = done.and_then(|()| opened.app.verify(&caller));
    opened.app.shutdown();
    let verdict = verdict?;
    if verdict.ok { print(&verdict.sentence()) } else { Err(Error::internal(verdict.sentence())) }
}

/// A bar on a terminal, a line per quarter elsewhere.
struct Teller {
    bar: ProgressBar,
    quarter: AtomicU64,
}

impl Teller {
    fn new() -> Self {
        let style = ProgressStyle::with_template("a year of billing {bar:40} {percent:>3} %");
        let bar = ProgressBar::new(1).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { bar, quarter: AtomicU64::new(0) }
    }

    fn tell(&self, Progress { day, days }: Progress) {
        self.bar.set_length(days);
        self.bar.set_position(day);
        let quarter = day * 4 / days.max(1);
        if !io::stderr().is_terminal() && self.quarter.swap(quarter, Ordering::Relaxed) < quarter {
            // Nobody is left to tell where standard error is gone.
            let _ = writeln!(io::stderr(), "a year of billing: day {day} of {days}");
        }
    }
}

/// What a newcomer opens and pastes.
async fn announce(application: &Application, made: &str) -> Result<()> {
    let app = application.app();
    let caller = Caller::internal(Actor::Command);
    let base = &app.settings().public_url;
    let demo::Links { open, receipt, .. } = demo::links(app, &caller)?;
    let key = demo::key(app, &caller).await?;
    print(&format!("{}\n{made}", demo::summary(app, &caller)?))?;
    print(&format!("listening on http://{}\n", application.address()))?;
    if let Some(link) = setup_link(application).await? {
        print(&format!("  set up the dashboard   {link}"))?;
    }
    print(&format!("  an invoice to pay      {base}{open}"))?;
    print(&format!("  a receipt              {base}{receipt}"))?;
    print(&format!("  a customer's pages     {}", demo::portal_link(app, &caller).await?))?;
    print(&format!("  the API                {base}/docs"))?;
    print(&format!("  a key for it           {key}"))?;
    print(&format!("\nList the plans:\n\n  curl {base}/api/recurring/plans -H 'Authorization: {key}'"))?;
    print(&format!(
        "\nSell coffee for $12.50 to a card:\n\n  curl {base}/api/transaction -H 'Authorization: {key}' \\\n    \
         -H 'Content-Type: application/json' -d '{SALE}'\n"
    ))?;
    print("Card 4242 4242 4242 4242 pays, 4000 0000 0000 0002 is declined. Ctrl-C stops.")
}

/// A sale that anybody can paste.
const SALE: &str = r#"{"type":"sale","amount":1250,"payment_method":{"card":{"entry_type":"keyed","number":"4242424242424242","expiration_date":"12/29"}}}"#;
