//! A token that Apple signed, with the key that opens it (tests/vectors), and what happens where it is touched.

use serde_json::Value;

use super::*;

const TOKEN: &str = include_str!("../../tests/vectors/apple_pay_token.json");
const KEY: &str = include_str!("../../tests/vectors/apple_pay_key.pem");
const SIGNED_AT: &str = "2023-03-07T05:33:48Z";

fn key() -> MerchantKey {
    let key = crate::wallet::private_key(KEY).expect("a key");
    MerchantKey { merchant_id: "merchant.test.spreedly.123merchant".to_owned(), key }
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("an instant")
}

fn refused(token: &str, keys: &[MerchantKey], now: &str) -> WalletError {
    match open(token, keys, ROOT_PEM, at(now)) {
        Err(why) => why,
        Ok(_) => panic!("the token was taken"),
    }
}

fn changed(change: impl Fn(&mut Value)) -> String {
    let mut token: Value = serde_json::from_str(TOKEN).expect("JSON");
    change(&mut token);
    token.to_string()
}

/// The base64 in `field` with one bit of byte `at` turned.
fn with_bit(field: &str, at: usize) -> String {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    changed(|token| {
        let slot = token.pointer_mut(field).expect("a field");
        let mut bytes = engine.decode(slot.as_str().expect("a text")).expect("base64");
        bytes[at] ^= 1;
        *slot = Value::String(engine.encode(bytes));
    })
}

#[test]
fn the_published_token_opens_as_published() {
    let key = key();
    // Of an older token for the same merchant, whose derived key its authors published.
    let ephemeral = base64_of(
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEHqqqjg3xlLn9YH2fEN1Gq3Z0IUJY1KZrX9/ZSzzYnFu3EDP4PGdPBpp6gzlHIb9vr9Tbz1HuMixBCfVMWhAvmw==",
    );
    let public = PublicKey::from_public_key_der(&ephemeral.expect("base64")).expect("a key");
    let symmetric = base64_of("3GTXJ4RuP/IhS23hsdOw2J2ecAZmC0RasbPIFdC3nQM=").expect("base64");
    assert_eq!(symmetric_key(&key, &public).as_slice(), symmetric, "as the vector's authors derived it");
    let hash = hex::encode_upper(Sha256::digest(&key.merchant_id));
    assert_eq!(hash, "358DA5890B9555C0A9EFB84B5CD6FF04BFDCD5AABF5DC14B9872D8DF51EAF439", "as in the certificate");

    let card = open(TOKEN, &[key], ROOT_PEM, at(SIGNED_AT)).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!((card.number.expose(), card.expiry.to_mm_yy().as_str()), ("5204240499131816", "04/26"));
    let cryptogram = card.cryptogram.expect("3-D Secure");
    assert_eq!((cryptogram.as_str(), card.eci.as_str()), ("ACzDecEz6RgBAAHHXCiMAoABFA==", ""));
    assert_eq!(card.approved, Some((100, "840".to_owned())));
}

#[test]
fn a_token_is_good_for_five_minutes_around_its_signing() {
    for (now, good) in [
        ("2023-03-07T05:28:48Z", true),
        ("2023-03-07T05:28:47Z", false),
        ("2023-03-07T05:38:48Z", true),
        ("2023-03-07T05:38:49Z", false),
        ("2026-01-01T00:00:00Z", false),
    ] {
        let opened = open(TOKEN, &[key()], ROOT_PEM, at(now));
        assert_eq!(opened.is_ok(), good, "{now}");
        assert!(good || matches!(opened, Err(WalletError::Expired(_))), "{now}");
    }
}

#[test]
fn whatever_is_touched_is_refused() {
    use WalletError::{Malformed, NotGenuine, NotOurs, Unsupported};
    let is = |token: &str| refused(token, &[key()], SIGNED_AT);
    let touched = with_bit("/data", 5);
    assert!(matches!(is(&touched), NotGenuine("what was signed is another token")));
    let other_id = changed(|token| token["header"]["transactionId"] = "00".into());
    assert!(matches!(is(&other_id), NotGenuine("what was signed is another token")));
    let with_data = changed(|token| token["header"]["applicationData"] = "ab".into());
    assert!(matches!(is(&with_data), NotGenuine("what was signed is another token")));
    let version = changed(|token| token["version"] = "RSA_v1".into());
    assert!(matches!(is(&version), Unsupported(_)));
    for field in ["data", "signature", "header", "version"] {
        let without = changed(|token| token[field] = Value::Null);
        assert!(matches!(is(&without), Malformed(_)), "{field}");
    }
    for text in ["", "{}", "[]", "null", "\"x\""] {
        assert!(matches!(is(text), Malformed(_)), "{text}");
    }
    let own = MerchantKey { merchant_id: "merchant.other".to_owned(), ..key() };
    assert_eq!(refused(TOKEN, &[own], SIGNED_AT), NotOurs, "the identifier is part of the key");
    assert_eq!(refused(TOKEN, &[], SIGNED_AT), NotOurs);
}

#[test]
fn no_bit_of_the_signature_can_be_turned() {
    use base64::Engine as _;
    let token: Value = serde_json::from_str(TOKEN).expect("JSON");
    let signature = base64_of(token["signature"].as_str().expect("a text")).expect("base64");
    let engine = base64::engine::general_purpose::STANDARD;
    let keys = [key()];
    let mut taken = Vec::new();
    for at_byte in (0..signature.len()).step_by(7) {
        let mut bytes = signature.clone();
        bytes[at_byte] ^= 1;
        let touched = changed(|token| token["signature"] = engine.encode(&bytes).into());
        if open(&touched, &keys, ROOT_PEM, at(SIGNED_AT)).is_ok() {
            taken.push(at_byte);
        }
    }
    // Outside of what is signed stand the version, the lists of algorithms and the signer's name, which decide nothing.
    let signed_from = 80;
    let issuer_of_signer = signature.len() - 400..signature.len() - 250;
    taken.retain(|at| *at >= signed_from && !issuer_of_signer.contains(at) && *at < signature.len() - 8);
    assert_eq!(taken, Vec::<usize>::new());
    for length in 0..signature.len() {
        let cut = changed(|token| token["signature"] = engine.encode(&signature[..length]).into());
        if length + 8 < signature.len() {
            assert!(open(&cut, &keys, ROOT_PEM, at(SIGNED_AT)).is_err(), "cut after {length} bytes");
        }
    }
}

#[test]
fn only_apples_root_is_trusted() {
    // The same key material under a root that signed nothing here: a certificate of Apple's other line.
    let token: Value = serde_json::from_str(TOKEN).expect("JSON");
    let signature = base64_of(token["signature"].as_str().expect("a text")).expect("base64");
    let read = cms::read(&signature).expect("a signature");
    let leaf = with_extension(&read.certificates, LEAF_OID).expect("a leaf");
    let other = {
        use base64::Engine as _;
        let der = leaf.to_der().expect("DER");
        let text = base64::engine::general_purpose::STANDARD.encode(der);
        let lines: Vec<&str> =
            text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).expect("ASCII")).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    let opened = open(TOKEN, &[key()], &other, at(SIGNED_AT));
    assert!(matches!(opened, Err(WalletError::NotGenuine("a certificate is not signed by Apple"))));
    let root = Certificate::from_pem(ROOT_PEM).expect("a certificate");
    let fingerprint = hex::encode(Sha256::digest(root.to_der().expect("DER")));
    assert_eq!(
        fingerprint, "63343abfb89a6a03ebb57e9b3f5fa7be7c4f5c756f3017b3a8c488c3653e9179",
        "as Apple publishes it"
    );
}
