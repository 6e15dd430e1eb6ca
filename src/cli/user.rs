//! `bursar user create`.

use std::io::{self, BufRead};

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;
use zeroize::Zeroizing;

use super::folder::with_app;
use super::print;
use crate::app::user::NewUser;
use crate::config::DataConfig;
use crate::domain::access::{Permissions, Role};
use crate::domain::user::UserStatus;
use crate::error::{Error, Result};

/// People who work for the merchant.
#[derive(Subcommand, Debug)]
pub(super) enum User {
    /// Add a user and print its id
    Create(Create),
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
        let Self::Create(Create { username, email, name, role, password_stdin, json, data }) = self;
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
