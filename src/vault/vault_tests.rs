//! Tests of the vault: what opens, what is refused, and what survives which rotation.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const PLACE: Place = Place { table: "payment_method", row: "m1", column: "sealed" };
const INSTALL: &str = "install-1";

struct Bench {
    dir: TempDir,
    random: Random,
}

impl Bench {
    fn new() -> Self {
        let bench = Self { dir: TempDir::new().unwrap(), random: Random::seeded(7) };
        fs::create_dir(bench.data()).unwrap();
        Vault::create_key_file(&bench.key_file(), &bench.random).unwrap();
        bench
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn key_file(&self) -> PathBuf {
        self.dir.path().join("data.key")
    }

    fn create(&self) -> (Vault, Vec<WrappedKey>) {
        Vault::create(&self.key_file(), &self.data(), INSTALL, &self.random).unwrap()
    }

    fn open(&self, rows: &[WrappedKey]) -> Result<Vault> {
        Vault::open(&self.key_file(), &self.data(), INSTALL, rows)
    }
}

fn refusal<T>(result: Result<T>) -> String {
    result.err().expect("it is refused").to_string()
}

#[test]
fn a_sealed_value_opens_at_its_place_after_a_restart() {
    let bench = Bench::new();
    let (vault, rows) = bench.create();
    let sealed = vault.seal(&PLACE, b"4111111111111111", &bench.random).unwrap();
    assert_eq!(&vault.open_sealed(&PLACE, &sealed).unwrap()[..], b"4111111111111111");
    assert_eq!(&bench.open(&rows).unwrap().open_sealed(&PLACE, &sealed).unwrap()[..], b"4111111111111111");
    assert_eq!((sealed[0], Vault::key_of(&sealed)), (1, Some(FIRST_DATA_KEY)));
    assert!(!sealed.windows(4).any(|four| four == b"4111"), "the number is not readable in the sealed bytes");
    assert_ne!(sealed, vault.seal(&PLACE, b"4111111111111111", &bench.random).unwrap(), "each nonce is new");
    let empty = vault.seal(&PLACE, b"", &bench.random).unwrap();
    assert_eq!(&vault.open_sealed(&PLACE, &empty).unwrap()[..], b"");
}

#[test]
fn a_value_opens_nowhere_else() {
    let bench = Bench::new();
    let (vault, _) = bench.create();
    let sealed = vault.seal(&PLACE, b"secret", &bench.random).unwrap();
    for (what, place) in [
        ("another table", Place { table: "bank_account", ..PLACE }),
        ("another row", Place { row: "m2", ..PLACE }),
        ("another column", Place { column: "token", ..PLACE }),
        ("shifted fields", Place { table: "payment_methodm", row: "1", ..PLACE }),
        ("shifted fields", Place { row: "m1s", column: "ealed", ..PLACE }),
    ] {
        let error = vault.open_sealed(&place, &sealed).unwrap_err();
        let Error::Internal(inside) = &error else { panic!("{what}: {error}") };
        let named = format!("{}.{} of row {}", place.table, place.column, place.row);
        assert!(inside.for_log().contains(&named), "{what}: {}", inside.for_log());
    }
}

#[test]
fn a_value_is_bound_to_its_installation_and_key_number_even_under_the_same_key() {
    let (key, random) = ([5; 32], Random::seeded(1));
    let sealed = seal::seal(&key, 1, INSTALL, &PLACE, b"secret", &random).unwrap();
    for (id, install, good) in [(1, INSTALL, true), (2, INSTALL, false), (1, "install-2", false)] {
        assert_eq!(seal::open(&key, id, install, &PLACE, &sealed).is_ok(), good, "{id} {install}");
    }
    let ring = Keyring::new(Zeroizing::new(key), &random);
    assert_ne!(ring.derived("fingerprint", "card"), ring.derived("derive", "card"));
    assert_ne!(ring.derived("fingerprint", "card"), ring.derived("fingerprintc", "ard"));
}

#[test]
fn any_changed_bit_is_refused() {
    let bench = Bench::new();
    let (vault, _) = bench.create();
    let sealed = vault.seal(&PLACE, b"secret", &bench.random).unwrap();
    for bit in 0..sealed.len() * 8 {
        let mut changed = sealed.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(vault.open_sealed(&PLACE, &changed).is_err(), "bit {bit}");
    }
    for length in 0..sealed.len() {
        assert!(vault.open_sealed(&PLACE, &sealed[..length]).is_err(), "cut to {length}");
    }
    assert!(vault.open_sealed(&PLACE, &[&sealed[..], &[0]].concat()).is_err(), "longer by a byte");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn bytes_of_no_meaning_never_open_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let bench = Bench::new();
        prop_assert!(bench.create().0.open_sealed(&PLACE, &bytes).is_err());
    }
}

#[test]
fn keys_do_not_unwrap_elsewhere() {
    let bench = Bench::new();
    let (_, rows) = bench.create();
    let other_install = Vault::open(&bench.key_file(), &bench.data(), "install-2", &rows);
    assert!(refusal(other_install).contains("does not open this database's secrets"));

    let other_file = bench.dir.path().join("other.key");
    Vault::create_key_file(&other_file, &bench.random).unwrap();
    let other_key = Vault::open(&other_file, &bench.data(), INSTALL, &rows);
    let sentence = refusal(other_key);
    assert!(sentence.contains("does not open this database's secrets") && sentence.contains("other.key"), "{sentence}");
}

#[test]
fn a_damaged_key_table_is_refused() {
    let bench = Bench::new();
    let (vault, rows) = bench.create();
    let changed = |row: &WrappedKey| {
        let mut bytes = row.bytes.clone();
        bytes[40] ^= 1;
        WrappedKey { bytes, ..row.clone() }
    };
    let swapped = vec![
        WrappedKey { id: ROOT_KEY, ..rows[1].clone() },
        WrappedKey { id: 1, ..rows[0].clone() },
        vault.new_data_key(2, &bench.random),
    ];
    for (what, rows) in [
        ("no rows", vec![]),
        ("no root", rows[1..].to_vec()),
        ("no data key", rows[..1].to_vec()),
        ("data key retired", vec![rows[0].clone(), WrappedKey { retired: true, ..rows[1].clone() }]),
        ("one changed", vec![rows[0].clone(), changed(&rows[1])]),
        ("ids swapped", swapped),
    ] {
        assert!(refusal(bench.open(&rows)).contains("vault_key is damaged"), "{what}");
    }
}

#[test]
fn the_key_file_is_private_durable_and_never_overwritten() {
    let bench = Bench::new();
    let before = fs::read(bench.key_file()).unwrap();
    assert_eq!(fs::metadata(bench.key_file()).unwrap().permissions().mode() & 0o7777, 0o600);
    let sentence = refusal(Vault::create_key_file(&bench.key_file(), &bench.random));
    assert!(sentence.contains("exists and is not overwritten"), "{sentence}");
    assert_eq!(fs::read(bench.key_file()).unwrap(), before);
    let names: Vec<_> = fs::read_dir(bench.dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no draft is left behind: {names:?}");
}

#[test]
fn a_key_file_in_the_wrong_place_or_form_is_refused() {
    let bench = Bench::new();
    let (_, rows) = bench.create();
    let inside = bench.data().join("vault.key");
    fs::copy(bench.key_file(), &inside).unwrap();
    let detour = bench.dir.path().join("data/../data/vault.key");
    let link_out = bench.dir.path().join("link.key");
    std::os::unix::fs::symlink(&inside, &link_out).unwrap();
    let link_in = bench.data().join("link.key");
    std::os::unix::fs::symlink(bench.key_file(), &link_in).unwrap();
    let damaged = bench.dir.path().join("damaged.key");
    fs::write(&damaged, &fs::read(bench.key_file()).unwrap()[..40]).unwrap();
    fs::set_permissions(&damaged, fs::Permissions::from_mode(0o600)).unwrap();
    for (path, sentence) in [
        (inside, "inside the data folder"),
        (detour, "inside the data folder"),
        (link_out, "inside the data folder"),
        (link_in, "inside the data folder"),
        (damaged, "is damaged or is not a vault key file"),
        (bench.dir.path().to_owned(), "inside the data folder or is not a plain file"),
        (bench.dir.path().join("missing.key"), "is missing"),
    ] {
        let said = refusal(Vault::open(&path, &bench.data(), INSTALL, &rows));
        assert!(sentence.split(" or ").any(|part| said.contains(part)), "{}: {said}", path.display());
    }
}

#[test]
fn a_key_file_others_can_read_is_refused() {
    let bench = Bench::new();
    let (_, rows) = bench.create();
    for (mode, good) in [(0o600, true), (0o400, true), (0o640, false), (0o604, false), (0o660, false), (0o700, false)] {
        fs::set_permissions(bench.key_file(), fs::Permissions::from_mode(mode)).unwrap();
        let opened = bench.open(&rows);
        assert_eq!(opened.is_ok(), good, "{mode:o}");
        if !good {
            assert!(refusal(opened).contains("wider than 0600"), "{mode:o}");
        }
    }
}

#[test]
fn owner_and_mode() {
    for (mode, owner, me, good) in [
        (0o100_600, 1000, 1000, true),
        (0o100_600, 1000, 1001, false),
        (0o100_600, 1000, 0, false),
        (0o100_600, 0, 1000, false),
        (0o104_600, 1000, 1000, false),
        (0o100_601, 1000, 1000, false),
    ] {
        assert_eq!(key_file::check_access(mode, owner, me).is_ok(), good, "{mode:o} {owner} {me}");
    }
}

#[test]
fn a_new_data_key_seals_and_old_ones_still_open() {
    let bench = Bench::new();
    let (vault, mut rows) = bench.create();
    let (print, derived) = (vault.fingerprint("card", b"4111"), vault.derive("jwt"));
    let old = vault.seal(&PLACE, b"old", &bench.random).unwrap();
    let clone = vault.clone();
    let second = vault.new_data_key(2, &bench.random);
    assert_eq!(vault.current_key(), 1, "a key not adopted is not used");
    vault.adopt(&second).unwrap();
    rows[1].retired = true;
    rows.push(second.clone());

    let reopened = bench.open(&rows).unwrap();
    for vault in [&vault, &clone, &reopened] {
        assert_eq!(vault.current_key(), 2);
        assert_eq!(&vault.open_sealed(&PLACE, &old).unwrap()[..], b"old");
        let new = vault.seal(&PLACE, b"new", &bench.random).unwrap();
        assert_eq!(Vault::key_of(&new), Some(2));
        assert_eq!(&reopened.open_sealed(&PLACE, &new).unwrap()[..], b"new");
        assert_eq!((vault.fingerprint("card", b"4111"), vault.derive("jwt")), (print, derived.clone()));
    }
    assert!(vault.adopt(&second).is_err(), "twice");
    assert!(vault.adopt(&rows[0]).is_err(), "the root key is no data key");
    assert!(vault.forget(2).is_err() && vault.forget(ROOT_KEY).is_err(), "keys in use stay");
    vault.forget(1).unwrap();
    assert!(vault.open_sealed(&PLACE, &old).is_err(), "a value whose key is gone is gone");
}

#[test]
fn a_data_key_of_another_key_file_is_not_adopted() {
    let (one, two) = (Bench::new(), Bench::new());
    let two = Bench { random: Random::seeded(8), ..two };
    fs::remove_file(two.key_file()).unwrap();
    Vault::create_key_file(&two.key_file(), &two.random).unwrap();
    let foreign = two.create().0.new_data_key(2, &two.random);
    let vault = one.create().0;
    assert!(refusal(vault.adopt(&foreign)).contains("another key file"));
    assert_eq!(vault.current_key(), 1);
}

#[test]
fn fingerprints_and_derived_keys_have_their_own_keys() {
    let bench = Bench::new();
    let (vault, _) = bench.create();
    let (stranger, _) = bench.create();
    assert_eq!(vault.fingerprint("card", b"4111"), vault.fingerprint("card", b"4111"));
    assert_ne!(vault.fingerprint("card", b"4111"), vault.fingerprint("card", b"4112"));
    assert_ne!(vault.fingerprint("card", b"4111"), vault.fingerprint("iban", b"4111"));
    assert_ne!(vault.fingerprint("card", b"4111"), stranger.fingerprint("card", b"4111"));
    assert_ne!(vault.derive("jwt"), vault.derive("csrf"));
    assert_ne!(vault.derive("jwt"), stranger.derive("jwt"));
    assert_ne!(vault.fingerprint("x", b""), *vault.derive("x"));
}

#[test]
fn the_key_file_can_be_replaced_and_a_stop_at_any_step_is_mended() {
    for stop_after in ["new file", "rows", "files"] {
        let bench = Bench::new();
        let (vault, old_rows) = bench.create();
        vault.adopt(&vault.new_data_key(2, &bench.random)).unwrap();
        let sealed = vault.seal(&PLACE, b"secret", &bench.random).unwrap();
        let print = vault.fingerprint("card", b"4111");
        let before = vault.rewrap(&bench.key_file(), &bench.random).unwrap();
        let old_file = fs::read(bench.key_file()).unwrap();

        let successor = Vault::successor_path(&bench.key_file());
        Vault::create_key_file(&successor, &bench.random).unwrap();
        let rewrapped = vault.rewrap(&successor, &bench.random).unwrap();
        assert_eq!(
            rewrapped.iter().map(|key| (key.id, key.retired)).collect::<Vec<_>>(),
            [(0, false), (1, true), (2, false)]
        );
        let rows = if stop_after == "new file" { before } else { rewrapped };
        if stop_after == "files" {
            vault.key_file_replaced(&bench.key_file()).unwrap();
            assert_eq!(
                bench.open(&[&rows[..], &[vault.new_data_key(3, &bench.random)]].concat()).unwrap().current_key(),
                3
            );
        }

        let reopened = bench.open(&rows).unwrap();
        assert_eq!(&reopened.open_sealed(&PLACE, &sealed).unwrap()[..], b"secret", "{stop_after}");
        assert_eq!(reopened.fingerprint("card", b"4111"), print, "{stop_after}");
        let replaced = stop_after != "new file";
        assert_eq!(successor.exists(), !replaced, "{stop_after}");
        assert_eq!(fs::read(bench.key_file()).unwrap() != old_file, replaced, "{stop_after}");
        assert_eq!(bench.open(&old_rows).is_err(), replaced, "{stop_after}: the new file does not open older rows");
        assert_eq!(kept_old_files(&bench), if replaced { vec![old_file] } else { vec![] }, "{stop_after}");
    }
}

fn kept_old_files(bench: &Bench) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(bench.dir.path()).unwrap().map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.to_string_lossy().contains("data.key.old-"))
        .map(|path| fs::read(path).unwrap())
        .collect()
}
