//! Tests of the rule for passwords and of what is stored of them.

use super::*;

fn random() -> Random {
    Random::seeded(3)
}

/// A hash with other costs, as an older or newer version may have stored it.
fn hashed(algorithm: Algorithm, memory_kib: u32, passes: u32, lanes: u32, password: &str) -> String {
    let params = Params::new(memory_kib, passes, lanes, None).unwrap();
    let argon2 = Argon2::new(algorithm, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password_with_salt(password.as_bytes(), &[1; 16]).unwrap();
    hash.to_string()
}

#[test]
fn what_is_stored_is_argon2id_with_its_own_salt() {
    let random = random();
    let (one, two) = (hash("Correct-Horse-7", &random).unwrap(), hash("Correct-Horse-7", &random).unwrap());
    assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{one}");
    assert_ne!(one, two);
    assert_eq!(verify("Correct-Horse-7", Some(&one)).unwrap(), Verdict { ok: true, needs_rehash: false });
    for wrong in ["correct-horse-7", "Correct-Horse-7 ", "Correct-Horse-", ""] {
        assert_eq!(verify(wrong, Some(&one)).unwrap(), Verdict { ok: false, needs_rehash: false }, "{wrong:?}");
    }
}

#[test]
fn every_character_counts() {
    let long = format!("{}A", "x".repeat(63));
    let stored = hash(&long, &random()).unwrap();
    assert!(verify(&long, Some(&stored)).unwrap().ok);
    assert!(!verify(&format!("{}B", "x".repeat(63)), Some(&stored)).unwrap().ok);
    let emoji = hash("Häst-🐴-12345", &random()).unwrap();
    assert!(verify("Häst-🐴-12345", Some(&emoji)).unwrap().ok);
}

#[test]
fn cheaper_hashes_are_made_again() {
    let password = "Correct-Horse-7";
    for (stored, needs_rehash) in [
        (hashed(Algorithm::Argon2id, 19_456, 2, 1, password), false),
        (hashed(Algorithm::Argon2id, 20_000, 3, 1, password), false),
        (hashed(Algorithm::Argon2id, 19_455, 2, 1, password), true),
        (hashed(Algorithm::Argon2id, 19_456, 1, 1, password), true),
        (hashed(Algorithm::Argon2i, 19_456, 3, 1, password), true),
    ] {
        assert_eq!(verify(password, Some(&stored)).unwrap(), Verdict { ok: true, needs_rehash }, "{stored}");
        let wrong = Verdict { ok: false, needs_rehash: false };
        assert_eq!(verify("wrong", Some(&stored)).unwrap(), wrong, "a wrong password rehashes nothing");
    }
}

#[test]
fn an_unknown_user_costs_a_real_comparison() {
    let nobody = PasswordHash::new(NOBODY).unwrap();
    assert!(!is_weaker(&nobody), "the same effort as a real hash");
    let params = Params::try_from(&nobody).unwrap();
    assert_eq!((params.m_cost(), params.t_cost(), params.p_cost()), (MEMORY_KIB, PASSES, LANES));
    assert_eq!(verify("Correct-Horse-7", None).unwrap(), Verdict { ok: false, needs_rehash: false });
}

#[test]
fn a_stored_text_that_is_no_hash_is_our_fault_not_a_wrong_password() {
    for bad in ["", "plain", "$argon2id$", "$2b$12$abcdefghijklmnopqrstuv"] {
        assert!(matches!(verify("x", Some(bad)), Err(Error::Internal(_))), "{bad:?}");
    }
}

#[test]
fn the_rule_for_new_passwords() {
    let (sixty_four, sixty_five) = (format!("A1!{}", "x".repeat(61)), format!("A1!{}", "x".repeat(62)));
    for (password, problem) in [
        ("Correct-Horse-7", None),
        ("Abcdef1 ", None), // a space is a special character
        ("Ünïcödé-7", None),
        (sixty_four.as_str(), None),
        (sixty_five.as_str(), Some("8-64 characters")),
        ("Abcde1!", Some("8-64 characters")),
        ("", Some("8-64 characters")),
        ("correct-horse-7", Some("uppercase")),
        ("Correct-Horse-x", Some("number")),
        ("CorrectHorse7", Some("special")),
        ("P@ssw0rd", Some("most common")),
        ("Password1!", Some("most common")),
        ("Shop-Owner-1", Some("the username")),
        ("SHOP-OWNER-1", Some("the username")),
    ] {
        match (check_new("password", password, "shop-owner-1"), problem) {
            (Ok(()), None) => {}
            (Err(Error::Invalid { field, problem: said }), Some(problem)) => {
                assert_eq!(field, "password");
                assert!(said.contains(problem), "{password}: {said}");
                assert!(password.is_empty() || !said.contains(password), "the refusal does not repeat the password");
            }
            (got, _) => panic!("{password}: {got:?}"),
        }
    }
}

#[test]
fn the_list_of_common_passwords_is_lower_case_and_sorted() {
    let lines: Vec<&str> = include_str!("common_passwords.txt").lines().collect();
    assert!(lines.len() > 300);
    assert!(lines.windows(2).all(|two| two[0] < two[1]), "sorted, without doubles");
    assert!(lines.iter().all(|line| *line == line.to_lowercase() && !line.contains(' ')));
}

#[tokio::test]
async fn the_pool_hashes_and_compares() {
    let passwords = Passwords::new(Arc::new(random()));
    let stored = passwords.hash("Correct-Horse-7".to_owned().into()).await.unwrap();
    for (password, stored, ok) in
        [("Correct-Horse-7", Some(stored.clone()), true), ("x", Some(stored), false), ("x", None, false)]
    {
        assert_eq!(passwords.verify(password.to_owned().into(), stored).await.unwrap().ok, ok);
    }
    assert_eq!(passwords.permits.available_permits(), limits::PASSWORD_HASHES_MAX);
}

#[tokio::test]
async fn no_more_than_the_bound_run_at_once_even_when_callers_leave() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    let passwords = Passwords::new(Arc::new(random()));
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = Arc::new(std::sync::Mutex::new(gate));
    let started = Arc::new(AtomicUsize::new(0));
    let mut callers = Vec::new();
    for _ in 0..limits::PASSWORD_HASHES_MAX {
        let (passwords, gate, started) = (passwords.clone(), Arc::clone(&gate), Arc::clone(&started));
        callers.push(tokio::spawn(async move {
            let work = move || {
                started.fetch_add(1, Ordering::SeqCst);
                gate.lock().unwrap().recv().map_err(Error::internal)
            };
            passwords.run(work).await
        }));
    }
    while started.load(Ordering::SeqCst) < limits::PASSWORD_HASHES_MAX {
        tokio::task::yield_now().await;
    }
    for caller in callers {
        caller.abort();
        let _ = caller.await;
    }
    assert_eq!(passwords.permits.available_permits(), 0, "the work of callers who left still counts");
    for _ in 0..limits::PASSWORD_HASHES_MAX {
        open.send(()).unwrap();
    }
    passwords.run(|| Ok(())).await.unwrap();
}
