//! The binary as scripts use it: what it prints, and its exit codes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::support::Client;

fn bursar(data: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bursar"));
    command.args(args).env_clear().env("BURSAR_DATA", data).stdin(Stdio::null());
    command
}

pub fn run(data: &Path, args: &[&str]) -> (i32, String, String) {
    finished(&bursar(data, args).output().expect("the binary runs"))
}

fn finished(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().expect("it ends by itself"), text(&output.stdout), text(&output.stderr))
}

/// A served folder; the child is ended when the test is over.
pub struct Served {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    base: String,
}

impl Served {
    fn start(data: &Path) -> Self {
        Self::start_with(data, &["serve", "--listen", "127.0.0.1:0"])
    }

    fn start_with(data: &Path, args: &[&str]) -> Self {
        let mut served = Self::run(data, args);
        let first = served.lines.next().expect("it says where it listens").expect("in text");
        served.set_base(first.strip_prefix("listening on ").expect("the first line is the address"));
        served
    }

    /// Starts a command that serves; nothing of what it prints is read yet.
    pub fn run(data: &Path, args: &[&str]) -> Self {
        let mut command = bursar(data, args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { child, lines, base: String::new() }
    }

    /// What it prints up to the line that holds `mark`.
    pub fn read_until(&mut self, mark: &str) -> String {
        let mut printed = String::new();
        for line in &mut self.lines {
            let line = line.expect("text");
            printed.push_str(&line);
            printed.push('\n');
            if line.contains(mark) {
                return printed;
            }
        }
        panic!("it ended after: {printed}");
    }

    /// Says where it listens.
    pub fn set_base(&mut self, base: &str) {
        base.clone_into(&mut self.base);
    }

    /// Where it listens.
    pub fn base(&self) -> &str {
        &self.base
    }

    pub fn stop(mut self) -> i32 {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("the child is ours");
        self.child.wait().expect("it ends").code().expect("by itself")
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After `stop` there is nothing left to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn exit_codes_and_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    for (args, code) in [
        (&["--version"][..], 0),
        (&["openapi"], 0),
        (&["key", "create", "--type", "api", "--name", "shop"], 0),
        (&["key", "create", "--type", "api", "--name", ""], 1),
        (&["key", "create", "--type", "gift", "--name", "shop"], 2),
        (&["key", "create", "--name", "shop"], 2),
        (&["company", "show"], 0),
        (&["company", "set", "currency=EUR", "address.city=Malmö"], 0),
        (&["company", "set", "currency=EURO"], 1),
        (&["company", "set", "currency"], 2),
        (&["user", "create", "--username", "ann", "--email", "ann@shop.example", "--role", "standard"], 0),
        (&["user", "create", "--username", "ann", "--email", "ann@shop.example", "--role", "standard"], 1),
        (&["link", "admin"], 0),
        (&["serve", "--listen", "nowhere"], 2),
        (&["serve", "--test-clock", "yesterday"], 2),
        (&["dance"], 2),
    ] {
        let (status, out, err) = run(&data, args);
        assert_eq!(status, code, "{args:?}: {out}{err}");
        if code == 1 {
            assert!(err.starts_with("bursar: ") && err.lines().count() == 1, "{args:?}: {err}");
        }
    }
}

#[test]
fn a_script_gets_what_it_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let imported = ["key", "create", "--type", "api", "--name", "old", "--secret", "sk_old_key_of_the_shop", "--json"];
    let (_, out, _) = run(&data, &imported);
    let key: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&key["type"], &key["key"]), (&"api".into(), &"sk_old_key_of_the_shop".into()));
    assert_eq!(key["jwt"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(run(&data, &imported).0, 1, "a key is taken over once");

    let (_, out, _) = run(&data, &["company", "set", "name=Northwind", "time_zone=Europe/Stockholm"]);
    let company: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&company["name"], &company["time_zone"]), (&"Northwind".into(), &"Europe/Stockholm".into()));

    let mut command = bursar(
        &data,
        &["user", "create", "--username", "boss", "--email", "bo@x.example", "--role", "admin", "--password-stdin"],
    );
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"weak\n").unwrap();
    let (code, _, err) = finished(&child.wait_with_output().unwrap());
    assert_eq!((code, err.as_str()), (1, "bursar: invalid password: must be 8-64 characters\n"));
}

#[tokio::test]
async fn a_folder_is_served_and_left_clean() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let mut served = Served::start(&data);
    let link = served.lines.next().unwrap().unwrap();
    assert!(link.contains("/admin/setup/"), "{link}");
    assert!(dir.path().join("data.key").exists(), "the vault's key lies beside the folder, not in it");

    let (_, key, _) = run(&data, &["key", "create", "--type", "api", "--name", "shop"]);
    let client = Client::of(&served.base, key.trim());
    assert_eq!(client.get("/api/terminals").await.data(200)[0]["tpn"], "000000000001");
    assert_eq!(client.get("/healthz").await.status, 200);

    let (code, _, err) = run(&data, &["serve", "--listen", "127.0.0.1:0"]);
    assert_eq!(code, 1, "a second server is refused: {err}");
    let (code, _, err) = run(&data, &["vault", "rotate"]);
    assert_eq!(code, 1, "keys are not rotated under a running server: {err}");
    let (code, out, err) = run(&data, &["doctor"]);
    assert_eq!(code, 0, "{out}{err}");

    assert_eq!(served.stop(), 0, "told to stop, it ends well");
    assert_eq!(run(&data, &["vault", "rotate"]).0, 0);
    let again = Served::start(&data);
    assert_eq!(Client::of(&again.base, key.trim()).get("/api/user").await.status, 200, "keys outlive a rotation");
}

#[test]
fn a_folder_that_is_not_there_is_no_patient() {
    let dir = tempfile::tempdir().unwrap();
    let (code, _, err) = run(&dir.path().join("nothing"), &["doctor"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("there are no books in"), "{err}");
}

/// A key made before, a key made beside the server, a restart: all are dated by the test clock, never by the machine.
#[tokio::test]
async fn a_test_clock_rules_everything_that_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (_, key, _) = run(&data, &["key", "create", "--type", "api", "--name", "made first"]);
    let at = |clock: &'static str| ["serve", "--listen", "127.0.0.1:0", "--test-clock", clock];
    let served = Served::start_with(&data, &at("2019-01-31T09:00:00Z"));
    run(&data, &["key", "create", "--type", "api", "--name", "made beside it"]);
    let client = Client::of(&served.base, key.trim());
    let method = serde_json::json!({ "card": { "number": "4242424242424242", "expiration_date": "12/30" } });
    let sale = serde_json::json!({ "type": "sale", "amount": 100, "payment_method": method });
    let sold = client.post("/api/transaction", &sale).await;
    assert_eq!(
        sold.body["data"]["created_at"].as_str().unwrap().get(..19),
        Some("2019-01-31T09:00:00"),
        "{}",
        sold.text
    );
    let moved = client.post("/api/test-clock", &serde_json::json!({ "now": "2019-03-01T00:00:00Z" })).await;
    assert_eq!(moved.status, 200, "{}", moved.text);
    drop(served);
    let served = Served::start_with(&data, &at("2019-01-31T09:00:00Z"));
    let client = Client::of(&served.base, key.trim());
    let sold = client.post("/api/transaction", &sale).await;
    let created = sold.body["data"]["created_at"].as_str().unwrap();
    assert_eq!(created.get(..19), Some("2019-03-01T00:00:00"), "it goes on where it stood");
    let again = client.post("/api/test-clock", &serde_json::json!({ "now": "2019-03-01T00:00:00Z" })).await;
    assert_eq!(again.status, 200, "{}", again.text);
}

/// Charges of the machine's clock cannot be older than those of a test clock that starts before them.
#[tokio::test]
async fn a_test_clock_before_what_the_books_hold_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let served = Served::start(&data);
    let (_, key, _) = run(&data, &["key", "create", "--type", "api", "--name", "shop"]);
    let client = Client::of(&served.base, key.trim());
    let method = serde_json::json!({ "card": { "number": "4242424242424242", "expiration_date": "12/40" } });
    let sale = serde_json::json!({ "type": "sale", "amount": 100, "payment_method": method });
    assert_eq!(client.post("/api/transaction", &sale).await.status, 200);
    served.stop();
    let (code, _, err) = run(&data, &["serve", "--listen", "127.0.0.1:0", "--test-clock", "2019-01-31T09:00:00Z"]);
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("these books already reach"), "{err}");
}

/// A folder name typed wrong is told, not furnished.
#[test]
fn what_only_looks_makes_no_books() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("dta");
    for args in [&["company", "show"][..], &["job", "list"], &["billing", "status"], &["verify"], &["doctor"]] {
        let (code, _, err) = run(&data, args);
        assert_eq!(code, 1, "{args:?}: {err}");
        assert!(err.contains("there are no books in"), "{args:?}: {err}");
    }
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing was made");
}

#[test]
fn users_are_listed_let_out_and_in_and_given_a_link() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let create = ["user", "create", "--username", "maya", "--email", "maya@shop.example", "--role", "standard"];
    let (code, id, err) = run(&data, &create);
    assert_eq!(code, 0, "{err}");
    let (_, listed, _) = run(&data, &["user", "list", "--json"]);
    let users: Value = serde_json::from_str(&listed).expect("JSON");
    let names: Vec<&str> = users.as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["admin", "maya"]);
    assert_eq!(users[1]["id"], id.trim());
    assert!(run(&data, &["user", "disable", "maya"]).1.contains("maya is disabled"));
    assert_eq!(run(&data, &["user", "link", "maya"]).0, 1, "a disabled user gets none");
    assert!(run(&data, &["user", "enable", "MAYA"]).1.contains("maya is active"));
    let (_, link, _) = run(&data, &["user", "link", "maya", "--public-url", "https://pay.example.com"]);
    assert!(link.starts_with("https://pay.example.com/admin/setup/"), "{link}");
    let (code, _, err) = run(&data, &["user", "disable", "admin"]);
    assert_eq!((code, err.trim()), (1, "bursar: this is the last active administrator"));
    assert_eq!(run(&data, &["user", "link", "nobody"]).0, 1);
}

#[test]
fn mails_are_listed_and_read_and_the_relay_is_examined() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    run(&data, &["key", "create", "--type", "api", "--name", "makes the books"]);
    let (code, _, err) = run(&data, &["mail", "test", "not an address"]);
    assert_eq!((code, err.contains("invalid to:")), (1, true), "{err}");
    assert_eq!(run(&data, &["mail", "test", "ann@example.com"]).0, 0);
    run(&data, &["job", "run", "send_mails"]);
    let (_, listed, _) = run(&data, &["mail", "list", "--json"]);
    let mails: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!((&mails[0]["to"], &mails[0]["status"]), (&"ann@example.com".into(), &"kept".into()));
    let (_, shown, _) = run(&data, &["mail", "show", mails[0]["id"].as_str().unwrap()]);
    assert!(shown.starts_with("To: ann@example.com\nSubject: Mail from My Company arrives\n"), "{shown}");
    assert_eq!(run(&data, &["mail", "show", "nothing"]).0, 1);

    let doctor = |extra: &[&str]| run(&data, &[&["doctor", "--json"], extra].concat()).1;
    assert!(doctor(&[]).contains(r#"{"check":"mail","problem":null}"#));
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("smtp://shop:s3cret@{}", nobody.local_addr().unwrap());
    drop(nobody);
    let said = doctor(&["--smtp-url", &url, "--mail-from", "Shop <shop@example.com>"]);
    assert!(said.contains(r#""check":"mail","problem":""#) && !said.contains("s3cret"), "{said}");
    let (code, _, err) = run(&data, &["serve", "--smtp-url", "gopher://s3cret@x", "--mail-from", "a@b.example"]);
    assert!(code == 1 && err.contains("invalid smtp-url") && !err.contains("s3cret"), "{err}");
    let (code, _, err) = run(&data, &["serve", "--smtp-url", "smtp://x"]);
    assert!(code == 2 && err.contains("--mail-from"), "a sender is needed: {err}");
}
