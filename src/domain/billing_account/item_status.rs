//! Where an item of an order stands, and the one table of what an event may make of it (facts-payfunc.md, "Item
//! status").

macro_rules! names {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum $type {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name on the wire and in the file.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Reads the name.
            pub fn parse(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.as_str() == text)
            }
        }
    };
}

names! {
    /// Where an item stands.
    ItemStatus {
        Created "created";
        Deferred "deferred";
        Pending "pending";
        Denied "denied";
        Ordered "ordered";
        Cancelled "cancelled";
        Charged "charged";
        Paid "paid";
        Refunded "refunded";
        Settled "settled";
        Synchronized "synchronized";
    }
}

names! {
    /// What happens to items.
    EventType {
        Defer "defer";
        Pend "pend";
        Deny "deny";
        Order "order";
        Cancel "cancel";
        Charge "charge";
        Pay "pay";
        Refund "refund";
        Fail "fail";
        Settle "settle";
        Synchronize "synchronize";
    }
}

impl EventType {
    /// What an item becomes; `None` where the event changes none.
    pub fn makes(self) -> Option<ItemStatus> {
        Some(match self {
            Self::Defer => ItemStatus::Deferred,
            Self::Pend => ItemStatus::Pending,
            Self::Deny => ItemStatus::Denied,
            Self::Order => ItemStatus::Ordered,
            Self::Cancel => ItemStatus::Cancelled,
            Self::Charge => ItemStatus::Charged,
            Self::Pay => ItemStatus::Paid,
            Self::Refund => ItemStatus::Refunded,
            Self::Settle => ItemStatus::Settled,
            Self::Synchronize => ItemStatus::Synchronized,
            Self::Fail => return None,
        })
    }

    /// Whether an item that stands at `status` may take this event. The facts say nothing of `synchronize`: it is for
    /// an item that nothing happened to yet.
    pub fn may_follow(self, status: ItemStatus) -> bool {
        use ItemStatus as S;
        let from: &[S] = match self {
            Self::Defer => &[S::Synchronized, S::Created, S::Pending],
            Self::Pend => &[S::Synchronized, S::Created, S::Deferred],
            Self::Deny | Self::Order => &[S::Synchronized, S::Created, S::Deferred, S::Pending],
            Self::Cancel => &[S::Synchronized, S::Created, S::Deferred, S::Pending, S::Ordered],
            Self::Charge => &[S::Synchronized, S::Ordered],
            Self::Pay => &[S::Synchronized, S::Charged],
            Self::Refund => &[S::Synchronized, S::Charged, S::Paid],
            Self::Settle => &[S::Charged, S::Refunded, S::Settled],
            Self::Synchronize => &[S::Created],
            Self::Fail => &[],
        };
        from.contains(&status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row per event, a column per status in the order of [`ItemStatus::ALL`]; `x` is allowed.
    #[test]
    fn the_table_of_transitions() {
        let head = "created deferred pending denied ordered cancelled charged paid refunded settled synchronized";
        let columns: Vec<ItemStatus> = head.split(' ').map(|name| ItemStatus::parse(name).expect("a status")).collect();
        assert_eq!(columns, ItemStatus::ALL);
        for (event, row) in [
            ("defer", "x-x-------x"),
            ("pend", "xx--------x"),
            ("deny", "xxx-------x"),
            ("order", "xxx-------x"),
            ("cancel", "xxx-x-----x"),
            ("charge", "----x-----x"),
            ("pay", "------x---x"),
            ("refund", "------xx--x"),
            ("fail", "-----------"),
            ("settle", "------x-xx-"),
            ("synchronize", "x----------"),
        ] {
            let kind = EventType::parse(event).expect("an event");
            let found: String = columns.iter().map(|status| if kind.may_follow(*status) { 'x' } else { '-' }).collect();
            assert_eq!(found, row, "{event}");
        }
        assert_eq!(EventType::ALL.len(), 11);
        assert_eq!(EventType::parse("explode"), None);
        let unchanging: Vec<_> = EventType::ALL.iter().filter(|kind| kind.makes().is_none()).collect();
        assert_eq!(unchanging, [&EventType::Fail]);
    }
}
