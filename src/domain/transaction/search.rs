//! What transactions can be searched by.

use jiff::ToSpan as _;
use jiff::tz::TimeZone;

use crate::domain::customer::TextMatch;
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

/// First and last instant, both included; an open end is `None`.
pub type Span = (Option<Timestamp>, Option<Timestamp>);

/// What to search transactions by; everything named must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionFilter {
    /// Texts.
    pub texts: Vec<(TextField, TextMatch)>,
    /// Amounts, minor units.
    pub numbers: Vec<(NumberField, Comparison, i64)>,
    /// Parts of the billing address.
    pub billing: Vec<(AddressPart, TextMatch)>,
    /// Parts of the shipping address.
    pub shipping: Vec<(AddressPart, TextMatch)>,
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
        let found = self.texts.iter().find(|(named, wanted)| *named == field && !wanted.is_excluded);
        found.map(|(_, wanted)| wanted.value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
