//! Who may do what: the permissions of the gateway's seed ("Update User") and the one table of actions.
//!
//! Every method of `App` begins with `caller.may(Action::…)?`; what an action needs stands in [`Action::requires`].

use super::id::{ApiKeyId, CustomerId, UserId};

macro_rules! permissions {
    ($($variant:ident $name:literal;)*) => {
        /// A right that an administrator gives to a standard user, one bit each.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Permission {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Permission {
            /// All of them, in the order of the seed; the position is the bit.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

// Append only: the position is the bit in the file.
permissions! {
    ManageUsers "manage_users";
    ManageApiKeys "manage_api_keys";
    ManageTerminals "manage_terminals";
    ManageRuleEngine "manage_rule_engine";
    ViewSettlementBatches "view_settlement_batches";
    ViewBillingReports "view_billing_reports";
    ProcessAuthorization "process_authorization";
    ProcessCapture "process_capture";
    ProcessSale "process_sale";
    ProcessVoid "process_void";
    ProcessCredit "process_credit";
    ProcessRefund "process_refund";
    ProcessVerification "process_verification";
    AllowDashboardStats "allow_dashboard_stats";
    VaultCreate "vault_create";
    VaultUpdate "vault_update";
    VaultDelete "vault_delete";
    AccessFileBatch "access_file_batch";
    ViewOthersTransactions "view_others_transactions";
    ManageCardBans "manage_card_bans";
    RestrictViewingOthersInvoices "restrict_viewing_others_invoices";
    RecurringStatusChange "recurring_status_change";
}

/// A set of [`Permission`]s.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Permissions(u32);

impl Permissions {
    /// No right at all.
    pub const NONE: Self = Self(0);

    /// The set stored as `bits`; unknown bits are dropped.
    pub fn from_bits(bits: u32) -> Self {
        Permission::ALL
            .iter()
            .filter(|permission| bits & bit(**permission) != 0)
            .fold(Self::NONE, |set, p| set.with(*p))
    }

    /// The bits to store.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// This set and `permission`.
    #[must_use]
    pub fn with(self, permission: Permission) -> Self {
        Self(self.0 | bit(permission))
    }

    /// This set without `permission`.
    #[must_use]
    pub fn without(self, permission: Permission) -> Self {
        Self(self.0 & !bit(permission))
    }

    /// Whether whoever has this set may do everything that one with `other` may. A restriction counts the other way
    /// round: who has it may do less.
    pub fn covers(self, other: Self) -> bool {
        let may = |set: Self, permission: Permission| match permission {
            Permission::RestrictViewingOthersInvoices => !set.has(permission),
            _ => set.has(permission),
        };
        Permission::ALL.iter().all(|permission| may(self, *permission) || !may(other, *permission))
    }

    /// Whether `permission` is in the set.
    pub fn has(self, permission: Permission) -> bool {
        self.0 & bit(permission) != 0
    }
}

fn bit(permission: Permission) -> u32 {
    let position = Permission::ALL.iter().position(|other| *other == permission).unwrap_or(31);
    1u32.checked_shl(u32::try_from(position).unwrap_or(31)).unwrap_or(0)
}

/// A user's role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Has every permission and manages the others.
    Admin,
    /// Has what it was given.
    Standard,
}

impl Role {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Standard => "standard",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "admin" => Some(Self::Admin),
            "standard" => Some(Self::Standard),
            _ => None,
        }
    }
}

/// Everything `App` can be asked to do, as far as rights tell it apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[expect(missing_docs, reason = "the names say it; the table below says what each needs")]
pub enum Action {
    CompanyView,
    CompanyChange,
    OverviewView,
    UserViewSelf,
    UserManage,
    ApiKeyManage,
    TerminalView,
    TerminalManage,
    FeesView,
    CustomerView,
    CustomerCreate,
    CustomerUpdate,
    CustomerDelete,
    CatalogView,
    CatalogChange,
    SubscriptionView,
    SubscriptionChange,
    SubscriptionStatusChange,
    InvoiceView,
    InvoiceChange,
    TransactionView,
    TransactionSale,
    TransactionAuthorize,
    TransactionVerify,
    TransactionCredit,
    TransactionCapture,
    TransactionVoid,
    TransactionRefund,
    SettlementView,
    FileBatchAccess,
    EventView,
    WebhookManage,
    BalanceView,
    BalanceChange,
    MailView,
    TestClockMove,
    JobRun,
    BillingResume,
    VaultRotate,
    TerminalSettle,
    WalletKeyManage,
}

/// What an [`Action`] needs of its caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Requirement {
    /// Any private credential of an active user.
    Member,
    /// This permission (an administrator has all).
    Flag(Permission),
    /// The administrator's role.
    Admin,
}

impl Action {
    /// The table. Exhaustive on purpose: a new action does not compile until someone decides.
    pub fn requires(self) -> Requirement {
        use Permission as P;
        match self {
            Self::CompanyView
            | Self::UserViewSelf
            | Self::TerminalView
            | Self::FeesView
            | Self::CustomerView
            | Self::CatalogView
            | Self::CatalogChange
            | Self::SubscriptionView
            | Self::SubscriptionChange
            | Self::InvoiceView
            | Self::InvoiceChange
            | Self::TransactionView
            | Self::BalanceView
            | Self::BalanceChange => Requirement::Member,
            Self::OverviewView => Requirement::Flag(P::AllowDashboardStats),
            Self::UserManage => Requirement::Flag(P::ManageUsers),
            Self::TerminalManage => Requirement::Flag(P::ManageTerminals),
            Self::ApiKeyManage => Requirement::Flag(P::ManageApiKeys),
            Self::CustomerCreate => Requirement::Flag(P::VaultCreate),
            Self::CustomerUpdate => Requirement::Flag(P::VaultUpdate),
            Self::CustomerDelete => Requirement::Flag(P::VaultDelete),
            Self::SubscriptionStatusChange => Requirement::Flag(P::RecurringStatusChange),
            Self::TransactionSale => Requirement::Flag(P::ProcessSale),
            Self::TransactionAuthorize => Requirement::Flag(P::ProcessAuthorization),
            Self::TransactionVerify => Requirement::Flag(P::ProcessVerification),
            Self::TransactionCredit => Requirement::Flag(P::ProcessCredit),
            Self::TransactionCapture => Requirement::Flag(P::ProcessCapture),
            Self::TransactionVoid => Requirement::Flag(P::ProcessVoid),
            Self::TransactionRefund => Requirement::Flag(P::ProcessRefund),
            Self::SettlementView => Requirement::Flag(P::ViewSettlementBatches),
            Self::TerminalSettle => Requirement::Flag(P::ManageTerminals),
            Self::WalletKeyManage => Requirement::Admin,
            Self::FileBatchAccess => Requirement::Flag(P::AccessFileBatch),
            // Mails hold links that open things: whoever reads them could use them.
            Self::MailView
            // The feed and webhooks tell everything about everybody.
            | Self::EventView
            | Self::WebhookManage
            | Self::CompanyChange
            | Self::TestClockMove
            | Self::JobRun
            | Self::BillingResume
            | Self::VaultRotate => Requirement::Admin,
        }
    }
}

/// Who acts: written into every event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A person logged in.
    User(UserId),
    /// A program with a key, acting for its user.
    Key(ApiKeyId),
    /// A job of ours.
    Job(&'static str),
    /// The merchant's customer on a hosted page.
    Customer,
    /// A customer who is logged in to their own pages.
    Portal(CustomerId),
    /// The command line on the server itself.
    Command,
    /// A processor's answer that came later.
    Processor,
}

/// `user:<id>`, `key:<id>`, `job:<name>`, `customer`, `customer:<id>`, `command`, `processor`: the form in the event table.
impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(id) => write!(f, "user:{id}"),
            Self::Key(id) => write!(f, "key:{id}"),
            Self::Job(name) => write!(f, "job:{name}"),
            Self::Customer => f.write_str("customer"),
            Self::Portal(id) => write!(f, "customer:{id}"),
            Self::Command => f.write_str("command"),
            Self::Processor => f.write_str("processor"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_survive_their_bits() {
        for permission in Permission::ALL {
            let set = Permissions::NONE.with(*permission);
            assert!(set.has(*permission));
            assert_eq!(Permissions::from_bits(set.bits()), set);
            assert_eq!(set.bits().count_ones(), 1, "{}", permission.name());
            assert_eq!(set.without(*permission), Permissions::NONE);
        }
        let (sells, sees_own) = (Permission::ProcessSale, Permission::RestrictViewingOthersInvoices);
        for (one, other, covers) in [
            (vec![], vec![], true),
            (vec![sells], vec![], true),
            (vec![], vec![sells], false),
            (vec![sells], vec![sells, sees_own], true),
            (vec![sells, sees_own], vec![sells], false),
        ] {
            let set = |all: &[Permission]| all.iter().fold(Permissions::NONE, |set, p| set.with(*p));
            assert_eq!(set(&one).covers(set(&other)), covers, "{one:?} {other:?}");
        }
        assert_eq!(Permission::ALL.len(), 22, "the seed lists 22");
        assert_eq!(Permissions::from_bits(u32::MAX).bits().count_ones(), 22);
    }
}
