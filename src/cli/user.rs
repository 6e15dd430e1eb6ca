//! `bursar user create | list | disable | enable | link`.

use std::io::{self, BufRead};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::folder::{with_app, with_books};
use super::print;
use crate::app::user::{ChangeUser, NewUser};
use crate::config::{DataConfig, ServingConfig};
use crate::domain::access::{Permissions, Role};
use crate::domain::user::{self, UserStatus};
use crate::error::{Error, Result};

/// People who work for the merchant.
#[derive(Subcommand, Debug)]
pub(super) enum User {
    /// Add a user and print its id
    Create(Create),
    /// Print every user
    List(List),
    /// Let a user in no more, from the next request on; keys stop as well
    Disable(Named),
    /// Let a disabled user in again
    Enable(Named),
    /// Print a one-time link with which a user chooses a password, good for 30 minutes
    Link(Reset),
}

/// Print every user.
#[derive(Args, Debug)]
pub(super) struct List {
    /// Print a JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataConfig,
}

/// A user by name.
#[derive(Args, Debug)]
pub(super) struct Named {
    /// The name to log in with
    username: String,
    #[command(flatten)]
    data: DataConfig,
}

/// A link for a user.
#[derive(Args, Debug)]
pub(super) struct Reset {
    /// The name to log in with
    username: String,
    #[command(flatten)]
    data: DataConfig,
    #[command(flatten)]
    serving: ServingConfig,
}

/// Add a user.
#[derive(Args, Debug)]
pub(super) struct Create {
    /// The name to log in with
    #[arg(long)]
    username: String,
    /// Mail address
    #[arg(long)]
    email: String,
    /// First and last name
    #[arg(long, default_value = "")]
    name: String,
    /// What the user is
    #[arg(long, value_enum)]
    role: UserRole,
    /// Read the password from standard input, one line
    #[arg(long)]
    password_stdin: bool,
    /// Print {"id","username","role"}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataConfig,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum UserRole {
    Admin,
    Standard,
}

impl User {
    pub(super) fn run(self) -> Result<()> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Disable(named) => named.set(UserStatus::Disabled),
            Self::Enable(named) => named.set(UserStatus::Active),
            Self::Link(reset) => reset.run(),
        }
    }
}

impl List {
    fn run(self) -> Result<()> {
        let users = with_books(&self.data, async |app, caller| app.user_list(caller))?;
        if self.json {
            let rows: Vec<Value> = users.iter().map(row).collect();
            return print(&Value::from(rows).to_string());
        }
        for user in users {
            let (status, role) = (user.status.as_str(), user.role.as_str());
            print(&format!("{}  {status:<8}  {role:<8}  {}  {}", user.id, user.username, user.email))?;
        }
        Ok(())
    }
}

impl Named {
    fn set(self, status: UserStatus) -> Result<()> {
        let change = ChangeUser { status: Some(status), ..ChangeUser::default() };
        let changed = with_books(&self.data, async |app, caller| {
            let user = app.user_find_named(caller, &self.username)?;
            app.user_update(caller, user.id, change).await
        })?;
        print(&format!("{} is {}", changed.username, changed.status.as_str()))
    }
}

impl Reset {
    fn run(self) -> Result<()> {
        let Self { username, data, serving } = self;
        let secret = with_books(&data, async |app, caller| {
            let user = app.user_find_named(caller, &username)?;
            app.user_link_create(caller, user.id).await
        })?;
        let base = serving.public_url.unwrap_or_else(|| format!("http://{}", serving.listen));
        print(&format!("{base}/admin/setup/{secret}"))
    }
}

fn row(user: &user::User) -> Value {
    json!({
        "id": user.id.as_str(), "username": user.username, "email": user.email, "name": user.name,
        "status": user.status.as_str(), "role": user.role.as_str(),
    })
}

impl Create {
    fn run(self) -> Result<()> {
        let Self { username, email, name, role, password_stdin, json, data } = self;
        let role = match role {
            UserRole::Admin => Role::Admin,
            UserRole::Standard => Role::Standard,
        };
        let new = NewUser {
            username,
            name,
            phone: String::new(),
            email,
            time_zone: String::new(),
            status: UserStatus::Active,
            role,
            permissions: Permissions::NONE,
            password: if password_stdin { Some(read_password()?) } else { None },
        };
        let user = with_app(&data, async |app, caller| app.user_create(caller, new).await)?;
        if json {
            let shown = json!({ "id": user.id.as_str(), "username": user.username, "role": user.role.as_str() });
            print(&shown.to_string())
        } else {
            print(user.id.as_str())
        }
    }
}

fn read_password() -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    let read = io::stdin().lock().read_line(&mut line);
    read.map_err(|why| Error::invalid("password", format!("cannot be read from standard input: {why}")))?;
    Ok(Zeroizing::new(line.trim_end_matches(['\n', '\r']).to_owned()))
}
