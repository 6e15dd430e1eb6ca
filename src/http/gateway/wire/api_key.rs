//! Keys of programs as the seed's "Api Keys" shows them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::api_key as app;
use crate::domain::user::{self as domain, KeyType};
use crate::error::{Error, Result};

/// A key to make.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewApiKey {
    /// "api" (private) or "pub" ("public" is understood too).
    #[serde(rename = "type")]
    pub kind: String,
    /// What to call it, 1-100 characters.
    pub name: String,
}

impl NewApiKey {
    /// The command behind the request.
    ///
    /// # Errors
    /// `Invalid` for another type.
    pub fn into_command(self) -> Result<app::NewApiKey> {
        let Self { kind, name } = self;
        let word = if kind == "public" { "pub" } else { kind.as_str() };
        let kind = KeyType::parse(word).ok_or_else(|| Error::invalid("type", "must be \"api\" or \"pub\""))?;
        Ok(app::NewApiKey { kind, name, secret: None })
    }
}

/// A key; `api_key` is whole only in the answer that made it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApiKey {
    /// The id, which also deletes it.
    pub id: String,
    /// Whom it acts for.
    pub user_id: String,
    /// "api" or "pub".
    #[serde(rename = "type")]
    pub kind: String,
    /// What the merchant calls it.
    pub name: String,
    /// The key itself once, "" ever after: only its hash is kept.
    pub api_key: String,
    /// When it was last used, RFC 3339, exact to the minute; null where it never was.
    #[schema(format = DateTime, example = "2026-01-31T10:00:00Z")]
    pub last_used_at: Option<String>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

impl From<domain::ApiKey> for ApiKey {
    fn from(key: domain::ApiKey) -> Self {
        let domain::ApiKey { id, user_id, kind, name, last_used_at, created_at, updated_at } = key;
        Self {
            id: id.to_string(),
            user_id: user_id.to_string(),
            kind: kind.as_str().to_owned(),
            name,
            api_key: String::new(),
            last_used_at: last_used_at.map(|at| at.to_string()),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

impl From<app::CreatedApiKey> for ApiKey {
    fn from(created: app::CreatedApiKey) -> Self {
        let app::CreatedApiKey { key, text, jwt: _ /* for payfunc clients, who get it from the command line */ } =
            created;
        Self { api_key: text, ..Self::from(key) }
    }
}
