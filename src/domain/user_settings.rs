//! What a user chose for themselves: which mails they get, and what is used where they name nothing.

use std::collections::BTreeSet;

use super::event::Topic;

macro_rules! notifications {
    ($($variant:ident $name:literal;)*) => {
        /// A mail that a user may want (seed, "Update User", `notifications.merchant`).
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
        pub enum Notification {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Notification {
            /// All of them, in the order of the seed.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire and in the file.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

notifications! {
    TransactionReceipts "transaction_receipts";
    SettlementReports "settlement_reports";
    TriggeredRules "triggered_rules";
    SecurityAlerts "security_alerts";
    InvoiceCreate "invoice_create";
    TransactionVoid "transaction_void";
}

impl Notification {
    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|notification| notification.name() == text)
    }

    /// Whom an event is mailed to. Nothing triggers rules, so nobody is mailed for `triggered_rules`.
    pub fn of(topic: Topic) -> Option<Self> {
        match topic {
            Topic::TransactionApproved => Some(Self::TransactionReceipts),
            Topic::TransactionVoided => Some(Self::TransactionVoid),
            Topic::SettlementClosed => Some(Self::SettlementReports),
            Topic::InvoiceCreated => Some(Self::InvoiceCreate),
            Topic::ApiKeyCreated | Topic::UserCreated | Topic::UserUpdated | Topic::UserLoginFailed => {
                Some(Self::SecurityAlerts)
            }
            _ => None,
        }
    }
}

/// A user's own settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserSettings {
    /// The mails they get.
    pub notifications: BTreeSet<Notification>,
    /// What is used where they name nothing.
    pub defaults: UserDefaults,
}

/// Preselections of a user; "" is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserDefaults {
    /// A processor's id.
    pub processor_id: String,
    /// A terminal's id.
    pub terminal_id: String,
    /// How their exports of transactions look.
    pub transaction_csv_format_id: String,
    /// How their reports of transactions look.
    pub transaction_report_format_id: String,
    /// How their lists of customers look.
    pub vault_table_format_id: String,
    /// Whether their reports show totals.
    pub show_transaction_totals: bool,
}
