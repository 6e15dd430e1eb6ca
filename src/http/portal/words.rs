//! Words that several pages of the portal say: names, methods, states, and what was done.

use jiff::civil::Date;

use crate::domain::customer::CustomerRecord;
use crate::domain::invoice::{Invoice, InvoiceStatus};
use crate::domain::language::Language;
use crate::domain::payment_method::{MethodDetails, PaymentMethod};
use crate::domain::subscription::SubscriptionStatus;
use crate::domain::time::Timestamp;
use crate::domain::transaction::{Transaction, TransactionStatus, TransactionType};
use crate::http::view::tone::{Notice, Tone};
use crate::i18n::portal_documents::PortalStates;
use crate::i18n::portal_frame::PortalAnswers;
use crate::i18n::portal_methods::PortalMethods;
use crate::i18n::portal_subscriptions::PortalSubscriptions;
use crate::i18n::{dates, fill};

/// How a customer is called: their name, else that on the billing address.
pub(super) fn customer_name(record: &CustomerRecord) -> Option<String> {
    let own = record.customer.profile.name.clone();
    let billing = record.default_billing().map(|address| {
        let postal = &address.postal;
        let person = format!("{} {}", postal.first_name, postal.last_name).trim().to_owned();
        if person.is_empty() { postal.company.clone() } else { person }
    });
    own.into_iter().chain(billing).find(|name| !name.is_empty())
}

/// "Visa •••• 1111", "Bank account •••• 6789".
pub(super) fn method_name(method: &PaymentMethod, language: Language) -> String {
    match &method.details {
        MethodDetails::Card { brand, .. } => format!("{} •••• {}", brand.label(), method.last_four),
        MethodDetails::Ach { .. } => format!("{} •••• {}", PortalMethods::of(language).bank, method.last_four),
    }
}

/// "08 / 2028" and whether that is over.
pub(super) fn method_expiry(method: &PaymentMethod, today: Date, language: Language) -> Option<(String, bool)> {
    let MethodDetails::Card { expiry, .. } = &method.details else { return None };
    let (words, over) = (PortalMethods::of(language), expiry.is_expired(today));
    let text = if over { words.expired } else { words.expires };
    Some((fill(text, &[&expiry.to_mm_yy()]), over))
}

/// Where a subscription stands.
pub(super) fn subscription_state(status: SubscriptionStatus, language: Language) -> (&'static str, Tone) {
    use SubscriptionStatus as S;
    let words = PortalSubscriptions::of(language);
    match status {
        S::Active => (words.active, Tone::Good),
        S::Failing => (words.failing, Tone::Warn),
        S::Failed => (words.failed, Tone::Bad),
        S::Error => (words.waiting, Tone::Warn),
        S::Completed => (words.completed, Tone::Neutral),
        S::Paused => (words.paused, Tone::Info),
        S::PastDue => (words.past_due, Tone::Bad),
        S::Cancelled => (words.cancelled, Tone::Neutral),
        S::Stopped => (words.stopped, Tone::Bad),
    }
}

/// Where an invoice stands at `now`.
pub(super) fn invoice_state(invoice: &Invoice, now: Timestamp, language: Language) -> (&'static str, Tone) {
    use InvoiceStatus as S;
    let words = PortalStates::of(language);
    let is_late = invoice.date_due < now;
    match invoice.status {
        S::Paid => (words.paid, Tone::Good),
        S::Authorized => (words.authorized, Tone::Info),
        S::PayingViaMail => (words.by_mail, Tone::Info),
        S::Rejected => (words.rejected, Tone::Bad),
        S::Void => (words.void, Tone::Neutral),
        S::Failed => (words.failed, Tone::Bad),
        S::Declined => (words.declined, Tone::Bad),
        S::PastDue => (words.overdue, Tone::Bad),
        S::Pending | S::PartiallyPaid if is_late => (words.overdue, Tone::Bad),
        S::PartiallyPaid => (words.partially_paid, Tone::Warn),
        S::Pending => (words.open, Tone::Info),
    }
}

/// Where a payment stands.
pub(super) fn payment_state(t: &Transaction, language: Language) -> (&'static str, Tone) {
    use TransactionStatus as S;
    let words = PortalStates::of(language);
    if matches!(t.kind, TransactionType::Refund | TransactionType::Credit) {
        return (words.money_back, Tone::Info);
    }
    match t.status {
        S::Authorized => (words.authorized, Tone::Info),
        S::Voided | S::Reversed => (words.cancelled, Tone::Neutral),
        S::Refunded => (words.money_back, Tone::Info),
        S::PartiallyRefunded => (words.part_back, Tone::Info),
        S::Returned | S::LateReturn => (words.returned, Tone::Bad),
        S::PendingSettlement | S::Settled => (words.money_paid, Tone::Good),
        S::Unknown | S::Pending | S::Declined => (words.confirming, Tone::Info),
    }
}

/// A day of the page's company in the page's language.
pub(super) fn day_of(at: Timestamp, company: &crate::domain::company::Company, language: Language) -> String {
    dates::day(at.date_in(&company.zone()), language)
}

macro_rules! done {
    ($($variant:ident $name:literal $word:ident $tone:ident;)*) => {
        /// What was done, as the address after a form says it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Done { $($variant,)* }

        impl Done {
            fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            fn parse(text: &str) -> Option<Self> {
                match text { $($name => Some(Self::$variant),)* _ => None }
            }

            fn notice(self, words: &PortalAnswers) -> Notice {
                match self { $(Self::$variant => Notice::new(Tone::$tone, words.$word, ""),)* }
            }
        }
    };
}

done! {
    CardAdded "card-added" card_added Good;
    BankAdded "bank-added" bank_added Good;
    DefaultChanged "default-changed" default_changed Good;
    MethodRemoved "method-removed" method_removed Good;
    Paused "paused" paused Info;
    Resumed "resumed" resumed Good;
    Cancelled "cancelled" cancelled Info;
    MethodChanged "method-changed" method_changed Good;
    ProfileSaved "profile-saved" profile_saved Good;
    AddressSaved "address-saved" address_saved Good;
    ElsewhereEnded "elsewhere-ended" elsewhere_ended Good;
    ToppedUp "topped-up" topped_up Good;
    TopUpConfirming "top-up-confirming" top_up_confirming Info;
}

/// Where a form that worked leads.
pub(super) fn done_path(path: &str, done: Done) -> String {
    format!("{path}?done={}", done.name())
}

/// What the page says of a form that worked.
pub(super) fn done_notice(query: &str, language: Language) -> Option<Notice> {
    let said = query.split('&').find_map(|pair| pair.strip_prefix("done="))?;
    Done::parse(said).map(|done| done.notice(PortalAnswers::of(language)))
}

/// The place before which a page of a list begins: `before=` of the address.
pub(super) fn before_of(query: &str) -> Option<i64> {
    query.split('&').find_map(|pair| pair.strip_prefix("before="))?.parse().ok().filter(|key| *key > 0)
}
