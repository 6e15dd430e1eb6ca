//! The year of the demo company, as a table: what happens how many days before its end.

use super::counter::{Charge, EVERYDAY, With};
use super::invoices::{DemoInvoice, OPEN, PAID, PARTIAL, PAST_DUE};
use super::people::{PEOPLE, Person};
use super::prepaid::GUESTS_OF;
use crate::domain::subscription::SubscriptionStatus;
use crate::domain::transaction::TransactionType;

/// Days that the story takes.
pub(super) const DAYS: i64 = 366;
/// Days between two everyday sales.
const EVERY_DAYS: i64 = 9;
/// Days on which there are cups.
const DAYS_OF_CUPS: i64 = 120;

/// Something that happens.
pub(super) enum Act {
    /// The company is founded and its catalogue filled.
    Found,
    /// A customer joins and subscribes.
    Join(&'static Person),
    /// A customer brings another card: who, and its number.
    NewCard(&'static str, &'static str),
    /// Somebody pauses or cancels a subscription: whose.
    Status(&'static str, SubscriptionStatus),
    /// A charge through the API.
    Charge(Charge),
    /// Held money is taken: order, minor units.
    Capture(&'static str, i64),
    /// Held money is let go.
    Void(&'static str),
    /// Money goes back: order, minor units.
    Refund(&'static str, i64),
    /// Units are paid into a customer's prepaid balance: whose, how many.
    Prepay(&'static str, i64),
    /// Units are bought by themselves from now on: whose, when so many are left, how many, minor units for them.
    Refill(&'static str, i64, i64, i64),
    /// Units are spent from it.
    Spend(&'static str, i64),
    /// Units of it are held back.
    Reserve(&'static str, i64),
    /// An invoice is issued.
    Issue(&'static DemoInvoice),
    /// An invoice is paid on its page: number, a part in minor units or all.
    Pay(&'static str, Option<i64>),
}

/// Every act with its day before the end, in order.
pub(super) fn acts() -> Vec<(i64, Act)> {
    let mut acts = vec![(DAYS, Act::Found)];
    acts.extend(PEOPLE.iter().map(|person| (person.joins_days_ago, Act::Join(person))));
    acts.extend(everyday());
    acts.extend(changes());
    acts.extend(till());
    acts.extend(prepaid());
    acts.extend(invoices());
    // The sort is stable: what happens on one day happens in the order written here.
    acts.sort_by_key(|(days_ago, _)| std::cmp::Reverse(*days_ago));
    acts
}

fn everyday() -> impl Iterator<Item = (i64, Act)> {
    let days = (1..DAYS / EVERY_DAYS).map(|round| DAYS - round * EVERY_DAYS);
    days.zip(EVERYDAY.iter().cycle()).map(|(days_ago, (minor, what, card))| {
        let charge = Charge { order: "", kind: TransactionType::Sale, minor: *minor, with: With::Card(card), what };
        (days_ago, Act::Charge(charge))
    })
}

fn changes() -> Vec<(i64, Act)> {
    vec![
        (226, Act::NewCard("marcus-bell", "4242424242424242")),
        (112, Act::NewCard("emma-sorensen", "5555555555554444")),
        (90, Act::Status("liam-fraser", SubscriptionStatus::Cancelled)),
        (60, Act::Status("daniel-okafor", SubscriptionStatus::Paused)),
        (40, Act::Status("ines-carvalho", SubscriptionStatus::Completed)),
    ]
}

fn till() -> Vec<(i64, Act)> {
    use TransactionType::{Authorize, Credit, Sale, Verification};
    let charge = |order, kind, minor, with, what| Act::Charge(Charge { order, kind, minor, with, what });
    let card = With::Card;
    vec![
        (58, charge("WEB-1031", Authorize, 12_000, card("4242424242424242"), "Tasting for twelve")),
        (57, Act::Capture("WEB-1031", 9_500)),
        (44, charge("WEB-1042", Sale, 6_800, card("5555555555554444"), "Pour-over set")),
        (39, Act::Refund("WEB-1042", 2_300)),
        (33, charge("WEB-1057", Sale, 4_150, With::Token("tok_visa"), "Two bags, wrong grind")),
        (31, Act::Refund("WEB-1057", 4_150)),
        (26, charge("WEB-1063", Authorize, 7_900, card("4111111111111111"), "Kettle, out of stock")),
        (25, Act::Void("WEB-1063")),
        (18, charge("WEB-1070", Sale, 5_200, card("4000000000000002"), "Declined by the bank")),
        (18, charge("WEB-1071", Sale, 5_200, card("5555555555554444"), "The same with another card")),
        (15, charge("WEB-1074", Verification, 0, card("4242424242424242"), "Is the card good?")),
        (11, charge("WEB-1077", Credit, 1_500, card("4242424242424242"), "Goodwill")),
        (8, charge("TILL-8", Sale, 1_240, With::Terminal, "At the counter")),
        (5, charge("WEB-1080", Sale, 3_300, With::Token("tok_answerLost"), "The answer got lost")),
        (1, charge("WEB-1084", Authorize, 15_000, card("4242424242424242"), "Held until it ships")),
    ]
}

/// Cups for a company's guests: paid in advance, drunk every other day, bought again when few are left.
fn prepaid() -> Vec<(i64, Act)> {
    let who = GUESTS_OF;
    let spent = [4, 7, 3, 9, 5, 6, 2, 8].into_iter().cycle();
    let days = (1..=DAYS_OF_CUPS / 2).map(|round| DAYS_OF_CUPS - 2 * round);
    let mut acts = vec![(DAYS_OF_CUPS, Act::Prepay(who, 200)), (DAYS_OF_CUPS, Act::Refill(who, 40, 100, 18_000))];
    acts.extend(days.zip(spent).map(|(days_ago, units)| (days_ago.max(1), Act::Spend(who, units))));
    acts.push((2, Act::Reserve(who, 25)));
    acts
}

fn invoices() -> Vec<(i64, Act)> {
    vec![
        (42, Act::Issue(&PAST_DUE)),
        (9, Act::Issue(&PAID)),
        (7, Act::Issue(&PARTIAL)),
        (4, Act::Pay(PAID.number, None)),
        (3, Act::Pay(PARTIAL.number, Some(75_000))),
        (1, Act::Issue(&OPEN)),
    ]
}
