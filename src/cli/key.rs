//! `bursar key create`: the key alone on standard output, so that a script can take it.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::json;

use super::folder::with_app;
use super::print;
use crate::app::api_key::{CreatedApiKey, NewApiKey};
use crate::config::DataConfig;
use crate::domain::user::KeyType;
use crate::error::Result;

/// Keys of programs.
#[derive(Subcommand, Debug)]
pub(super) enum Key {
    /// Make a key, or take over one that is already in use
    Create(Create),
}

/// Make a key.
#[derive(Args, Debug)]
pub(super) struct Create {
    /// api is private, for servers; pub is public, for pages
    #[arg(long = "type", value_enum, value_name = "TYPE")]
    kind: Kind,
    /// What to call it
    #[arg(long)]
    name: String,
    /// An existing key to take over
    #[arg(long, value_name = "VALUE", env = "BURSAR_KEY_SECRET", hide_env_values = true)]
    secret: Option<String>,
    /// Print {"id","type","key","jwt"}
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    data: DataConfig,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Api,
    Pub,
}

impl Key {
    pub(super) fn run(self) -> Result<()> {
        let Self::Create(Create { kind, name, secret, json, data }) = self;
        let kind = match kind {
            Kind::Api => KeyType::Api,
            Kind::Pub => KeyType::Pub,
        };
        let new = NewApiKey { kind, name, secret };
        let created = with_app(&data, async |app, caller| app.api_key_create(caller, new).await)?;
        let CreatedApiKey { key, text, jwt } = created;
        if json {
            print(&json!({ "id": key.id.as_str(), "type": key.kind.as_str(), "key": text, "jwt": jwt }).to_string())
        } else {
            print(&text)
        }
    }
}
