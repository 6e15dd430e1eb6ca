#!/usr/bin/env python3
"""Fuzzes the running program with what its OpenAPI document says it takes, and proves the books afterwards.

    tests/fuzz/run.py [--examples N] [--seed N] [further arguments of schemathesis]

Starts target/debug/bursar on a fresh folder with a stopped clock, makes a few records of each kind, and lets
schemathesis send requests made from the document (good ones, and ones that break it) to every operation. The document
itself is checked by openapi-spec-validator. What was sent and found is left in target/fuzz.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from openapi_spec_validator import OpenAPIV31SpecValidator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OUT = ROOT / "target" / "fuzz"
BURSAR = Path(os.environ.get("BURSAR", ROOT / "target" / "debug" / "bursar"))
# Each request comes from another network, so that the limits of logins do not hide what is behind them.
PROXY = ["--trusted-proxy", "127.0.0.1"]

# Operations that are left out, with the reason.
LEFT_OUT = {
    "/api/test-clock": "moves the time of all other requests",
    "/api/logout": "ends the session it is called with",
    "/api/events/stream": "does not end",
}


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--examples", default=os.environ.get("FUZZ_EXAMPLES", "20"), help="cases of each operation")
    arguments.add_argument("--seed", default=os.environ.get("FUZZ_SEED", "1"))
    known, more = arguments.parse_known_args()
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    data = ["--data", str(OUT / "data")]
    key = command("key", "create", "--type", "api", "--name", "fuzz", *data).strip()
    with open(OUT / "server.log", "wb") as log:
        serve = ["serve", *data, "--listen", "127.0.0.1:0", "--test-clock", "2026-01-01T00:00:00Z", *PROXY]
        server = subprocess.Popen([BURSAR, "--log", "warn", *serve], stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            base = server.stdout.readline().split()[-1]
            validate(base)
            ids = Records(base, key).make()
            (OUT / "records.json").write_text(json.dumps(ids, indent=1))
            failed = fuzz(base, key, known, more)
            if server.poll() is not None:
                print("the program ended while it was fuzzed", file=sys.stderr)
                failed = 1
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(timeout=30)
    print(command("verify", *data).strip())
    return failed


def command(*arguments: str) -> str:
    done = subprocess.run([BURSAR, "--log", "warn", *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"bursar {' '.join(arguments)}: {done.stdout}{done.stderr}")
    return done.stdout


def validate(base: str) -> None:
    with urllib.request.urlopen(f"{base}/openapi.json") as answer:
        served = json.load(answer)
    OpenAPIV31SpecValidator(served).validate()
    if json.loads(command("openapi")) != served:
        sys.exit("`bursar openapi` prints another document than /openapi.json serves")
    print(f"OpenAPI {served['openapi']}: valid, {sum(len(item) for item in served['paths'].values())} operations")


def fuzz(base: str, key: str, known: argparse.Namespace, more: list[str]) -> int:
    run = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run", f"{base}/openapi.json"]
    run += ["--header", f"Authorization: {key}"]
    for path in LEFT_OUT:
        run += ["--exclude-path", path]
    run += ["--phases", "examples,coverage,fuzzing", "--max-examples", known.examples, "--seed", known.seed]
    run += ["--generation-database", "none", "--warnings", "off", "--no-color", "--workers", "1"]
    run += ["--report", "junit", "--report-dir", str(OUT / "report"), "--continue-on-failure", *more]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(HERE), "FUZZ_RECORDS": str(OUT / "records.json")}
    with open(OUT / "schemathesis.txt", "wb") as log:
        failed = subprocess.run(run, stdout=log, stderr=subprocess.STDOUT, cwd=OUT, env=environment).returncode
    lines = (OUT / "schemathesis.txt").read_text().splitlines()
    tail = lines if failed else [line for line in lines if "generated" in line or "passed" in line or "Tested" in line]
    print("\n".join(tail[-400:]))
    return failed


class Records:
    """A few records of each kind, so that requests meet something."""

    def __init__(self, base: str, key: str) -> None:
        self.base, self.key = base, key

    def make(self) -> dict[str, list[str]]:
        """Ids by the place where they are used: `"POST /api/recurring/plan/{id}"` or a field such as `"plan_id"`."""
        card = {"number": "4111111111111111", "expiration_date": "12/30"}
        address = {"first_name": "John", "line_1": "1 Main St", "city": "Wheaton", "state": "IL", "country": "US"}
        customers, addresses, cards, accounts = [], [], [], []
        for _ in range(3):
            customer = self.id_of("/api/vault/customer", {"default_payment": {"card": card}, "default_billing_address": address})
            at = f"/api/vault/customer/{customer}"
            customers.append(customer)
            addresses.append(self.post(f"{at}/address", {**address, "line_1": "2 Main St"})["data"]["created_address_id"])
            cards.append(self.post(f"{at}/card", {**card, "number": "5555555555554444"})["data"]["created_payment_method_id"])
            account = {"account_number": "999999", "routing_number": "490000018", "account_type": "checking", "sec_code": "web"}
            accounts.append(self.post(f"{at}/ach", account)["data"]["created_payment_method_id"])
        made = {"customer": customers, "address": addresses, "card": cards, "ach": accounts}
        monthly = {"amount": 100, "billing_cycle_interval": 1, "billing_frequency": "monthly", "billing_days": "1"}
        made["plan"] = [self.id_of("/api/recurring/plan", {"name": "Gold", **monthly}) for _ in range(3)]
        made["subscription"] = [
            self.id_of("/api/recurring/subscription", {"customer": {"id": customers[0]}, **monthly}) for _ in range(3)
        ]
        for noun in ("addon", "discount"):
            made[noun] = [self.id_of(f"/api/recurring/{noun}", {"name": noun, "amount": 10}) for _ in range(3)]
        made["invoice"] = [self.id_of("/api/invoice", self.invoice()) for _ in range(3)]
        pays = {"type": "sale", "amount": 1000, "payment_method": {"card": card}}
        made["transaction"] = [self.id_of("/api/transaction", pays) for _ in range(20)]
        made["authorization"] = [self.id_of("/api/transaction", {**pays, "type": "authorize"}) for _ in range(10)]
        made["processor"] = [self.post("/api/transaction", pays)["data"]["processor_id"]]
        made["apikey"] = [self.id_of("/api/user/apikey", {"type": "pub", "name": "spare"}) for _ in range(5)]
        return made

    @staticmethod
    def invoice() -> dict:
        place = {"first_name": "A", "address_line_1": "1 Main St", "city": "Wheaton", "state": "IL", "postal_code": "60187", "country": "US"}
        item = {"status": "pending", "name": "Widget", "unit_price": 100, "quantity": 1}
        return {
            "currency": "USD", "payable_to": place, "bill_to": place, "date_due": "2026-02-13T06:00:00Z", "items": [item],
            "tax_percent": "0.000", "payment_methods": ["card"], "card_processor_id": "", "ach_processor_id": "",
            "send_via": "none",
        }

    def id_of(self, path: str, body: dict) -> str:
        return self.post(path, body)["data"]["id"]

    def post(self, path: str, body: dict) -> dict:
        headers = {"Authorization": self.key, "Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


if __name__ == "__main__":
    sys.exit(main())
