//! `POST /api/token-auth`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::app::login::LoggedIn;

/// A name and a password.
#[derive(Deserialize, ToSchema)]
pub struct NewLogin {
    /// The user's name; upper and lower case are the same.
    pub username: String,
    /// The user's password.
    #[schema(value_type = String, format = Password)]
    pub password: Zeroizing<String>,
}

/// A login; unlike other answers, not under `data`.
#[derive(Serialize, ToSchema)]
pub struct NewToken {
    /// "success".
    pub status: String,
    /// "success".
    pub msg: String,
    /// For `Authorization: Bearer …`, good for 15 minutes.
    pub token: String,
    /// The value of the cookie `sid`.
    pub sid: String,
}

impl From<&LoggedIn> for NewToken {
    fn from(LoggedIn { token, sid, user: _ /* the client asks GET /api/user */ }: &LoggedIn) -> Self {
        Self { status: "success".to_owned(), msg: "success".to_owned(), token: token.clone(), sid: sid.clone() }
    }
}
