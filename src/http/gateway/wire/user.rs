//! Users as the seed's "Get User by ID" shows them.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::access::{Permission, Permissions};
use crate::domain::company::Company;
use crate::domain::user as domain;

/// A person who works for the merchant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub struct User {
    /// The id.
    pub id: String,
    /// The name to log in with.
    pub username: String,
    /// First and last name.
    pub name: String,
    /// Digits only.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// IANA name.
    pub timezone: String,
    /// "active" or "disabled".
    pub status: String,
    /// "admin" or "standard".
    pub role: String,
    /// "merchant".
    pub account_type: String,
    /// The company's id.
    pub account_type_id: String,
    /// What the user may do; an administrator everything.
    pub permissions: BTreeMap<String, bool>,
    /// RFC 3339.
    pub created_at: String,
    /// RFC 3339.
    pub updated_at: String,
}

impl User {
    /// `user` of `company` on the wire.
    pub fn of(user: domain::User, company: &Company) -> Self {
        let domain::User {
            id,
            username,
            name,
            phone,
            email,
            time_zone,
            status,
            role,
            permissions,
            created_at,
            updated_at,
        } = user;
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
            permissions: flags(permissions, role == crate::domain::access::Role::Admin),
            created_at: created_at.to_string(),
            updated_at: updated_at.to_string(),
        }
    }
}

fn flags(permissions: Permissions, is_admin: bool) -> BTreeMap<String, bool> {
    Permission::ALL.iter().map(|p| (p.name().to_owned(), is_admin || permissions.has(*p))).collect()
}
