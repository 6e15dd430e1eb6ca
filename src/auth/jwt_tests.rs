//! The table of tokens that must not pass (RELIABILITY.md S22-S24), beside the few that must.

use serde_json::{Value, json};

use super::*;

const KEY: [u8; 32] = [9; 32];
const NOW_S: i64 = 1_700_000_000;

fn at(seconds_later: i64) -> Timestamp {
    Timestamp::from_micros((NOW_S + seconds_later) * 1_000_000)
}

fn claims() -> Claims {
    Claims { sub: "user1".into(), sid: "session1".into(), jti: "token1".into(), iat: at(0) }
}

fn key_claims(kind: Kind) -> KeyClaims {
    let (sub, key, iss) = ("comp1".into(), "key1".into(), "https://pay.example.com".into());
    KeyClaims { sub, key, kind, iss, name: Some("shop".into()), iat: at(0) }
}

/// A token with any head and claims, signed rightly with our key: only what it says can be wrong.
fn forged(head: &str, claims: &str) -> String {
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(claims));
    let proof = mac(&KEY, &body).finalize().into_bytes();
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(proof))
}

fn good_json() -> Value {
    json!({"sub": "user1", "sid": "session1", "iat": NOW_S, "nbf": NOW_S, "exp": NOW_S + 900,
           "iss": "bursar", "aud": "bursar-session", "jti": "token1"})
}

fn refused(token: &str, now: Timestamp) -> bool {
    matches!(verify(&KEY, token, now), Err(Error::Unauthenticated))
}

#[test]
fn a_token_says_what_it_was_given() {
    let token = issue(&KEY, &claims());
    assert_eq!(verify(&KEY, &token, at(1)).unwrap(), claims());
    assert_eq!(claims().exp(), at(900));
    assert_eq!(verify(&KEY, &forged(HEAD, &good_json().to_string()), at(1)).unwrap(), claims());
}

#[test]
fn the_signature_is_that_of_rfc_7515() {
    // RFC 7515 appendix A.1: the published key, body and signature.
    let key = URL_SAFE_NO_PAD
        .decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
        .unwrap();
    let body = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(body.as_bytes());
    let proof = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    assert_eq!(proof, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

#[test]
fn heads_that_are_not_ours() {
    let claims = good_json().to_string();
    for head in [
        r#"{"alg":"none","typ":"JWT"}"#,
        r#"{"alg":"NONE"}"#,
        r#"{"alg":"HS384","typ":"JWT"}"#,
        r#"{"alg":"RS256","typ":"JWT"}"#,
        r#"{"alg":"HS256","typ":"JWT","kid":"../../dev/null"}"#,
        r#"{"alg":"HS256","typ":"JWT","jku":"https://evil.test/keys"}"#,
        r#"{"alg":"HS256","typ":"JWT","jwk":{"kty":"oct","k":"AA"}}"#,
        r#"{"alg":"HS256","typ":"JWT","x5u":"https://evil.test"}"#,
        r#"{"alg":"HS256","typ":"JWT","crit":["exp"]}"#,
        r#"{"alg":"HS256","typ":"at+jwt"}"#,
        r#"{"alg":"HS256"}"#,
        "",
    ] {
        assert!(refused(&forged(head, &claims), at(1)), "{head}");
        let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode(head), URL_SAFE_NO_PAD.encode(&claims));
        assert!(refused(&unsigned, at(1)), "unsigned {head}");
    }
}

#[test]
fn claims_that_are_missing_or_wrong() {
    for name in ["sub", "sid", "iat", "nbf", "exp", "iss", "aud", "jti"] {
        let mut claims = good_json();
        claims.as_object_mut().unwrap().remove(name);
        assert!(refused(&forged(HEAD, &claims.to_string()), at(1)), "without {name}");
        claims[name] = Value::Null;
        assert!(refused(&forged(HEAD, &claims.to_string()), at(1)), "{name} null");
    }
    for (name, value) in [
        ("iss", json!("evil")),
        ("iss", json!("")),
        ("aud", json!("private")),
        ("aud", json!("public")),
        ("aud", json!(["bursar-session"])),
        ("exp", json!(NOW_S + 901)), // a longer life than we give
        ("exp", json!(i64::MAX)),
        ("exp", json!("1700000900")),
        ("iat", json!(i64::MIN)),
        ("nbf", json!(NOW_S + 32)),
    ] {
        let mut claims = good_json();
        claims[name] = value.clone();
        assert!(refused(&forged(HEAD, &claims.to_string()), at(1)), "{name} {value}");
    }
    let twice = good_json().to_string().replacen('{', r#"{"sub":"admin","#, 1);
    assert!(refused(&forged(HEAD, &twice), at(1)), "a claim that is there twice");
}

#[test]
fn times() {
    let token = issue(&KEY, &claims());
    for (later, good) in [
        (0, true),
        (-LEEWAY_S, true),
        (-LEEWAY_S - 1, false),
        (LIFE_S - 1, true),
        (LIFE_S + LEEWAY_S - 1, true),
        (LIFE_S + LEEWAY_S, false),
        (86_400, false),
    ] {
        assert_eq!(verify(&KEY, &token, at(later)).is_ok(), good, "{later} s after issue");
    }
}

#[test]
fn a_changed_token_is_refused() {
    let token = issue(&KEY, &claims());
    for at_byte in 0..token.len() {
        let mut changed = token.clone().into_bytes();
        changed[at_byte] = if changed[at_byte] == b'A' { b'B' } else { b'A' };
        assert!(refused(std::str::from_utf8(&changed).unwrap(), at(1)), "byte {at_byte}");
    }
    assert!(matches!(verify(&[8; 32], &token, at(1)), Err(Error::Unauthenticated)), "another key");
    let three: Vec<&str> = token.split('.').collect();
    for odd in [
        String::new(),
        "..".into(),
        "...".into(),
        token[..token.len() - 1].into(),
        format!("{token}="),
        format!("{token} "),
        format!("{token}.{}", three[2]),
        format!(".{token}"),
        format!("{}.{}", three[0], three[1]),
        format!("{}.{}.", three[0], three[1]),
        "a".repeat(1 << 20),
    ] {
        assert!(refused(&odd, at(1)), "{}", &odd[..odd.len().min(80)]);
    }
}

#[test]
fn a_key_token_has_no_end_and_says_its_audience() {
    for (kind, aud) in [(Kind::Api, "private"), (Kind::Pub, "public")] {
        let token = issue_key(&KEY, &key_claims(kind));
        assert_eq!(verify_key(&KEY, &token).unwrap(), key_claims(kind));
        let body = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let body: Value = serde_json::from_slice(&body).unwrap();
        let expected = json!({"sub": "comp1", "key": "key1", "iss": "https://pay.example.com", "aud": aud,
                              "iat": NOW_S, "name": "shop"});
        assert_eq!(body, expected);
    }
    let nameless = KeyClaims { name: None, ..key_claims(Kind::Api) };
    assert_eq!(verify_key(&KEY, &issue_key(&KEY, &nameless)).unwrap(), nameless);
}

#[test]
fn the_two_kinds_do_not_pass_for_each_other() {
    assert!(refused(&issue_key(&KEY, &key_claims(Kind::Api)), at(1)));
    assert!(verify_key(&KEY, &issue(&KEY, &claims())).is_err());
    let mut both = good_json();
    both["key"] = json!("key1");
    assert!(verify_key(&KEY, &forged(HEAD, &both.to_string())).is_err(), "a session token that also names a key");
    assert!(verify_key(&[8; 32], &issue_key(&KEY, &key_claims(Kind::Api))).is_err(), "another key");
    let none = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    let token = issue_key(&KEY, &key_claims(Kind::Api));
    let body = token.split('.').nth(1).unwrap();
    assert!(verify_key(&KEY, &format!("{none}.{body}.")).is_err(), "payfunc clients accept `none`, we do not");
}

#[test]
fn the_key_of_an_account_is_good_for_three_days_and_is_no_other_token() {
    let key = [7; 32];
    let made = Timestamp::from_micros(seconds(1_800_000_000));
    let claims = AccountClaims {
        sub: "abcd1234".to_owned(),
        account: "0123456789abcdef".to_owned(),
        iss: "https://pay.example.com".to_owned(),
        iat: made,
    };
    let token = issue_account(&key, &claims);
    for (after_s, good) in
        [(-LEEWAY_S, true), (-LEEWAY_S - 1, false), (ACCOUNT_LIFE_S - 1, true), (ACCOUNT_LIFE_S, false)]
    {
        let found = verify_account(&key, &token, made.plus(seconds(after_s)));
        assert_eq!(found.ok(), good.then(|| claims.account.clone()), "{after_s}");
    }
    assert!(verify_account(&[8; 32], &token, made).is_err());
    assert!(verify(&key, &token, made).is_err() && verify_key(&key, &token).is_err());
    let method = issue_method(&key, "m1");
    assert_eq!(verify_method(&key, &method).ok().as_deref(), Some("m1"));
    assert_eq!(method.split('.').count(), 3);
    assert!(verify_method(&key, &token).is_err() && verify_account(&key, &method, made).is_err());
    assert!(verify_key(&key, &method).is_err());
}
