//! Changing and resetting passwords.

use serde::Deserialize;
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// `POST /api/user/change-password`.
#[derive(Deserialize, ToSchema)]
pub struct PasswordChange {
    /// Your own username.
    #[schema(example = "testmerchant43")]
    pub username: String,
    /// Your present password.
    #[schema(value_type = String, format = Password, example = "Correct-Horse-7")]
    pub current_password: Zeroizing<String>,
    /// 8-64 characters with an uppercase letter, a number and a special character, none of the most common.
    #[schema(value_type = String, min_length = 8, max_length = 64, format = Password, example = "Correct-Horse-8")]
    pub new_password: Zeroizing<String>,
}

/// `POST /api/user/forgot-username`.
#[derive(Deserialize, ToSchema)]
pub struct ForgottenUsername {
    /// The mail address of the user.
    #[schema(max_length = 254, format = Email, example = "info@website.com")]
    pub email: String,
}

/// `POST /api/user/forgot-password`.
#[derive(Deserialize, ToSchema)]
pub struct ForgottenPassword {
    /// The name to log in with.
    #[schema(example = "testmerchant43")]
    pub username: String,
}

/// `POST /api/user/forgot-password/reset`.
#[derive(Deserialize, ToSchema)]
pub struct PasswordReset {
    /// The name to log in with.
    #[schema(example = "testmerchant43")]
    pub username: String,
    /// The code from the mail; good once, for 10 minutes.
    #[schema(value_type = String, example = "5mR0Zr8n1cYq7kWb3VtXw2sJ9uGhLpQe4dFaTyKoNiMzx6")]
    pub reset_code: Zeroizing<String>,
    /// 8-64 characters with an uppercase letter, a number and a special character, none of the most common.
    #[schema(value_type = String, min_length = 8, max_length = 64, format = Password, example = "Correct-Horse-8")]
    pub password: Zeroizing<String>,
}
