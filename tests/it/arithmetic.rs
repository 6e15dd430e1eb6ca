//! Money and calendar arithmetic against an independent computation: Python's `decimal` and `python-dateutil`.
//!
//! Random cases with our results go to a file that `tests/arithmetic/compare.py` recomputes.
//! `BURSAR_ARITHMETIC_CASES` sets how many (2,000 unless told), `BURSAR_ARITHMETIC_SEED` which (1), and
//! `BURSAR_PYTHON` the interpreter (`target/venv/bin/python3`, else `python3`).

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use bursar::domain::currency::Currency;
use bursar::domain::money::{AMOUNT_MAX_MINOR, Money};
use bursar::domain::rate::Rate;
use bursar::domain::recurring::price::{Adjustment, Value, price_period};
use bursar::domain::recurring::schedule::BillingRule;
use bursar::domain::time::{SECOND, start_of_day, zone_named};
use jiff::Span;
use jiff::civil::Date;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt as _, SeedableRng as _};

/// The zones of RELIABILITY.md 3.2.7.
const ZONES: [&str; 8] = [
    "UTC",
    "America/New_York",
    "Europe/London",
    "America/Sao_Paulo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Africa/Casablanca",
];

#[test]
fn arithmetic_agrees_with_python() {
    let cases = setting("BURSAR_ARITHMETIC_CASES").map_or(2_000, |text| text.parse().expect("a number of cases"));
    let seed = setting("BURSAR_ARITHMETIC_SEED").map_or(1, |text| text.parse().expect("a seed"));
    let mut draw = Draw(ChaCha20Rng::seed_from_u64(seed));
    let mut text = String::new();
    for case in 0..cases {
        let line = match case % 8 {
            0 | 1 => draw.percent(),
            2 => draw.split(),
            3 => draw.major(),
            4 => draw.price(),
            7 => draw.midnight(),
            _ => draw.schedule(),
        };
        writeln!(text, "{line}").expect("a string takes all");
    }
    let folder = tempfile::tempdir().expect("a folder for the cases");
    let file = folder.path().join("cases.tsv");
    std::fs::write(&file, text).expect("the cases are written");
    let (succeeded, said) = compare(&file);
    assert!(succeeded, "seed {seed}: {said}");
    assert_eq!(said.trim(), format!("{cases} cases, 0 differences"));
}

/// The comparison itself can fail: it sees one wrong cent, one wrong day.
#[test]
fn the_comparison_sees_a_difference() {
    for (line, shown) in [
        ("percent\t1005\t2500\t26", "ours 26, expected 25"),
        ("split\t100\t1,1,1\t33,34,33", "expected 34,33,33"),
        ("major\t5\t2\t0.5", "expected 0.05"),
        ("price\t1000\t\ta600,a600\t-200", "expected 0"),
        ("schedule\tmonthly\t0\t1\t2026-01-31\t2\t2026-01-31,2026-03-03", "expected 2026-01-31,2026-02-28"),
        ("midnight\t2018-11-04\tAmerica/Sao_Paulo\t1541296800", "expected 1541300400"),
    ] {
        let folder = tempfile::tempdir().expect("a folder for the case");
        let file = folder.path().join("cases.tsv");
        std::fs::write(&file, format!("{line}\n")).expect("the case is written");
        let (succeeded, said) = compare(&file);
        assert!(!succeeded && said.contains(shown) && said.contains("1 cases, 1 differences"), "{line}: {said}");
    }
}

/// Runs the comparison; whether it found nothing, and what it said.
fn compare(file: &Path) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/arithmetic/compare.py");
    let python = python();
    let answer = Command::new(&python).arg(script).arg(file).output();
    let answer = answer.unwrap_or_else(|error| panic!("{} does not run: {error}", python.display()));
    let complaint = String::from_utf8_lossy(&answer.stderr);
    assert!(answer.status.code() != Some(2), "{} cannot compare: {}", python.display(), complaint.trim());
    (answer.status.success(), format!("{}{complaint}", String::from_utf8_lossy(&answer.stdout)))
}

fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python3");
    match setting("BURSAR_PYTHON") {
        Some(path) => path.into(),
        None if own.exists() => own,
        None => "python3".into(),
    }
}

#[expect(clippy::disallowed_methods, reason = "settings of this test, not of the program")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Draws cases; each is a line of the comparison with our result at its end.
struct Draw(ChaCha20Rng);

impl Draw {
    fn percent(&mut self) -> String {
        let thousandths = self.0.random_range(0..=1_000_000);
        // The largest amounts times 1000 % leave the range, which is tested where the rule is.
        let amount = self.amount(AMOUNT_MAX_MINOR / 10);
        let rate = Rate::from_thousandths(thousandths).expect("in range");
        let ours = rate.of(usd(amount)).expect("in range").minor();
        format!("percent\t{amount}\t{thousandths}\t{ours}")
    }

    fn split(&mut self) -> String {
        let amount = self.amount(AMOUNT_MAX_MINOR);
        let most = if self.0.random_bool(0.5) { 4 } else { u32::MAX };
        let weights: Vec<u32> = (0..self.0.random_range(1..12)).map(|_| self.0.random_range(0..=most)).collect();
        let parts = usd(amount).split(&weights);
        format!("split\t{amount}\t{}\t{}", joined(&weights), joined(parts.into_iter().map(Money::minor)))
    }

    fn major(&mut self) -> String {
        let amount = self.amount(AMOUNT_MAX_MINOR);
        let currency = ["JPY", "USD", "KWD", "CLF"][self.0.random_range(0..4)];
        let currency = Currency::parse(currency).expect("known");
        let ours = Money::new(amount, currency).expect("in range").to_major_string();
        format!("major\t{amount}\t{}\t{ours}", currency.decimals())
    }

    fn price(&mut self) -> String {
        let base = self.amount(100_000_000).abs();
        let (add_ons, discounts) = (self.adjustments(), self.adjustments());
        let made = |list: &[String]| list.iter().map(|text| adjustment(text)).collect::<Vec<_>>();
        let priced = price_period(usd(base), &made(&add_ons), &made(&discounts)).expect("in range");
        format!("price\t{base}\t{}\t{}\t{}", joined(add_ons), joined(discounts), priced.total.minor())
    }

    fn adjustments(&mut self) -> Vec<String> {
        (0..self.0.random_range(0..5))
            .map(|_| match self.0.random_bool(0.5) {
                true => format!("a{}", self.0.random_range(0..5_000_000)),
                false => format!("p{}", self.0.random_range(0..=100_000)),
            })
            .collect()
    }

    fn schedule(&mut self) -> String {
        let interval = if self.0.random_bool(0.5) { 1 } else { self.0.random_range(1..=36) };
        let (frequency, days) = match self.0.random_range(0..5) {
            0 => ("daily", self.0.random_range(1..=255).to_string()),
            1 | 2 => {
                let first = self.0.random_range(1..31);
                ("twice_monthly", format!("{first},{}", self.0.random_range(first + 1..=31)))
            }
            _ => ("monthly", self.0.random_range(0..=31).to_string()),
        };
        // Half of the first dates stand at the end of a month, where clamping is.
        let drawn = self.date(83_900);
        let first = if self.0.random_bool(0.5) { drawn.last_of_month() } else { drawn };
        let count = self.0.random_range(2..30);
        let rule = BillingRule::from_stored(frequency, &days, interval).expect("a valid rule");
        let ours = joined(rule.dates_from(first).take(count));
        format!("schedule\t{frequency}\t{days}\t{interval}\t{first}\t{count}\t{ours}")
    }

    fn midnight(&mut self) -> String {
        let zone = ZONES[self.0.random_range(0..ZONES.len())];
        let date = self.date(20_000); // to 2024: what is past does not change with new zone data
        let ours = start_of_day(date, &zone_named(zone).expect("known")).as_micros() / SECOND;
        format!("midnight\t{date}\t{zone}\t{ours}")
    }

    /// A date within `days` of 1970.
    fn date(&mut self, days: i64) -> Date {
        let days = self.0.random_range(0..days);
        Date::constant(1970, 1, 1).checked_add(Span::new().days(days)).expect("in range")
    }

    /// An amount either way, of every magnitude up to `most`.
    fn amount(&mut self, most: i64) -> i64 {
        let bound = (10_i64.pow(self.0.random_range(1..16))).min(most);
        self.0.random_range(-bound..=bound)
    }
}

fn adjustment(text: &str) -> Adjustment {
    let (kind, number) = text.split_at(1);
    let value = match kind {
        "a" => Value::Amount(usd(number.parse().expect("an amount"))),
        _ => Value::Percentage(Rate::from_thousandths(number.parse().expect("a rate")).expect("in range")),
    };
    Adjustment { id: String::new(), name: String::new(), description: String::new(), value, remaining: None }
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::USD).expect("in range")
}

fn joined<T: ToString>(parts: impl IntoIterator<Item = T>) -> String {
    parts.into_iter().map(|part| part.to_string()).collect::<Vec<_>>().join(",")
}
