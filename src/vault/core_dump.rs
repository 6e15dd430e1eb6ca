//! No core dumps: card numbers and keys in memory never reach the disk when the program dies (RELIABILITY.md S51).

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::error::{Error, Result};

/// Switches core dumps off for the rest of the process, before the first secret is read.
///
/// # Errors
/// Where the system refuses.
pub fn core_dumps_off() -> Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(|error| Error::internal(format!("cannot switch core dumps off: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_zero_and_stays_zero() {
        core_dumps_off().unwrap();
        assert_eq!(rustix::process::getrlimit(Resource::Core), Rlimit { current: Some(0), maximum: Some(0) });
        core_dumps_off().unwrap();
    }
}
