//! What transactions can be searched by.

use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::domain::time::{Timestamp, start_of_day};

/// Months that a search covers where it names no dates (facts-gateway.md, "Actions").
pub const WINDOW_MONTHS: i32 = 4;

macro_rules! fields {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl $type {
            /// The name that the store's question knows it by.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

fields! {
    /// A text of a transaction.
    TextField {
        TransactionId "transaction_id";
        OrderId "order_id";
        TransactionOrOrderId "transaction_or_order_id";
        CustomerId "customer_id";
        SubscriptionId "subscription_id";
        SettlementBatchId "settlement_batch_id";
        UserId "user_id";
        UserName "user_name";
        Type "type";
        Status "status";
        Source "source";
        IpAddress "ip_address";
        PoNumber "po_number";
        PaymentMethod "payment_method";
        PaymentType "payment_type";
        ProcessorId "processor_id";
        ProcessorName "processor_name";
        TerminalId "terminal_id";
        TerminalDescription "terminal_description";
        Currency "currency";
        FirstSix "first_six";
        LastFour "last_four";
        Fingerprint "fingerprint";
        BillingAddressId "billing_address_id";
        ShippingAddressId "shipping_address_id";
    }
}

fields! {
    /// An amount of a transaction, minor units.
    NumberField {
        Amount "amount";
        Authorized "authorized";
        Captured "captured";
        Settled "settled";
        Tax "tax";
    }
}

fields! {
    /// How a number is compared.
    Comparison {
        Equal "=";
        NotEqual "!=";
        Less "<";
        Greater ">";
    }
}

fields! {
    /// How a text is compared.
    TextComparison {
        Equal "=";
        NotEqual "!=";
        Like "%";
    }
}

/// A text to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextWanted {
    /// The whole text; for `Like` a pattern in which "%" stands for anything.
    pub value: String,
    /// How.
    pub comparison: TextComparison,
}

fields! {
    /// A part of an address as the transaction keeps it.
    AddressPart {
        FirstName "first_name";
        LastName "last_name";
        Company "company";
        Line1 "address_line_1";
        Line2 "address_line_2";
        City "city";
        State "state";
        PostalCode "postal_code";
        Country "country";
        Email "email";
        Phone "phone";
        Fax "fax";
    }
}

fields! {
    /// A span of dates by its name.
    Duration {
        Today "today";
        Yesterday "yesterday";
        ThisMonth "this_month";
        LastMonth "last_month";
        ThisYear "this_year";
        LastYear "last_year";
    }
}

impl Duration {
    /// Reads the name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Today, Self::Yesterday, Self::ThisMonth, Self::LastMonth, Self::ThisYear, Self::LastYear]
            .into_iter()
            .find(|duration| duration.as_str() == text)
    }

    /// Its first and last instant where `today` is in `zone`.
    pub fn span(self, today: Date, zone: &TimeZone) -> Span {
        let (month, year) = (today.first_of_month(), today.first_of_year());
        let (first, next) = match self {
            Self::Today => (today, today.saturating_add(1.day())),
            Self::Yesterday => (today.saturating_sub(1.day()), today),
            Self::ThisMonth => (month, month.saturating_add(1.month())),
            Self::LastMonth => (month.saturating_sub(1.month()), month),
            Self::ThisYear => (year, year.saturating_add(1.year())),
            Self::LastYear => (year.saturating_sub(1.year()), year),
        };
        (Some(start_of_day(first, zone)), Some(start_of_day(next, zone).plus(-1)))
    }
}

/// First and last instant, both included; an open end is `None`.
pub type Span = (Option<Timestamp>, Option<Timestamp>);

/// What to search transactions by; everything named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Texts.
    pub texts: Vec<(TextField, TextWanted)>,
    /// Amounts, minor units.
    pub numbers: Vec<(NumberField, Comparison, i64)>,
    /// Parts of the billing address.
    pub billing: Vec<(AddressPart, TextWanted)>,
    /// Parts of the shipping address.
    pub shipping: Vec<(AddressPart, TextWanted)>,
    /// Values of custom fields, by the field's id.
    pub custom: Vec<(String, TextWanted)>,
    /// When it was made.
    pub created: Span,
    /// When it last changed.
    pub updated: Span,
    /// When it was captured.
    pub captured: Span,
    /// When it settled.
    pub settled: Span,
}

impl TransactionFilter {
    /// The filter with the window that holds where it names no dates: from [`WINDOW_MONTHS`] before `now`.
    #[must_use]
    pub fn windowed(mut self, now: Timestamp) -> Self {
        let open: Span = (None, None);
        if [self.created, self.updated, self.captured, self.settled].iter().all(|span| *span == open) {
            let first = now.utc_date().saturating_sub(WINDOW_MONTHS.months());
            self.created.0 = Some(start_of_day(first, &TimeZone::UTC));
        }
        self
    }

    /// The value that `field` must have, where the filter says so.
    pub fn required(&self, field: TextField) -> Option<&str> {
        required(&self.texts, field)
    }

    /// Whether it asks for nothing but when the transaction was made.
    pub fn is_open(&self) -> bool {
        let dated = Self { created: self.created, ..Self::default() };
        *self == dated
    }
}

/// The value that `field` must have, where `wanted` says so.
pub fn required<F: Copy + PartialEq>(wanted: &[(F, TextWanted)], field: F) -> Option<&str> {
    let is_equal = |wanted: &TextWanted| wanted.comparison == TextComparison::Equal && !wanted.value.is_empty();
    let found = wanted.iter().find(|(named, wanted)| *named == field && is_equal(wanted));
    found.map(|(_, wanted)| wanted.value.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_a_span_of_the_merchants_days() {
        let zone = TimeZone::get("America/New_York").expect("a zone");
        for (name, first, last) in [
            ("today", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59.999999Z"),
            ("yesterday", "2026-03-07T05:00:00Z", "2026-03-08T04:59:59.999999Z"),
            ("this_month", "2026-03-01T05:00:00Z", "2026-04-01T03:59:59.999999Z"),
            ("last_month", "2026-02-01T05:00:00Z", "2026-03-01T04:59:59.999999Z"),
            ("this_year", "2026-01-01T05:00:00Z", "2027-01-01T04:59:59.999999Z"),
            ("last_year", "2025-01-01T05:00:00Z", "2026-01-01T04:59:59.999999Z"),
        ] {
            let at = |text: &str| Timestamp::parse_rfc3339(text).expect("RFC 3339");
            let duration = Duration::parse(name).expect("a duration");
            assert_eq!(
                duration.span(jiff::civil::date(2026, 3, 8), &zone),
                (Some(at(first)), Some(at(last))),
                "{name}"
            );
        }
        assert_eq!(Duration::parse("this_week"), None);
    }

    #[test]
    fn a_search_without_dates_covers_four_months() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).expect("RFC 3339");
        for (now, first) in [
            ("2026-06-15T10:00:00Z", "2026-02-15T00:00:00Z"),
            ("2026-06-30T23:59:59Z", "2026-02-28T00:00:00Z"),
            ("2026-01-01T00:00:00Z", "2025-09-01T00:00:00Z"),
        ] {
            let filter = TransactionFilter::default().windowed(at(now));
            assert_eq!(filter.created, (Some(at(first)), None), "{now}");
        }
        let dated = TransactionFilter { settled: (None, Some(at("2020-01-01T00:00:00Z"))), ..Default::default() };
        assert_eq!(dated.clone().windowed(at("2026-06-15T10:00:00Z")), dated);
    }
}
