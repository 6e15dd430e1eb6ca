//! Postal addresses as people read them.

use crate::domain::address::Address;
use crate::domain::country;

/// Name and place, line by line, without empty ones.
pub(super) fn address_lines(address: &Address) -> Vec<String> {
    let name = format!("{} {}", address.first_name, address.last_name);
    let country = country::COUNTRIES.iter().find(|(code, _)| *code == address.country);
    let place = if matches!(address.country.as_str(), "US" | "CA" | "") {
        let region = format!("{} {}", address.state, address.postal_code);
        if address.city.is_empty() { region } else { format!("{}, {}", address.city, region.trim()) }
    } else {
        format!("{} {} {}", address.postal_code, address.city, address.state)
    };
    let all = [
        name.trim(),
        &address.company,
        &address.line_1,
        &address.line_2,
        place.trim().trim_end_matches(','),
        country.map_or(address.country.as_str(), |(_, name)| name),
    ];
    all.into_iter().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}
