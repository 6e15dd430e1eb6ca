//! Dates and times as people of a language write them, by the clock of the company's zone.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::Language;
use crate::domain::time::Timestamp;

const MONTHS: [[&str; 12]; 4] = [
    [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
];

fn month(date: Date, language: Language) -> &'static str {
    let [english, swedish, german, french] = &MONTHS;
    let names = match language {
        Language::English => english,
        Language::Swedish => swedish,
        Language::German => german,
        Language::French => french,
    };
    let index = usize::try_from(date.month()).unwrap_or(1).saturating_sub(1);
    names.get(index).copied().unwrap_or_default()
}

/// "3 November 2026", "3. November 2026", "1er novembre 2026".
pub fn day(date: Date, language: Language) -> String {
    format!("{} {} {}", number(date, language), month(date, language), date.year())
}

/// "3 November": a day near enough that its year is not asked for.
pub fn day_of_month(date: Date, language: Language) -> String {
    format!("{} {}", number(date, language), month(date, language))
}

fn number(date: Date, language: Language) -> String {
    match (language, date.day()) {
        (Language::German, day) => format!("{day}."),
        (Language::French, 1) => "1er".to_owned(),
        (_, day) => day.to_string(),
    }
}

/// A day and the time on it, to the minute: "3 November 2026, 14:05".
pub fn moment(at: Timestamp, zone: &TimeZone, language: Language) -> String {
    let civil = at.civil_in(zone);
    format!("{}, {:02}:{:02}", day(civil.date(), language), civil.hour(), civil.minute())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_moments() {
        for (language, first, last) in [
            (Language::English, "1 March 2026", "31 December 2026"),
            (Language::Swedish, "1 mars 2026", "31 december 2026"),
            (Language::German, "1. März 2026", "31. Dezember 2026"),
            (Language::French, "1er mars 2026", "31 décembre 2026"),
        ] {
            assert_eq!(day(date(2026, 3, 1), language), first);
            assert_eq!(day(date(2026, 12, 31), language), last);
        }
        assert_eq!(day_of_month(date(2026, 8, 9), Language::French), "9 août");
        let at = Timestamp::parse_rfc3339("2026-11-02T23:30:00Z").expect("an instant");
        let stockholm = crate::domain::time::zone_named("Europe/Stockholm").expect("a zone");
        assert_eq!(moment(at, &stockholm, Language::Swedish), "3 november 2026, 00:30");
    }
}
