//! The published token (tests/vectors), tokens sealed here for every rule, and what happens where they are touched.

use base64::Engine as _;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::Signer;
use p256::pkcs8::EncodePublicKey;
use serde_json::{Value, json};

use super::*;

const TOKEN: &str = include_str!("../../tests/vectors/google_pay_token.json");
const KEYS: &str = include_str!("../../tests/vectors/google_pay_keys.json");
/// Merchant key of the published tests.
const MERCHANT: &str = "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgCPSuFr4iSIaQprjjchHPyDu2NXFe0vDBoTpPkYaK9dehRANCAATnaFz/vQKuO90pxsINyVNWojabHfbx9qIJ6uD7Q7ZSxmtyo/Ez3/o2kDT8g0pIdyVIYktCsq65VoQIDWSh2Bdm";
const NOW_MS: i64 = 1_542_319_793_000;

fn base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn now() -> Timestamp {
    Timestamp::from_micros(NOW_MS * 1_000)
}

fn merchant(recipient: &str, root_keys_json: &str) -> MerchantKey {
    let key = crate::wallet::private_key(MERCHANT).expect("a key");
    MerchantKey { recipient_id: recipient.to_owned(), key, root_keys_json: root_keys_json.to_owned() }
}

fn read(json: &str) -> Token {
    serde_json::from_str(json).expect("a token")
}

#[test]
fn the_published_token_opens_as_published() {
    let plain = unseal(&read(TOKEN), &merchant("gateway:ariane", KEYS), now()).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!(plain.as_slice(), b"plaintext");
    assert!(is_root_keys(KEYS) && !is_root_keys("{}") && !is_root_keys("{\"keys\":[]}"));
}

#[test]
fn the_published_token_is_for_one_recipient_and_one_time() {
    let refusal = |token: &str, recipient: &str, keys: &str, ms: i64| {
        unseal(&read(token), &merchant(recipient, keys), Timestamp::from_micros(ms * 1_000)).err()
    };
    let us = "gateway:ariane";
    assert!(matches!(refusal(TOKEN, "gateway:other", KEYS, NOW_MS), Some(WalletError::NotGenuine(_))));
    assert!(refusal(TOKEN, us, KEYS, 1_542_394_027_315).is_none());
    assert!(matches!(refusal(TOKEN, us, KEYS, 1_542_394_027_316), Some(WalletError::Expired(_))));
    assert!(matches!(refusal(TOKEN, us, KEYS, 2_154_841_200_000), Some(WalletError::Expired(_))));
    let other_root = KEYS.replace(
        "vhuz8WZo0DhP7Lg1AQtpQpm2i7Gr6yBa+i6mVOwz3iepodYVDE9YGLzUwoL8AEsPUz/26Pg3lofL2u04/edeXg==",
        "U8E6JppGKFG40r5dDU1idHRN52NuwsemFzXZh1oUqh3bGUPgPioH+RoWmVSUQz1WfM2426w9f0GADuXzpUkcw==",
    );
    assert_ne!(other_root, KEYS);
    assert!(refusal(TOKEN, us, &other_root, NOW_MS).is_some(), "signed by nobody that is trusted");
    for (field, text) in [("/signedMessage", " "), ("/intermediateSigningKey/signedKey", " ")] {
        let mut token: Value = serde_json::from_str(TOKEN).expect("JSON");
        let slot = token.pointer_mut(field).expect("a field");
        *slot = format!("{}{text}", slot.as_str().expect("a text")).into();
        assert!(matches!(refusal(&token.to_string(), us, KEYS, NOW_MS), Some(WalletError::NotGenuine(_))), "{field}");
    }
}

/// Google's side, played: keys that sign, and how a message is sealed.
struct Sender {
    root: SigningKey,
    intermediate: SigningKey,
}

impl Sender {
    fn new() -> Self {
        let key = |byte: u8| SigningKey::from_slice(&[byte; 32]).expect("a scalar");
        Self { root: key(1), intermediate: key(2) }
    }

    fn root_keys(&self) -> String {
        let der = self.root.verifying_key().to_public_key_der().expect("DER");
        json!({ "keys": [{ "keyValue": base64(der.as_bytes()), "protocolVersion": "ECv2",
            "keyExpiration": (NOW_MS + 1_000).to_string() }] })
        .to_string()
    }

    fn seal(&self, recipient: &str, message: &Value) -> String {
        let sign = |key: &SigningKey, parts: &[&str]| {
            let signature: Signature = key.sign(&signed_bytes(parts));
            base64(signature.to_der().as_bytes())
        };
        let der = self.intermediate.verifying_key().to_public_key_der().expect("DER");
        let signed_key =
            json!({ "keyValue": base64(der.as_bytes()), "keyExpiration": (NOW_MS + 1_000).to_string() }).to_string();
        let ephemeral = SecretKey::from_slice(&[3; 32]).expect("a scalar");
        let merchant = crate::wallet::private_key(MERCHANT).expect("a key").public_key();
        let public = ephemeral.public_key().to_sec1_bytes();
        let shared = p256::ecdh::diffie_hellman(ephemeral.to_nonzero_scalar(), merchant.as_affine());
        let secret = [&public[..], shared.raw_secret_bytes().as_slice()].concat();
        let mut keys = [0_u8; 64];
        Hkdf::<Sha256>::new(None, &secret).expand(b"Google", &mut keys).expect("64 bytes");
        let mut encrypted = message.to_string().into_bytes();
        Ctr128BE::<Aes256>::new_from_slices(&keys[..32], &[0; 16]).expect("a key").apply_keystream(&mut encrypted);
        let mac = Hmac::<Sha256>::new_from_slice(&keys[32..]).expect("a key").chain_update(&encrypted).finalize();
        let signed_message = json!({ "encryptedMessage": base64(&encrypted), "ephemeralPublicKey": base64(&public),
            "tag": base64(&mac.into_bytes()) })
        .to_string();
        json!({
            "protocolVersion": "ECv2",
            "signature": sign(&self.intermediate, &["Google", recipient, "ECv2", &signed_message]),
            "intermediateSigningKey": {
                "signatures": [sign(&self.root, &["Google", "ECv2", &signed_key])], "signedKey": signed_key,
            },
            "signedMessage": signed_message,
        })
        .to_string()
    }
}

fn message() -> Value {
    json!({
        "gatewayMerchantId": "shop", "messageExpiration": (NOW_MS + 1_000).to_string(), "messageId": "AH2Ejt",
        "paymentMethod": "CARD",
        "paymentMethodDetails": {
            "pan": "4895370012003478", "expirationMonth": 12, "expirationYear": 2030,
            "authMethod": "CRYPTOGRAM_3DS", "cryptogram": "AAAAAA==", "eciIndicator": "5",
        },
    })
}

#[test]
fn a_message_becomes_a_card() {
    let sender = Sender::new();
    let keys = [merchant("gateway:other", &sender.root_keys()), merchant("gateway:us", &sender.root_keys())];
    let card = open(&sender.seal("gateway:us", &message()), &keys, now()).unwrap_or_else(|why| panic!("{why}"));
    assert_eq!((card.number.expose(), card.expiry.to_mm_yy().as_str()), ("4895370012003478", "12/30"));
    assert_eq!((card.cryptogram.expect("one").as_str(), card.eci.as_str()), ("AAAAAA==", "05"));

    let mut plain = message();
    plain["paymentMethodDetails"]["authMethod"] = "PAN_ONLY".into();
    let card = open(&sender.seal("gateway:us", &plain), &keys, now()).unwrap_or_else(|why| panic!("{why}"));
    assert!(card.cryptogram.is_none());
}

#[test]
fn what_is_wrong_inside_is_refused_by_name() {
    let sender = Sender::new();
    let keys = [merchant("gateway:us", &sender.root_keys())];
    for (field, value) in [
        ("/messageExpiration", json!(NOW_MS.to_string())),
        ("/messageExpiration", json!("soon")),
        ("/paymentMethod", json!("TOKENIZED_CARD")),
        ("/paymentMethodDetails/pan", json!("4895370012003479")),
        ("/paymentMethodDetails/expirationMonth", json!(13)),
        ("/paymentMethodDetails/authMethod", json!("OTHER")),
        ("/paymentMethodDetails/cryptogram", Value::Null),
        ("/paymentMethodDetails/eciIndicator", json!("5x")),
    ] {
        let mut message = message();
        *message.pointer_mut(field).expect("a field") = value.clone();
        let opened = open(&sender.seal("gateway:us", &message), &keys, now());
        assert!(opened.is_err(), "{field} = {value}");
    }
    for text in ["", "{}", "null", "[]"] {
        assert!(matches!(open(text, &keys, now()), Err(WalletError::Malformed(_))), "{text}");
    }
    let old =
        sender.seal("gateway:us", &message()).replace("\"protocolVersion\":\"ECv2\"", "\"protocolVersion\":\"ECv1\"");
    assert!(matches!(open(&old, &keys, now()), Err(WalletError::Unsupported(_))));
    assert!(matches!(open(&sender.seal("gateway:us", &message()), &[], now()), Err(WalletError::NotOurs)));
}
