//! Links that open a customer's pages: each is good once, for three days.

use super::customer::CustomerRecord;
use super::id::{CustomerId, LoginLinkId};
use super::text::is_email;
use super::time::{DAY, HOUR, Timestamp};

/// How long a link lives, microseconds (facts-payfunc.md, "POST /account/{id}/link": exactly three days).
pub const LIFE: i64 = 3 * DAY;
/// Links that one customer may ask for themselves in [`ASKED_IN`] (RELIABILITY.md S47).
pub const ASKED_MAX: u32 = 5;
/// The time that [`ASKED_MAX`] counts, microseconds.
pub const ASKED_IN: i64 = HOUR;
/// Longest contact that a merchant notes with a link, characters.
pub const CONTACT_MAX: usize = 254;

/// A link, without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginLink {
    /// The id; it opens nothing.
    pub id: LoginLinkId,
    /// Whose pages it opens.
    pub customer_id: CustomerId,
    /// What the merchant noted with it; "" where nothing was.
    pub contact: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// The first instant at which it opens nothing any more.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

impl LoginLink {
    /// Whether it opens at `now`.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.used_at.is_none() && now < self.expires_at
    }
}

/// The one address that mail to this customer goes to: their own, else that of the billing address. Nobody who asks
/// for a mail names another (RELIABILITY.md S48).
pub fn stored_address(record: &CustomerRecord) -> Option<&str> {
    let own = record.customer.profile.email.as_deref();
    let billing = record.default_billing().map(|address| address.postal.email.as_str());
    own.into_iter().chain(billing).find(|address| is_email(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_open_for_three_days_and_until_it_is_used() {
        let made = Timestamp::from_micros(1_700_000_000_000_000);
        let link = LoginLink {
            id: LoginLinkId::from_parts(made, 1),
            customer_id: CustomerId::from_parts(made, 2),
            contact: String::new(),
            created_at: made,
            expires_at: made.plus(LIFE),
            used_at: None,
        };
        for (used, after, open) in
            [(None, 0, true), (None, LIFE - 1, true), (None, LIFE, false), (Some(made), 1, false), (None, -1, true)]
        {
            assert_eq!(LoginLink { used_at: used, ..link.clone() }.is_open(made.plus(after)), open, "{used:?} {after}");
        }
    }
}
