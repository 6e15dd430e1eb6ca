//! PostgreSQL doing the same with a stored function, at its default durability, through pgbench over a Unix socket. No
//! HTTP, no JSON, no double entry: a gate, a row of the ledger with a unique event key, one commit.

use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const SCHEMA: &str = "
CREATE TABLE account (id text PRIMARY KEY, balance bigint NOT NULL CHECK (balance >= 0));
CREATE SEQUENCE event_key;
CREATE TABLE ledger (id bigserial PRIMARY KEY, account text NOT NULL, amount bigint NOT NULL, after bigint NOT NULL,
  event_key text NOT NULL UNIQUE, created timestamptz NOT NULL DEFAULT now());
CREATE INDEX ledger_by_account ON ledger (account, id);
CREATE FUNCTION take(of text, units bigint) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE left_over bigint;
BEGIN
  UPDATE account SET balance = balance - units WHERE id = of AND balance >= units RETURNING balance INTO left_over;
  IF NOT FOUND THEN RETURN NULL; END IF;
  INSERT INTO ledger (account, amount, after, event_key)
    VALUES (of, units, left_over, 'e' || lpad(nextval('event_key')::text, 15, '0'));
  RETURN left_over;
END $$;
";

/// A cluster in a folder of its own; it ends with this value.
pub(crate) struct Postgres {
    top: tempfile::TempDir,
    accounts: u32,
}

impl Postgres {
    /// Starts it; `Err` says why it cannot be measured here.
    pub(crate) fn start(beside: &Path, accounts: u32) -> Result<Self, String> {
        let top = tempfile::tempdir_in(beside).map_err(|why| why.to_string())?;
        std::fs::set_permissions(top.path(), std::fs::Permissions::from_mode(0o755)).map_err(|why| why.to_string())?;
        if is_root() {
            chown(top.path(), Some(NOBODY), Some(NOBODY)).map_err(|why| why.to_string())?;
        }
        let cluster = Self { top, accounts };
        let data = cluster.data();
        cluster.run("initdb", &["-D", &data, "-U", "bench", "-A", "trust", "--no-instructions"])?;
        let socket = cluster.top.path().display().to_string();
        let log = format!("{socket}/log");
        let options = format!("-k {socket} -c listen_addresses='' -c max_connections=300");
        cluster.run("pg_ctl", &["-D", &data, "-l", &log, "-w", "-o", &options, "start"])?;
        let fill = format!(
            "{SCHEMA} INSERT INTO account SELECT 'a' || n, 1000000000 FROM generate_series(0, {}) n; CHECKPOINT; ANALYZE;",
            accounts - 1
        );
        cluster.run("psql", &["-h", &socket, "-U", "bench", "-q", "-v", "ON_ERROR_STOP=1", "-c", &fill, "postgres"])?;
        Ok(cluster)
    }

    /// Gated debits per second of so many clients; with `is_hot`, of one account.
    pub(crate) fn rate(&self, clients: usize, is_hot: bool, seconds: u32) -> Result<f64, String> {
        let (last, socket) = (if is_hot { 0 } else { self.accounts - 1 }, self.top.path().display().to_string());
        let script = self.top.path().join("script.sql");
        std::fs::write(&script, format!("\\set a random(0, {last})\nSELECT take('a' || :a, 1);\n"))
            .map_err(|why| why.to_string())?;
        let (clients, seconds, script) = (clients.to_string(), seconds.to_string(), script.display().to_string());
        let told = self.run(
            "pgbench",
            &[
                "-h", &socket, "-U", "bench", "-n", "-M", "prepared", "-f", &script, "-c", &clients, "-j", "2", "-T",
                &seconds, "postgres",
            ],
        )?;
        let line = told.lines().find(|line| line.starts_with("tps = ")).ok_or("pgbench told no rate")?;
        let figure = line.split_whitespace().nth(2).and_then(|text| text.parse().ok());
        figure.ok_or_else(|| format!("pgbench told {line}"))
    }

    fn data(&self) -> String {
        self.top.path().join("data").display().to_string()
    }

    /// Runs a program of PostgreSQL, as an ordinary user where we are root; answers what it says.
    fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let path = found(program).ok_or_else(|| format!("{program} is not installed"))?;
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        command.args(arguments).current_dir(self.top.path()).stdin(Stdio::null());
        // A server that outlives pg_ctl would hold the pipe open.
        let (out, err) = (self.top.path().join(".out"), self.top.path().join(".err"));
        let file = |path: &PathBuf| std::fs::File::create(path).map_err(|why| why.to_string());
        let ended = command.stdout(file(&out)?).stderr(file(&err)?).status().map_err(|why| why.to_string())?;
        let said = |path: PathBuf| std::fs::read_to_string(path).unwrap_or_default();
        if ended.success() { Ok(said(out)) } else { Err(format!("{program}: {}", said(err).trim())) }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // What is left of it goes with its folder.
        drop(self.run("pg_ctl", &["-D", &self.data(), "-m", "immediate", "-w", "stop"]));
    }
}

/// The user that runs PostgreSQL where root measures.
const NOBODY: u32 = 65_534;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn found(program: &str) -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().map(|folder| folder.join(program)).find(|file| file.is_file())
}
