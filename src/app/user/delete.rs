//! Removing a user: its keys, sessions and links with it; documents keep its name.

use serde_json::json;

use super::super::write_once::Asked;
use super::super::{App, Caller, event};
use super::update::{check_admin_stays, end_access_in};
use super::{check_may_manage, find_in};
use crate::domain::access::Action;
use crate::domain::event::Topic;
use crate::domain::id::UserId;
use crate::error::Result;
use crate::store::{self, WriteTx};

impl App {
    /// Removes a user. Its credentials are refused from the next request on.
    ///
    /// # Errors
    /// `Forbidden`, also where the user may do more than the caller; `NotFound`; `Conflict` for the last active
    /// administrator.
    pub async fn user_delete(&self, caller: &Caller, id: UserId) -> Result<()> {
        caller.may(Action::UserManage)?;
        let asked = Asked::new("user", "user.delete").with(id.as_str());
        let work = move |tx: &mut WriteTx<'_>, caller: &Caller| delete_in(tx, caller, &id).map(|()| id.to_string());
        self.write_once(caller, asked, work, |_, _| Ok(())).await
    }
}

fn delete_in(tx: &mut WriteTx<'_>, caller: &Caller, id: &UserId) -> Result<()> {
    let user = find_in(tx, id)?;
    check_may_manage(caller, &user)?;
    check_admin_stays(tx, &user, false)?;
    end_access_in(tx, id)?;
    store::api_key::delete_of_user(tx, id)?;
    store::user::set_deleted(tx, id)?;
    event::emit(tx, caller, Topic::UserDeleted, id.as_str(), &json!({ "username": user.username }))
}
