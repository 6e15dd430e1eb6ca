//! Ids: one format for every noun, one Rust type per noun.
//!
//! 16 characters `[0-9A-Za-z]`: 8 for the milliseconds in base 62 (so ids sort by time), 8 random.
//! A customer may bring its own id instead (2-40 characters of `[A-Za-z0-9.^_-]`, facts-gateway.md "Vault").

use std::fmt;
use std::marker::PhantomData;

use super::time::Timestamp;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// 62^8, the number of values of 8 characters.
const EIGHT: u64 = 218_340_105_584_896;

/// The lowest `width` base-62 digits of `value`, most significant first.
pub fn base62(mut value: u128, width: usize) -> String {
    let mut out = vec![b'0'; width];
    for slot in out.iter_mut().rev() {
        let digit = usize::try_from(value.checked_rem(62).unwrap_or(0)).unwrap_or(0);
        *slot = DIGITS.get(digit).copied().unwrap_or(b'0');
        value = value.checked_div(62).unwrap_or(0);
    }
    out.into_iter().map(char::from).collect()
}

/// The name of a noun whose ids are a type of their own.
pub trait Kind: Send + Sync + 'static {
    /// The noun as it appears in messages: "customer".
    const NAME: &'static str;
}

/// The id of a `K`.
pub struct Id<K: Kind>(String, PhantomData<fn() -> K>);

impl<K: Kind> Id<K> {
    /// The id for an instant and 64 random bits.
    pub fn from_parts(now: Timestamp, random: u64) -> Self {
        let millis = u64::try_from(now.as_millis()).unwrap_or(0).checked_rem(EIGHT).unwrap_or(0);
        Self(format!("{}{}", base62(millis.into(), 8), base62(random.into(), 8)), PhantomData)
    }

    /// Accepts what a caller wrote, if it can be an id at all: 2-40 characters `[A-Za-z0-9.^_-]`.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (2..=40).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'^' | b'_' | b'-'));
        fits.then(|| Self(text.to_owned(), PhantomData))
    }

    /// Takes an id that was read from our own file.
    pub fn from_stored(text: String) -> Self {
        Self(text, PhantomData)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K: Kind> Clone for Id<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), PhantomData)
    }
}
impl<K: Kind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: Kind> Eq for Id<K> {}
impl<K: Kind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: Kind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: Kind> std::hash::Hash for Id<K> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", K::NAME, self.0)
    }
}

macro_rules! kinds {
    ($($marker:ident $alias:ident $name:literal;)*) => {$(
        #[doc = concat!("Marks the ids of: ", $name, ".")]
        pub enum $marker {}
        impl Kind for $marker {
            const NAME: &'static str = $name;
        }
        #[doc = concat!("The id of a(n) ", $name, ".")]
        pub type $alias = Id<$marker>;
    )*};
}

// Alphabetical; one line gives a noun its own id type.
kinds! {
    AddressKind AddressId "address";
    AdjustmentKind AdjustmentId "adjustment";
    ApiKeyKind ApiKeyId "api key";
    AttemptKind AttemptId "attempt";
    BalanceMovementKind BalanceMovementId "balance movement";
    CompanyKind CompanyId "company";
    CustomerKind CustomerId "customer";
    DepositKind DepositId "deposit";
    FileBatchKind FileBatchId "file batch";
    InvoiceKind InvoiceId "invoice";
    InvoiceLineKind InvoiceLineId "invoice item";
    JobRunKind JobRunId "job run";
    LoginLinkKind LoginLinkId "login link";
    MailKind MailId "mail";
    PaymentMethodKind PaymentMethodId "payment method";
    PlanKind PlanId "plan";
    PlanStepKind PlanStepId "plan step";
    PrepaidPlanKind PrepaidPlanId "plan";
    ProcessorKind ProcessorId "processor";
    RefillKind RefillId "refill";
    SalesOrderKind SalesOrderId "order";
    SettlementBatchKind SettlementBatchId "settlement batch";
    SubscriptionKind SubscriptionId "subscription";
    TerminalKind TerminalId "terminal";
    TransactionKind TransactionId "transaction";
    UsageEventKind UsageEventId "event";
    UserKind UserId "user";
    WalletKey WalletKeyId "wallet key";
    WebhookKind WebhookId "webhook";
    WebhookReplayKind WebhookReplayId "webhook replay";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_have_sixteen_characters() {
        let early = CustomerId::from_parts(Timestamp::from_micros(1_700_000_000_000_000), u64::MAX);
        let late = CustomerId::from_parts(Timestamp::from_micros(1_700_000_000_001_000), 0);
        assert!(early < late);
        assert_eq!(early.as_str().len(), 16);
        assert!(early.as_str().bytes().all(|b| b.is_ascii_alphanumeric()));
    }

    #[test]
    fn a_callers_own_id_has_two_to_forty_safe_characters() {
        for (text, accepted) in [
            ("ab", true),
            ("a", false),
            ("", false),
            ("shop-1.user^2_x", true),
            ("has space", false),
            ("slash/", false),
            ("é1", false),
            (&"a".repeat(40), true),
            (&"a".repeat(41), false),
        ] {
            assert_eq!(CustomerId::parse(text).is_some(), accepted, "{text:?}");
        }
    }
}
