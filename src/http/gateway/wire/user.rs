//! Users as the seed's "Users" has them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::given::{given, required};
use super::switches::{self, Switches};
use crate::app::user::{self as app, ChangeUser, ChangeUserDefaults};
use crate::domain::access::{Permission, Permissions, Role};
use crate::domain::company::Company;
use crate::domain::user::{self as domain, UserStatus};
use crate::domain::user_settings::{Notification, UserDefaults, UserSettings};
use crate::error::{Error, Result};

given! {
    /// `POST /api/user`.
    NewUser {
        /// Unique; letters, digits, `.`, `_`, `-` or `@`, with at least one letter and one digit.
        #[schema(required = true, min_length = 3, max_length = 40, example = "testmerchant43", pattern =
            r"^[A-Za-z0-9._@-]*([A-Za-z][A-Za-z0-9._@-]*[0-9]|[0-9][A-Za-z0-9._@-]*[A-Za-z])[A-Za-z0-9._@-]*$")]
        username: String,
        /// First and last name, one line.
        #[schema(max_length = 100, example = "test merchant user")]
        name: Option<String>,
        /// At most 20 digits; spaces, hyphens, dots, slashes and brackets between them are dropped.
        #[schema(example = "6305555555", pattern = r"^[0-9]{0,20}$")]
        phone: Option<String>,
        /// Mail address; without a password, a link to choose one is mailed there.
        #[schema(max_length = 254, format = Email, example = "info@website.com")]
        email: Option<String>,
        /// IANA time zone; `ETC/UTC` where none is given.
        #[schema(example = "ETC/UTC")]
        timezone: Option<String>,
        /// 8-64 characters with an uppercase letter, a number and a special character, none of the most common. The
        /// user is asked to change it.
        #[schema(value_type = Option<String>, min_length = 8, max_length = 64, format = Password, example = "Correct-Horse-7")]
        password: Option<Zeroizing<String>>,
        /// "active" where none is given; who is "disabled" is refused at once, with password and keys.
        #[schema(pattern = "^(active|disabled)?$", example = "active")]
        status: Option<String>,
        /// "standard" where none is given.
        #[schema(pattern = "^(admin|standard)?$", example = "standard")]
        role: Option<String>,
        /// What the user may do; what is not named is not allowed.
        #[schema(schema_with = switches::permissions)]
        permissions: Switches<Permission>,
        /// Mails the user gets.
        notifications: NotificationsGiven,
        /// What is used where the user names nothing.
        defaults: DefaultsGiven,
        /// Whether to make a private key that acts for the user; the answer shows it once.
        #[schema(example = false)]
        create_api_key: Option<bool>,
    }
}

given! {
    /// `POST /api/user/{id}`; what is not given stays. "" takes name, phone or email away.
    UserChange {
        /// First and last name, one line.
        #[schema(max_length = 100, example = "test merchant user")]
        name: Option<String>,
        /// At most 20 digits; spaces, hyphens, dots, slashes and brackets between them are dropped.
        #[schema(example = "6305555555", pattern = r"^[0-9]{0,20}$")]
        phone: Option<String>,
        /// Mail address; the old and the new one hear of the change.
        #[schema(max_length = 254, format = Email, example = "info@website.com")]
        email: Option<String>,
        /// IANA time zone.
        #[schema(example = "ETC/UTC")]
        timezone: Option<String>,
        /// Who is "disabled" is refused at once, with password and keys.
        #[schema(pattern = "^(active|disabled)?$", example = "active")]
        status: Option<String>,
        /// An administrator may do everything.
        #[schema(pattern = "^(admin|standard)?$", example = "standard")]
        role: Option<String>,
        /// Permissions to give or to take; they hold from the next request on.
        #[schema(schema_with = switches::permissions)]
        permissions: Switches<Permission>,
        /// Mails to get or not.
        notifications: NotificationsGiven,
        /// What is used where the user names nothing.
        defaults: DefaultsGiven,
    }
}

given! {
    /// Mails a user gets.
    NotificationsGiven {
        /// About the merchant.
        #[schema(schema_with = switches::notifications)]
        merchant: Switches<Notification>,
    }
}

given! {
    /// What is used where a user names nothing; "" takes one away.
    DefaultsGiven {
        /// Id of the processor that takes this user's transactions which name none; "" for the company's default.
        #[schema(example = "")]
        processor_id: Option<String>,
        /// Id of the terminal that a till of the user's may preselect; a transaction at a terminal names its own.
        #[schema(example = "")]
        terminal_id: Option<String>,
        /// How exports of transactions look.
        #[schema(max_length = 40, example = "")]
        transaction_csv_format_id: Option<String>,
        /// How reports of transactions look.
        #[schema(max_length = 40, example = "")]
        transaction_report_format_id: Option<String>,
        /// How lists of customers look.
        #[schema(max_length = 40, example = "")]
        vault_table_format_id: Option<String>,
        /// Whether reports show totals.
        #[schema(example = false)]
        show_transaction_totals: Option<bool>,
    }
}

impl NewUser {
    /// The user to add, its settings, and whether it gets a key.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<(app::NewUser, ChangeUser, bool)> {
        let Self { username, name, phone, email, timezone, password, status, role, .. } = self;
        required("username", &username)?;
        if !username.chars().any(|c| c.is_ascii_digit()) {
            return Err(Error::invalid("username", "must contain letters and digits"));
        }
        let new = app::NewUser {
            username,
            name: name.unwrap_or_default(),
            phone: phone.unwrap_or_default(),
            email: email.unwrap_or_default().trim().to_owned(),
            time_zone: timezone.unwrap_or_default(),
            status: status_of(status)?.unwrap_or(UserStatus::Active),
            role: role_of(role)?.unwrap_or(Role::Standard),
            permissions: Permissions::NONE,
            password: password.filter(|password| !password.is_empty()),
        };
        let settings = ChangeUser {
            permissions: self.permissions.0,
            notifications: self.notifications.merchant.0,
            defaults: self.defaults.into_change(),
            ..ChangeUser::default()
        };
        Ok((new, settings, self.create_api_key.unwrap_or_default()))
    }
}

impl UserChange {
    /// What to change.
    ///
    /// # Errors
    /// `Invalid` naming the field.
    pub fn into_command(self) -> Result<ChangeUser> {
        let Self { name, phone, email, timezone, status, role, permissions, notifications, defaults } = self;
        Ok(ChangeUser {
            name,
            phone,
            email: email.map(|email| email.trim().to_owned()),
            time_zone: timezone.filter(|zone| !zone.is_empty()),
            status: status_of(status)?,
            role: role_of(role)?,
            permissions: permissions.0,
            notifications: notifications.merchant.0,
            defaults: defaults.into_change(),
        })
    }
}

impl DefaultsGiven {
    fn into_change(self) -> ChangeUserDefaults {
        let Self {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        } = self;
        ChangeUserDefaults {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        }
    }
}

fn status_of(word: Option<String>) -> Result<Option<UserStatus>> {
    let refused = || Error::invalid("status", "must be \"active\" or \"disabled\"");
    word.filter(|word| !word.is_empty()).map(|word| UserStatus::parse(&word).ok_or_else(refused)).transpose()
}

fn role_of(word: Option<String>) -> Result<Option<Role>> {
    let refused = || Error::invalid("role", "must be \"admin\" or \"standard\"");
    word.filter(|word| !word.is_empty()).map(|word| Role::parse(&word).ok_or_else(refused)).transpose()
}

/// A person who works for the merchant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct User {
    /// The id.
    #[schema(example = "0U5xWJtO9cKpLm3s")]
    pub id: String,
    /// The name to log in with.
    #[schema(example = "testmerchant43")]
    pub username: String,
    /// First and last name.
    #[schema(example = "test merchant user")]
    pub name: String,
    /// Digits only.
    #[schema(example = "6305555555", pattern = "^[0-9]*$")]
    pub phone: String,
    /// Mail address.
    #[schema(example = "info@website.com")]
    pub email: String,
    /// IANA time zone.
    #[schema(example = "ETC/UTC")]
    pub timezone: String,
    /// "active" or "disabled".
    #[schema(pattern = "^(active|disabled)$", example = "active")]
    pub status: String,
    /// "admin" or "standard".
    #[schema(pattern = "^(admin|standard)$", example = "admin")]
    pub role: String,
    /// "merchant".
    #[schema(pattern = "^merchant$", example = "merchant")]
    pub account_type: String,
    /// The company's id.
    #[schema(example = "0U5xWJtOQm8sR2Vb")]
    pub account_type_id: String,
    /// `{"password_expired": "true"}` while the password is one that somebody else chose.
    pub flags: BTreeMap<String, String>,
    /// What the user may do; an administrator everything. A restriction holds only for standard users.
    #[schema(schema_with = switches::permissions)]
    pub permissions: Switches<Permission>,
    /// Mails the user gets.
    pub notifications: Notifications,
    /// What is used where the user names nothing.
    pub defaults: Defaults,
    /// Where the user may come from: not restricted.
    pub access_restrictions: AccessRestrictions,
    /// Whether a second factor is asked for: never yet.
    #[schema(example = false)]
    pub two_factor_enabled: bool,
    /// The private key made with the user, once, in the answer that made both; else "".
    #[schema(example = "")]
    pub api_key: String,
    /// "": a public key is made apart.
    #[schema(example = "")]
    pub pub_api_key: String,
    /// RFC 3339.
    #[schema(format = DateTime, example = "2026-01-31T10:00:00Z")]
    pub created_at: String,
    /// RFC 3339.
    #[schema(format = DateTime, example = "2026-01-31T10:00:00Z")]
    pub updated_at: String,
}

/// Mails a user gets.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserNotifications)]
pub struct Notifications {
    /// About the merchant.
    #[schema(schema_with = switches::notifications)]
    pub merchant: Switches<Notification>,
}

/// What is used where a user names nothing; "" is none.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UserDefaults)]
pub struct Defaults {
    /// Id of the processor that takes this user's transactions which name none; "" for the company's default.
    #[schema(example = "")]
    pub processor_id: String,
    /// Id of the terminal that a till of the user's may preselect; a transaction at a terminal names its own.
    #[schema(example = "")]
    pub terminal_id: String,
    /// How exports of transactions look.
    #[schema(example = "")]
    pub transaction_csv_format_id: String,
    /// How reports of transactions look.
    #[schema(example = "")]
    pub transaction_report_format_id: String,
    /// How lists of customers look.
    #[schema(example = "")]
    pub vault_table_format_id: String,
    /// Whether reports show totals.
    #[schema(example = false)]
    pub show_transaction_totals: bool,
}

/// Where a user may come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessRestrictions {
    /// Always null: not restricted.
    pub ip: Option<Vec<String>>,
}

impl User {
    /// `user` of `company` on the wire.
    pub fn of(user: domain::User, company: &Company) -> Self {
        let domain::User { id, username, name, phone, email, time_zone, status, role, permissions, .. } = user;
        let UserSettings { notifications, defaults } = user.settings;
        let expired = user.is_password_expired.then(|| ("password_expired".to_owned(), "true".to_owned()));
        Self {
            id: id.to_string(),
            username,
            name,
            phone,
            email,
            timezone: time_zone,
            status: status.as_str().to_owned(),
            role: role.as_str().to_owned(),
            account_type: "merchant".to_owned(),
            account_type_id: company.id.to_string(),
            flags: expired.into_iter().collect(),
            permissions: Switches::of(|permission| shown(role, permissions, permission)),
            notifications: Notifications { merchant: Switches::of(|one| notifications.contains(&one)) },
            defaults: defaults.into(),
            access_restrictions: AccessRestrictions { ip: None },
            two_factor_enabled: false,
            api_key: String::new(),
            pub_api_key: String::new(),
            created_at: user.created_at.to_string(),
            updated_at: user.updated_at.to_string(),
        }
    }

    /// A user just made, with the text of its key.
    pub fn created(created: app::CreatedUser, company: &Company) -> Self {
        let app::CreatedUser { user, api_key } = created;
        Self { api_key: api_key.unwrap_or_default(), ..Self::of(user, company) }
    }
}

/// An administrator has everything, but is restricted in nothing.
fn shown(role: Role, permissions: Permissions, permission: Permission) -> bool {
    match role {
        Role::Admin => permission != Permission::RestrictViewingOthersInvoices,
        Role::Standard => permissions.has(permission),
    }
}

impl From<UserDefaults> for Defaults {
    fn from(defaults: UserDefaults) -> Self {
        let UserDefaults {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        } = defaults;
        Self {
            processor_id,
            terminal_id,
            transaction_csv_format_id,
            transaction_report_format_id,
            vault_table_format_id,
            show_transaction_totals,
        }
    }
}
