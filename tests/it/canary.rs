//! Card numbers, account numbers and security codes that were typed anywhere, looked for in every byte the program
//! leaves behind: its folder with the write-ahead log and the simulator's book, and what it logs while it runs.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::Client;

/// Each is typed in another place, so that a finding names its leak.
const VAULT: &str = "4012888888881881";
const REPLACED: &str = "5105105105105100";
const SOLD: &str = "4222222222222220";
const DECLINED: &str = "4000000000000002";
const WRONG_FIELD: &str = "6011000990139424";
const TYPED_ON_PAGE: &str = "5200828282828210";
const TYPED_WRONG: &str = "4917610000000000";
const LOST: &str = "4000000000003220";
const ACCOUNT: &str = "73519264805";
const PAGE_ACCOUNT: &str = "82640517394";
/// Longer than a real one may be in a test of bytes: three digits would be found by chance.
const CVC: &str = "8462";
const TRACK: &str = "B4222222222222220^DOE/JO";

/// Raw data of a reader: what is behind the number in it may rest nowhere at all.
const SWIPED: &str = "4024007103939509";
const SWIPE: &str = "30121011234567899";
const CHIP: &str = "4485275742308327";
const CRYPTOGRAM: &str = "AgAAAAAABk4DWZ4C28yUQAAAAAA=";

const CANARIES: [&str; 15] = [
    SWIPED,
    SWIPE,
    CHIP,
    CRYPTOGRAM,
    VAULT,
    REPLACED,
    SOLD,
    DECLINED,
    WRONG_FIELD,
    TYPED_ON_PAGE,
    TYPED_WRONG,
    LOST,
    ACCOUNT,
    PAGE_ACCOUNT,
    TRACK,
];

struct Served {
    child: Child,
    base: String,
    out: PathBuf,
    err: PathBuf,
}

impl Served {
    fn start(dir: &Path, run: usize) -> Self {
        let (out, err) = (dir.join(format!("out-{run}.log")), dir.join(format!("err-{run}.log")));
        let file = |path: &Path| std::fs::File::create(path).expect("a log file");
        let mut command = bursar(dir, &["serve", "--listen", "127.0.0.1:0", "--test-clock", "2026-01-01T00:00:00Z"]);
        command.env("BURSAR_LOG", "trace").stdout(file(&out)).stderr(file(&err));
        let mut child = command.spawn().expect("the binary starts");
        let base = loop {
            let said = std::fs::read_to_string(&out).expect("readable");
            if let Some(line) = said.lines().next().filter(|_| said.contains('\n')) {
                break line.strip_prefix("listening on ").expect("the first line is the address").to_owned();
            }
            assert!(child.try_wait().expect("ours").is_none(), "{}", std::fs::read_to_string(&err).unwrap_or_default());
            std::thread::yield_now();
        };
        Self { child, base, out, err }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Killed, so that the write-ahead log stays as it is.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn bursar(dir: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
    command.args(args).env_clear().env("BURSAR_DATA", dir.join("data")).stdin(Stdio::null());
    command
}

#[tokio::test]
async fn no_number_that_was_typed_is_found_in_any_byte() {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let made = bursar(dir.path(), &["key", "create", "--type", "api", "--name", "shop"]).output().expect("it runs");
    let key = String::from_utf8(made.stdout).expect("text").trim().to_owned();
    let first = Served::start(dir.path(), 1);
    let client = Client::of(&first.base, &key);
    vault(&client).await;
    sales(&client).await;
    wrong_fields(&client, &first.base).await;
    hosted_page(&client, &first.base).await;
    look(dir.path(), &key);
    let logs = [first.out.clone(), first.err.clone()];
    drop(first);
    // A start that finds an open charge, and the jobs, open the sealed numbers again.
    let second = Served::start(dir.path(), 2);
    let client = Client::of(&second.base, &key);
    let moved = client.post("/api/test-clock", &json!({ "now": "2026-01-20T00:00:00Z" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    look(dir.path(), &key);
    drop(second);
    let logged: u64 = logs.iter().map(|log| std::fs::metadata(log).expect("a log").len()).sum();
    assert!(logged > 1000, "the logs that were searched hold something");
}

async fn vault(client: &Client) {
    let card = json!({ "number": VAULT, "expiration_date": "12/30", "cvc": CVC });
    let made = client.post("/api/vault/customer", &json!({ "id": "jo", "default_payment": { "card": card } })).await;
    let customer = &made.data(200)["data"]["customer"];
    let method = customer["defaults"]["payment_method_id"].as_str().expect("a card");
    let replaced = json!({ "number": REPLACED, "expiration_date": "11/30", "cvc": CVC });
    client.post(&format!("/api/vault/customer/jo/card/{method}"), &replaced).await.data(200);
    let bank = json!({
        "account_number": ACCOUNT, "routing_number": "021000021", "account_type": "checking", "sec_code": "web",
    });
    client.post("/api/vault/customer/jo/ach", &bank).await.data(200);
}

/// The request with the wish that what pays is kept.
fn with_keep(body: &Value) -> Value {
    let mut body = body.clone();
    body["create_vault_record"] = json!(true);
    body
}

async fn sales(client: &Client) {
    let swiped = json!({ "entry_type": "swiped", "track_2": format!(";{SWIPED}={SWIPE}?") });
    let chip = json!({ "tlv_data": format!("57{:02X}{CHIP}D30122010000000000000F", 19) });
    let proof = json!({ "eci": "05", "cryptogram": CRYPTOGRAM });
    let card = json!({ "number": SOLD, "expiration_date": "12/30", "cardholder_authentication": proof });
    for method in [json!({ "card": swiped }), json!({ "emv": chip }), json!({ "card": card })] {
        let made = client.post("/api/transaction", &with_keep(&sale(&method))).await.data(200).clone();
        assert_eq!((&made["response"], made["customer_id"].is_string()), (&json!("approved"), true), "{made}");
    }
    for number in [SOLD, DECLINED, LOST] {
        let card = json!({ "number": number, "expiration_date": "12/30", "cvc": CVC, "track_1": TRACK });
        client.post("/api/transaction", &sale(&json!({ "card": card }))).await.data(200);
    }
    let bank = json!({
        "account_number": ACCOUNT, "routing_number": "021000021", "account_type": "checking", "sec_code": "web",
    });
    client.post("/api/transaction", &sale(&json!({ "ach": bank }))).await.data(200);
    client.post("/api/transaction", &sale(&json!({ "token": "tok_visa" }))).await.data(200);
    let kept = json!({ "customer": { "id": "jo" } });
    let sold = client.post("/api/transaction", &sale(&kept)).await;
    let id = sold.data(200)["id"].as_str().expect("an id").to_owned();
    client.post(&format!("/api/transaction/{id}/void"), &json!({})).await.data(200);
    let plan = json!({
        "customer": { "id": "jo" }, "amount": 100, "billing_cycle_interval": 1, "billing_frequency": "daily",
        "billing_days": "1",
    });
    client.post("/api/recurring/subscription", &plan).await.data(200);
}

fn sale(method: &Value) -> Value {
    json!({ "type": "sale", "amount": 100, "payment_method": method })
}

/// Every refusal here must not keep what was typed into the wrong place.
async fn wrong_fields(client: &Client, base: &str) {
    let n = WRONG_FIELD;
    let good = json!({ "card": { "number": SOLD, "expiration_date": "12/30" } });
    for (path, body) in [
        ("/api/transaction", json!({ "type": n, "amount": 1, "payment_method": good })),
        ("/api/transaction", json!({ "type": "sale", "amount": n, "payment_method": good })),
        (
            "/api/transaction",
            json!({ "type": "sale", "amount": 1, "order_id": format!("order {n}"), "payment_method": good }),
        ),
        ("/api/transaction", json!({ "type": "sale", "amount": 1, "payment_method": { "token": n } })),
        ("/api/transaction", json!({ "type": "sale", "amount": 1, "payment_method": n })),
        (
            "/api/transaction",
            json!({ "type": "sale", "amount": 1, "payment_method": { "card": { "number": n, "expiration_date": n } } }),
        ),
        (
            "/api/transaction",
            json!({ "type": "sale", "amount": 1, "payment_method": { "card": { "number": n, "expiration_date": "12/30", "cvc": n } } }),
        ),
        ("/api/transaction", json!({ "type": "sale", "amount": 1, "payment_method": { "customer": { "id": n } } })),
        ("/api/transaction", json!({ "type": "sale", "amount": 1, "ip_address": n, "payment_method": good })),
        ("/api/vault/customer", json!({ "default_billing_address": { "country": n } })),
        ("/api/recurring/subscription", json!({ "plan_id": n, "customer": { "id": n } })),
        ("/api/invoice", json!({ "currency": n })),
        ("/api/token-auth", json!({ "username": n, "password": n })),
    ] {
        let answer = client.post(path, &body).await;
        assert!(matches!(answer.status, 400 | 401 | 404), "{path} {body}: {} {}", answer.status, answer.text);
    }
    for path in ["/api/vault/{n}", "/api/transaction/{n}", "/api/invoice/{n}", "/nothing/{n}", "/invoice/{n}"] {
        client.get(&path.replace("{n}", n)).await;
        client.get(&format!("{}?number={n}", path.replace("/{n}", ""))).await;
    }
    client.post_text("/api/transaction", &format!(r#"{{"type":"sale","amount":1,"number":"{n}""#)).await;
    client.post("/api/transaction/search", &json!({ "full_cc_number": { "operator": "=", "value": n } })).await;
    for header in ["x-correlation-id", "idempotency-key", "user-agent", "referer"] {
        client.clone().header(header, n).post("/api/transaction", &json!({ "type": "gift" })).await;
    }
    Client::of(base, n).get("/api/users").await;
}

async fn hosted_page(client: &Client, base: &str) {
    let address = json!({
        "first_name": "Jo", "last_name": "Doe", "address_line_1": "1 A St", "city": "Wheaton", "state": "IL",
        "postal_code": "60187", "country": "US",
    });
    let invoice = json!({
        "currency": "USD", "payable_to": address, "bill_to": address, "date_due": "2026-02-13T06:00:00Z",
        "items": [{ "status": "pending", "name": "Widget", "unit_price": 5000, "quantity": 1 }],
        "tax_percent": "0.000", "payment_methods": ["card", "ach"], "card_processor_id": "", "ach_processor_id": "",
        "send_via": "none", "allow_partial_payment": true, "settings": { "partial_payment_type": "amount" },
    });
    let made = client.post("/api/invoice", &invoice).await;
    let url = made.data(200)["hosted_url"].as_str().expect("a page").to_owned();
    let pay = format!("{}/pay", url.strip_prefix(base).expect("our own address"));
    let anon = Client::of(base, "");
    for (number, amount) in [(DECLINED, "10.00"), (TYPED_WRONG, WRONG_FIELD), (TYPED_ON_PAGE, "10.00")] {
        let page = anon.get(url.strip_prefix(base).expect("ours")).await.text;
        let hidden = |name: &str| {
            let mark = format!(r#"name="{name}" value=""#);
            let rest = page.split(&mark).nth(1).expect("the form has it");
            rest.split('"').next().expect("a value").to_owned()
        };
        let (version, attempt) = (hidden("version"), hidden("attempt"));
        let seen = [("version", version.as_str()), ("attempt", attempt.as_str())];
        let card = [("method", "card"), ("card_number", number), ("card_expiry", "12/30"), ("card_cvc", CVC)];
        let fields = [&card[..], &seen, &[("card_name", "Jo"), ("amount", amount)]].concat();
        let answer = anon.post_form(&pay, &fields).await;
        for secret in CANARIES {
            assert!(!answer.text.contains(secret), "{secret} came back on the page");
        }
        let bank = [("method", "bank"), ("bank_name", "Jo"), ("bank_routing", "021000021"), ("amount", "nothing")];
        let account = [("bank_account", PAGE_ACCOUNT), ("bank_account_type", "checking")];
        anon.post_form(&pay, &[&bank[..], &account, &seen].concat()).await;
    }
    let id = made.data(200)["id"].as_str().expect("an id").to_owned();
    let left = client.get(&format!("/api/invoice/{id}")).await;
    assert_eq!(left.data(200)["amount_paid"], 1000, "the good card paid: {}", left.text);
}

/// Every file below `dir`, whatever it is called, but the key file, which no number ever meets.
fn look(dir: &Path, key: &str) {
    let mut folders = vec![dir.to_owned()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    for name in ["bursar.db", "bursar.db-wal", "simulator.book"] {
        assert!(files.iter().any(|file| file.ends_with(name)), "{name} is there to be searched");
    }
    for file in files {
        let bytes = std::fs::read(&file).expect("a file of ours");
        for secret in CANARIES.into_iter().chain([key]) {
            assert!(!holds(&bytes, secret), "{secret} is in {}", file.display());
        }
        for code in [format!("\"{CVC}\""), format!("={CVC}"), format!("cvc: {CVC}")] {
            assert!(!holds(&bytes, &code), "the security code is in {}", file.display());
        }
    }
}

fn holds(bytes: &[u8], secret: &str) -> bool {
    bytes.windows(secret.len()).any(|window| window == secret.as_bytes())
}
