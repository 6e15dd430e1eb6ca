//! Records for examples: a name such as `{customer}` in a path or a request becomes the id of one made on demand.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use bursar::domain::wallet::Wallet;

use crate::gateway::wallet;
use crate::support::{Client, TestApp};

/// A running program, and the records made for the present example.
pub struct Stage {
    client: Client,
    made: BTreeMap<String, String>,
    count: u32,
    app: TestApp,
}

impl Stage {
    /// A fresh program on 1 January 2026.
    pub async fn open() -> Self {
        let app = TestApp::start().await;
        Self { client: app.key(), made: BTreeMap::new(), count: 0, app }
    }

    /// One that has the merchant's key of a wallet, while tokens of its test vectors are young.
    pub async fn with_wallet(wallet: Wallet) -> Self {
        let app = match wallet {
            Wallet::ApplePay => TestApp::start_at(wallet::APPLE_NOW).await,
            Wallet::GooglePay => TestApp::start().await,
        };
        wallet::add_key(&app, wallet).await;
        Self { client: app.key(), made: BTreeMap::new(), count: 0, app }
    }

    /// The merchant's key.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Forgets what was made: the next example gets its own.
    pub fn clear(&mut self) {
        self.made.clear();
    }

    /// `text` with an id in place of each `{name}`.
    pub async fn filled(&mut self, text: &str) -> Result<String, String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let name = after.split('}').next().filter(|name| is_name(name));
            match name {
                Some(name) => {
                    let value = self.id(name).await?;
                    rest = &after[name.len() + 1..];
                    if value.starts_with('{') {
                        // An object stands in place of the text that names it.
                        out.truncate(out.len() - 1);
                        rest = &rest[1..];
                    }
                    out.push_str(&value);
                }
                None => {
                    out.push('{');
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// The id of a record, made where there is none yet.
    ///
    /// # Errors
    /// What the program said to its making.
    pub async fn id(&mut self, name: &str) -> Result<String, String> {
        if let Some(id) = self.made.get(name) {
            return Ok(id.clone());
        }
        match name {
            "customer" | "address" | "card" | "ach" => self.make_customer().await?,
            "terminal" => self.keep(name, &self.got("/api/terminals").await?["data"][0]["id"]),
            "new_username" => {
                let name = format!("seeduser{}", self.fresh());
                self.keep("new_username", &json!(name));
            }
            "settled" => {
                let made = self.posted("/api/transaction", &charge()).await?;
                let tomorrow = self.app.now().plus(2 * bursar::domain::time::DAY);
                self.app.advance_to(&tomorrow.to_string()).await;
                self.keep(name, &made["data"]["id"]);
            }
            "token" => self.keep(name, &json!("tok_visa")),
            "apple_pay_key" => self.keep(name, &json!(wallet::APPLE_MERCHANT)),
            "apple_pay_token" => self.keep(name, &json!(wallet::APPLE.trim())),
            "google_pay_token" => self.keep(name, &json!(wallet::google()["device"].to_string())),
            "processor" => {
                let body = charge();
                let made = self.posted("/api/transaction", &body).await?;
                self.keep(name, &made["data"]["processor_id"]);
            }
            _ => {
                let (path, body) = self.request(name).await?;
                let made = self.posted(&path, &body).await?;
                self.keep(name, &made["data"]["id"]);
            }
        }
        self.made.get(name).cloned().ok_or_else(|| format!("no {name} was made"))
    }

    /// How a record is made.
    async fn request(&mut self, name: &str) -> Result<(String, Value), String> {
        let (path, body) = match name {
            "user" => {
                let username = format!("seeduser{}", self.fresh());
                let body = json!({ "username": username, "name": "test merchant user", "phone": "6305555555",
                    "email": "info@website.com", "timezone": "ETC/UTC", "password": "Correct-Horse-9",
                    "status": "active", "role": "standard" });
                ("/api/user", body)
            }
            "api_key" => ("/api/user/apikey", json!({ "type": "api", "name": "Private Key" })),
            "transaction" => ("/api/transaction", charge()),
            "authorization" => {
                let mut body = charge();
                body["type"] = json!("authorize");
                ("/api/transaction", body)
            }
            "addon" | "discount" => {
                let body = json!({ "name": "test", "description": "just a simple test", "amount": 100 });
                return Ok((format!("/api/recurring/{name}"), body));
            }
            "plan" => {
                let (addon, discount) = (Box::pin(self.id("addon")).await?, Box::pin(self.id("discount")).await?);
                let body = json!({ "name": "test plan", "amount": 100, "billing_cycle_interval": 1,
                    "billing_frequency": "twice_monthly", "billing_days": "1,15",
                    "add_ons": [{ "id": addon }], "discounts": [{ "id": discount, "amount": 50 }] });
                ("/api/recurring/plan", body)
            }
            "subscription" => {
                let (customer, discount) = (Box::pin(self.id("customer")).await?, Box::pin(self.id("discount")).await?);
                let body = json!({ "customer": { "id": customer }, "amount": 100, "billing_cycle_interval": 1,
                    "billing_frequency": "monthly", "billing_days": "1", "next_bill_date": "2026-02-01",
                    "discounts": [{ "id": discount, "amount": 50 }] });
                ("/api/recurring/subscription", body)
            }
            "invoice" => ("/api/invoice", invoice()),
            _ => return Err(format!("nobody knows how to make {name}")),
        };
        Ok((path.to_owned(), body))
    }

    /// A customer with two addresses, two cards and a bank account; the names are of those that are not defaults.
    async fn make_customer(&mut self) -> Result<(), String> {
        let address = |street: &str| {
            json!({ "first_name": "John", "last_name": "Smith", "company": "Some Business", "line_1": street,
                "city": "Some Town", "state": "IL", "postal_code": "60187", "country": "US", "phone": "5555555555",
                "fax": "5555555555", "email": "user@somesite.com" })
        };
        let card = |number: &str| json!({ "number": number, "expiration_date": "12/30" });
        let made = self
            .posted(
                "/api/vault/customer",
                &json!({
                    "description": "test description", "flags": ["surcharge_exempt"],
                    "default_payment": { "card": card("4111111111111111") },
                    "default_billing_address": address("1 Main St"),
                }),
            )
            .await?;
        self.keep("customer", &made["data"]["id"]);
        let at = format!("/api/vault/customer/{}", self.made["customer"]);
        let made = self.posted(&format!("{at}/address"), &address("2 Main St")).await?;
        self.keep("address", &made["data"]["created_address_id"]);
        let made = self.posted(&format!("{at}/card"), &card("5555555555554444")).await?;
        self.keep("card", &made["data"]["created_payment_method_id"]);
        let account = json!({ "account_number": "999999", "routing_number": "490000018", "account_type": "checking",
            "sec_code": "web" });
        let made = self.posted(&format!("{at}/ach"), &account).await?;
        self.keep("ach", &made["data"]["created_payment_method_id"]);
        Ok(())
    }

    /// A number that no other record has.
    fn fresh(&mut self) -> u32 {
        self.count += 1;
        self.count
    }

    fn keep(&mut self, name: &str, id: &Value) {
        if let Some(id) = id.as_str() {
            self.made.insert(name.to_owned(), id.to_owned());
        }
    }

    async fn posted(&self, path: &str, body: &Value) -> Result<Value, String> {
        let answer = self.client.post(path, body).await;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(format!("POST {path}: {} {}", answer.status, answer.text))
        }
    }

    async fn got(&self, path: &str) -> Result<Value, String> {
        let answer = self.client.get(path).await;
        if answer.status == 200 {
            Ok(answer.body)
        } else {
            Err(format!("GET {path}: {} {}", answer.status, answer.text))
        }
    }
}

/// The charge that examples are about, of the seed's "Process".
pub fn charge() -> Value {
    let address = json!({ "first_name": "John", "last_name": "Smith", "company": "Test Company",
        "address_line_1": "123 Some St", "city": "Wheaton", "state": "IL", "postal_code": "60187", "country": "US",
        "phone": "5555555555", "fax": "5555555555", "email": "help@website.com" });
    json!({ "type": "sale", "amount": 1112, "tax_amount": 100, "shipping_amount": 100, "currency": "USD",
        "description": "test transaction", "order_id": "someOrderID", "po_number": "somePONumber",
        "ip_address": "4.2.2.2", "email_receipt": false,
        "payment_method": { "card": { "entry_type": "keyed", "number": "4111111111111111", "expiration_date": "12/30",
            "cvc": "999" } },
        "billing_address": address, "shipping_address": address })
}

/// An invoice with everything that is required.
pub fn invoice() -> Value {
    let place = json!({ "first_name": "First", "last_name": "Last", "address_line_1": "123 Some St",
        "city": "Some City", "state": "IL", "postal_code": "60000", "country": "US" });
    json!({ "currency": "USD", "payable_to": place, "bill_to": place, "date_due": "2026-02-13T06:00:00.000Z",
        "items": [{ "status": "pending", "name": "Widget", "unit_price": 100, "quantity": 1 }],
        "tax_percent": "0.000", "payment_methods": ["card"], "card_processor_id": "", "ach_processor_id": "",
        "send_via": "none", "email_to": "info@website.com" })
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}
