//! The dashboard's first pages: sign in, set a password, overview.

use std::collections::BTreeMap;

use askama::Template;

use super::{
    chart::BarChart,
    tone::{Notice, Tone},
};

/// `GET /admin/login`; posts `csrf`, `next`, `username`, `password` to `/admin/login`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/login.html")]
pub struct LoginPage {
    /// The company's name.
    pub company_name: String,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Path to go to afterwards; the handler checks it.
    pub next: String,
    /// The name typed before.
    pub username: String,
    /// What went wrong, or that the session ended.
    pub notice: Option<Notice>,
}

/// The page behind a one-time link; posts `csrf`, `username`, `email`, `password`, `password_again` to `action`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/setup.html")]
pub struct SetupPage {
    /// Where the form goes, a path of ours.
    pub action: String,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Whether the user exists (then only the password is asked for).
    pub existing: bool,
    /// The user's name.
    pub username: String,
    /// The user's address.
    pub email: String,
    /// `It expires in 28 minutes.`
    pub expires_text: String,
    /// The rule for passwords.
    pub password_hint: String,
    /// What went wrong with the whole form.
    pub notice: Option<Notice>,
    /// Field name to what is wrong with it.
    pub errors: BTreeMap<String, String>,
}

impl SetupPage {
    fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field).map(String::as_str)
    }
}

/// What every dashboard page shows around its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The company's name.
    pub company_name: String,
    /// Who is signed in; empty hides the sign-out form.
    pub user_name: String,
    /// Proof that the sign-out form is ours.
    pub csrf: String,
    /// Which entry of the menu is current: `overview`, `docs`.
    pub here: &'static str,
}

/// `GET /admin`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/overview.html")]
pub struct OverviewPage {
    /// Around the content.
    pub frame: Frame,
    /// `20 November 2026, 14:02 UTC`; says so when the clock is a test clock.
    pub as_of: String,
    /// What needs a person: billing held, payments in review, unsent mail.
    pub notices: Vec<Notice>,
    /// Received in 30 days, due, failed.
    pub figures: Vec<Figure>,
    /// `Received per day`.
    pub chart_title: String,
    /// The bars.
    pub chart: BarChart,
    /// (`At`, …), (`Subscriptions`, …), (`Expected`, …).
    pub next_run: Vec<(String, String)>,
    /// Newest first.
    pub invoices: Vec<InvoiceRow>,
    /// Newest first.
    pub transactions: Vec<TransactionRow>,
    /// Every job.
    pub jobs: Vec<JobRow>,
}

/// Signed in, but not allowed to see the page.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/refused.html")]
pub struct RefusedPage {
    /// Around the content.
    pub frame: Frame,
    /// The heading.
    pub title: String,
    /// Who can change that.
    pub text: String,
}

/// One large number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// The number.
    pub value: String,
    /// What it is made of.
    pub detail: String,
    /// The colour of the detail.
    pub tone: Tone,
}

/// One invoice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceRow {
    /// Its number.
    pub number: String,
    /// Its page.
    pub url: Option<String>,
    /// Who owes it.
    pub customer: String,
    /// Its status.
    pub status_text: String,
    /// The colour of the status.
    pub tone: Tone,
    /// Due date.
    pub due: String,
    /// Its total.
    pub amount: String,
}

/// One transaction of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionRow {
    /// When.
    pub time: String,
    /// `sale`, `refund`.
    pub kind: String,
    /// `Visa •••• 4242`.
    pub method: String,
    /// Its status.
    pub status_text: String,
    /// The colour of the status.
    pub tone: Tone,
    /// How much.
    pub amount: String,
}

/// One job and how it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    /// Its name, as `bursar job run` takes it.
    pub name: String,
    /// `Healthy`, `Late`, `Failed`.
    pub health: String,
    /// The colour of the health.
    pub tone: Tone,
    /// When it last ran.
    pub last_run: String,
    /// When it runs next.
    pub next_run: String,
    /// What the last run did.
    pub detail: String,
}

impl LoginPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let fresh = Self {
            company_name: "Northwind Coffee Roasters".into(),
            csrf: "c2FtcGxl".into(),
            next: "/admin".into(),
            username: String::new(),
            notice: None,
        };
        let text = "Check both and try again. After ten wrong passwords the account rests for 30 minutes.";
        let refused = Self {
            username: "maya".into(),
            notice: Some(Notice::new(Tone::Bad, "User name or password is wrong", text)),
            ..fresh.clone()
        };
        vec![("admin-login", fresh), ("admin-login-refused", refused)]
    }
}

impl SetupPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let fresh = Self {
            action: "/admin/setup/c2FtcGxl".into(),
            csrf: "c2FtcGxl".into(),
            existing: false,
            username: "admin".into(),
            email: String::new(),
            expires_text: "It expires in 28 minutes.".into(),
            password_hint: "8 to 64 characters with an upper-case letter, a number and a special character.".into(),
            notice: None,
            errors: BTreeMap::new(),
        };
        let existing = Self {
            existing: true,
            errors: BTreeMap::from([("password_again".into(), "The two passwords differ.".into())]),
            ..fresh.clone()
        };
        vec![("admin-setup", fresh), ("admin-setup-existing", existing)]
    }
}

impl RefusedPage {
    /// The page for who lacks `permission`.
    pub fn without(frame: Frame, permission: &str) -> Self {
        Self {
            frame,
            title: "You may not see this page".into(),
            text: format!("It needs the permission {permission}. An administrator can give it to you."),
        }
    }

    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame {
            company_name: "Northwind Coffee Roasters".into(),
            user_name: "sam".into(),
            csrf: "c2FtcGxl".into(),
            here: "overview",
        };
        vec![("admin-refused", Self::without(frame, "allow_dashboard_stats"))]
    }
}

impl OverviewPage {
    /// Every face of the page.
    pub fn samples() -> Vec<(&'static str, Self)> {
        let frame = Frame {
            company_name: "Northwind Coffee Roasters".into(),
            user_name: "maya".into(),
            csrf: "c2FtcGxl".into(),
            here: "overview",
        };
        let empty = Self {
            frame,
            as_of: "20 November 2026, 14:02 UTC".into(),
            notices: vec![],
            figures: vec![figure("Received in 30 days", "0.00 USD", "no payments yet", Tone::Neutral)],
            chart_title: "Received per day".into(),
            chart: BarChart::new("Nothing was received yet.", &[]),
            next_run: vec![("At".into(), "21 Nov 2026, 00:05 UTC".into()), ("Subscriptions".into(), "0".into())],
            invoices: vec![],
            transactions: vec![],
            jobs: vec![job("bill-due", "Healthy", Tone::Good, "nothing was due")],
        };
        let points: Vec<_> = (0..30_i64)
            .map(|day| (format!("day {}", day + 1), format!("{}.00 USD", 40 * day), (day * 37) % 23 * 5_000))
            .collect();
        let busy = Self {
            notices: vec![Notice::new(
                Tone::Warn,
                "2 payments are being confirmed",
                "The processor has not answered. They are asked about every minute; nobody is charged twice.",
            )],
            figures: vec![
                figure(
                    "Received in 30 days",
                    "48,210.75 USD",
                    "312 payments, up 8 % on the 30 days before",
                    Tone::Good,
                ),
                figure("Due", "6,004.10 USD", "1,120.00 USD of it is overdue", Tone::Warn),
                figure("Failed in 30 days", "842.00 USD", "9 declined, 6 will be retried", Tone::Bad),
            ],
            chart: BarChart::new("48,210.75 USD received from 22 October to 20 November 2026.", &points),
            next_run: vec![
                ("At".into(), "21 Nov 2026, 00:05 UTC".into()),
                ("Subscriptions".into(), "48".into()),
                ("Expected".into(), "2,314.00 USD".into()),
            ],
            invoices: vec![
                invoice("INV-2026-0417", "Lindqvist & Daughters", "Open", Tone::Info, "356.94 USD"),
                invoice("INV-2026-0416", "Harbour Hotel", "Past due", Tone::Bad, "1,120.00 USD"),
                invoice("INV-2026-0415", "Ōsaka Trading 株式会社", "Paid", Tone::Good, "88,000 JPY"),
            ],
            transactions: vec![
                transaction("sale", "Visa •••• 4242", "Pending settlement", Tone::Good, "356.94 USD"),
                transaction("sale", "Mastercard •••• 4444", "Declined", Tone::Bad, "42.00 USD"),
                transaction("refund", "Bank •••• 6789", "Settled", Tone::Neutral, "−18.00 USD"),
            ],
            jobs: vec![
                job("bill-due", "Healthy", Tone::Good, "billed 46 subscriptions, 2 declined"),
                job("settle", "Late", Tone::Warn, "closed 1 batch of 112 transactions"),
            ],
            ..empty.clone()
        };
        vec![("admin-overview", busy), ("admin-overview-empty", empty)]
    }
}

fn figure(label: &str, value: &str, detail: &str, tone: Tone) -> Figure {
    Figure { label: label.into(), value: value.into(), detail: detail.into(), tone }
}

fn invoice(number: &str, customer: &str, status: &str, tone: Tone, amount: &str) -> InvoiceRow {
    InvoiceRow {
        number: number.into(),
        url: Some("/invoice/Zk3vQ9".into()),
        customer: customer.into(),
        status_text: status.into(),
        tone,
        due: "4 Dec 2026".into(),
        amount: amount.into(),
    }
}

fn transaction(kind: &str, method: &str, status: &str, tone: Tone, amount: &str) -> TransactionRow {
    TransactionRow {
        time: "20 Nov, 14:02".into(),
        kind: kind.into(),
        method: method.into(),
        status_text: status.into(),
        tone,
        amount: amount.into(),
    }
}

fn job(name: &str, health: &str, tone: Tone, detail: &str) -> JobRow {
    JobRow {
        name: name.into(),
        health: health.into(),
        tone,
        last_run: "20 Nov, 14:01".into(),
        next_run: "20 Nov, 14:02".into(),
        detail: detail.into(),
    }
}
