//! Who calls, and what they may do.

use sha2::{Digest, Sha256};

use crate::domain::access::{Action, Actor, Permission, Permissions, Requirement, Role};
use crate::domain::id::{CustomerId, UserId};
use crate::error::{Error, Result};

/// The one who asks: made by a dialect from credentials, by a job, by a page or by the command line.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Written into every event.
    pub actor: Actor,
    /// The user behind the credentials, if there is one.
    pub user_id: Option<UserId>,
    /// Their name, for answers that show it.
    pub username: String,
    /// Their role.
    pub role: Role,
    /// Their permissions (an administrator has all anyway).
    pub permissions: Permissions,
    /// `x-correlation-id` of the request.
    pub correlation_id: String,
    /// `Idempotency-Key` of the request, at most 255 characters.
    pub idempotency_key: Option<String>,
    /// What a dialect compares itself names the whole request; it then counts before the key above.
    pub dedupe: Option<Dedupe>,
    /// What the credentials reach.
    pub reach: Reach,
}

/// What credentials reach at most; role and permissions say what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The merchant's own: everything.
    Merchant,
    /// A public key, which anybody can read in a page: only what is made for it.
    Public,
    /// The key of one account: only what is its own.
    Account(CustomerId),
}

/// A request that names itself: done once, its first result, refusals included, is kept 30 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dedupe {
    /// The name.
    pub id: String,
    /// Everything that makes it this request and no other, in one fixed form.
    pub content: Vec<u8>,
}

impl Caller {
    /// A caller inside the program (job, command line, processor's late answer): may do everything.
    pub fn internal(actor: Actor) -> Self {
        Self {
            actor,
            user_id: None,
            username: String::new(),
            role: Role::Admin,
            permissions: Permissions::NONE,
            correlation_id: String::new(),
            idempotency_key: None,
            dedupe: None,
            reach: Reach::Merchant,
        }
    }

    /// The merchant's customer on a hosted page: has no right but what the page's own use case gives.
    pub fn customer(correlation_id: String) -> Self {
        Self {
            actor: Actor::Customer,
            user_id: None,
            username: String::new(),
            role: Role::Standard,
            permissions: Permissions::NONE,
            correlation_id,
            idempotency_key: None,
            dedupe: None,
            reach: Reach::Merchant,
        }
    }

    /// A customer on their own pages. Its rights are those that the pages need; `app::portal` sees to it that they are
    /// used on the customer's own things only.
    pub(in crate::app) fn portal(id: CustomerId, correlation_id: String) -> Self {
        let permissions = Permissions::NONE.with(Permission::VaultUpdate).with(Permission::RecurringStatusChange);
        Self { actor: Actor::Portal(id), permissions, ..Self::customer(correlation_id) }
    }

    /// Whoever shows the key of an account: may do what is the account's own, and nothing else.
    pub fn of_account(id: CustomerId, correlation_id: String) -> Self {
        Self { reach: Reach::Account(id), ..Self::customer(correlation_id) }
    }

    /// The caller for the nth of several things that one request asks for: each has an idempotency key of its own.
    #[must_use]
    pub fn nth(&self, n: usize) -> Self {
        let digest = |key: &String| format!("{}/{n}", hex::encode(Sha256::digest(key)));
        Self { idempotency_key: self.idempotency_key.as_ref().map(digest), ..self.clone() }
    }

    /// The caller for a part of what one named request asks for: each part is done once by a name of its own.
    #[must_use]
    pub fn part(&self, name: &str) -> Self {
        let part = |dedupe: &Dedupe| Dedupe {
            id: format!("{}/{name}", hex::encode(Sha256::digest(&dedupe.id))),
            content: dedupe.content.clone(),
        };
        Self { dedupe: self.dedupe.as_ref().map(part), ..self.clone() }
    }

    /// Passes if the table of actions lets this caller do `action`.
    ///
    /// # Errors
    /// `Forbidden` with the name of what is missing; a hosted page's customer is refused everything.
    pub fn may(&self, action: Action) -> Result<()> {
        let requirement = action.requires();
        let allowed = match (&self.actor, requirement) {
            (Actor::Customer, _) => false,
            _ if self.reach != Reach::Merchant => false,
            (_, Requirement::Member) => true,
            (_, Requirement::Flag(permission)) => self.has(permission),
            (_, Requirement::Admin) => self.role == Role::Admin,
        };
        let missing = match requirement {
            Requirement::Flag(permission) => permission.name(),
            Requirement::Admin => "admin",
            Requirement::Member => "login",
        };
        if allowed { Ok(()) } else { Err(Error::Forbidden(missing)) }
    }

    /// As [`Caller::may`], and with the key of the account `id` where the thing is its own.
    ///
    /// # Errors
    /// `Forbidden`; `NotFound` for another account's key, which learns nothing of others.
    pub fn may_on(&self, action: Action, id: &CustomerId) -> Result<()> {
        match &self.reach {
            Reach::Account(own) if own == id => Ok(()),
            Reach::Account(_) => Err(Error::not_found("customer", id.as_str())),
            Reach::Merchant | Reach::Public => self.may(action),
        }
    }

    /// As [`Caller::may`], and with a public key.
    ///
    /// # Errors
    /// `Forbidden`.
    pub fn may_publicly(&self, action: Action) -> Result<()> {
        if self.reach == Reach::Public { Ok(()) } else { self.may(action) }
    }

    /// Whether the caller has `permission`.
    pub fn has(&self, permission: Permission) -> bool {
        self.role == Role::Admin || self.permissions.has(permission)
    }

    /// The name under which idempotency keys of this caller are kept: one caller never sees another's.
    pub fn idempotency_scope(&self) -> String {
        match (&self.reach, &self.user_id) {
            (Reach::Account(id), _) => format!("account:{id}"),
            (Reach::Public, _) | (Reach::Merchant, None) => self.actor.to_string(),
            (Reach::Merchant, Some(id)) => format!("user:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_follow_the_table() {
        let mut clerk = Caller::internal(Actor::Command);
        clerk.role = Role::Standard;
        clerk.permissions = Permissions::NONE.with(Permission::ProcessSale);
        for (action, allowed) in [
            (Action::TransactionSale, true),
            (Action::TransactionRefund, false),
            (Action::CustomerView, true),
            (Action::CompanyChange, false),
        ] {
            assert_eq!(clerk.may(action).is_ok(), allowed, "{action:?}");
        }
        let guest = Caller::customer(String::new());
        assert!(guest.may(Action::CustomerView).is_err(), "a hosted page opens nothing else");
        let [own, other] = ["own", "other"].map(|id| CustomerId::from_stored(id.to_owned()));
        let holder = Caller::of_account(own.clone(), String::new());
        assert!(holder.may_on(Action::CustomerView, &own).is_ok());
        assert!(holder.may_on(Action::CustomerView, &other).is_err() && holder.may(Action::CompanyView).is_err());
        let public = Caller { reach: Reach::Public, ..Caller::internal(Actor::Command) };
        assert!(public.may(Action::CompanyView).is_err() && public.may_on(Action::CustomerView, &own).is_err());
        assert!(public.may_publicly(Action::CustomerCreate).is_ok());
        assert!(
            clerk.may_publicly(Action::CustomerCreate).is_err() && clerk.may_on(Action::CustomerView, &own).is_ok()
        );
    }
}
