"""Mails through a published SMTP server (aiosmtpd), over TLS with a certificate made for this run.

Run by `make test-clients`. STARTTLS and TLS from the first byte both deliver, after a login inside TLS; the mail is
read by Python's own parser. A certificate that nobody trusts, one for another host and a relay without TLS are
refused, and no password is ever told to them. A recipient that the relay refuses is shown as bounced.
"""

import email
import email.policy
import json
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import warnings

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

BIN = os.path.join(os.path.dirname(__file__), "..", "..", "target", "debug", "bursar")
NAME = "Åsa & Söner <b>AB</b>"
PASSWORD = "s3cr@t"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder, name, host):
    """A certificate for `host`, signed by the authority of this run."""
    path = lambda end: os.path.join(folder, f"{name}.{end}")
    openssl = lambda *args: subprocess.run(["openssl", *args], check=True, capture_output=True)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    authority = os.path.join(folder, "ca")
    if not os.path.exists(f"{authority}.pem"):
        openssl("req", "-x509", *key, "-keyout", f"{authority}.key", "-out", f"{authority}.pem", "-days", "2",
                "-subj", "/CN=Test authority", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *key, "-keyout", path("key"), "-out", path("csr"), "-subj", f"/CN={host}")
    with open(path("ext"), "w") as extensions:
        extensions.write(f"basicConstraints=critical,CA:FALSE\nsubjectAltName=DNS:{host}\n")
    openssl("x509", "-req", "-in", path("csr"), "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
            "-CAcreateserial", "-days", "2", "-extfile", path("ext"), "-out", path("pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path("pem"), path("key"))
    return context


class Started(Controller):
    """Its own first connection would take the server's certificate for a client's."""

    def _trigger_server(self):
        with socket.create_connection((self.hostname, self.port), 10) as plain:
            if not self.ssl_context:
                plain.recv(1024)
                return
            with ssl._create_unverified_context().wrap_socket(plain) as secure:
                secure.recv(1024)


class Relay:
    """The published server, and what it saw."""

    def __init__(self, tls=None, context=None):
        self.logins, self.mails = [], []
        port = free_port()
        options = {"authenticator": self.authenticate, "auth_required": True, "auth_require_tls": tls == "starttls"}
        if tls == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if tls == "implicit":
            options |= {"ssl_context": context}
        self.controller = Started(self, hostname="127.0.0.1", port=port, ready_timeout=30, **options)
        self.controller.start()
        scheme = "smtps" if tls == "implicit" else "smtp"
        self.url = f"{scheme}://shop:s3cr%40t@localhost:{port}"

    def authenticate(self, server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (b"shop", PASSWORD.encode())
        self.logins.append((mechanism, is_right))
        return AuthResult(success=is_right)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 taken"

    def stop(self):
        self.controller.stop()


def bursar(*args, **settings):
    env = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")} | settings
    return subprocess.run([BIN, *args], env=env, capture_output=True, text=True, timeout=60)


def settings(relay, authority):
    given = {"BURSAR_SMTP_URL": relay.url, "BURSAR_MAIL_FROM": "shop@example.com"}
    return given | ({"BURSAR_SMTP_CA_FILE": authority} if authority else {})


def until(done, what):
    end = time.monotonic() + 120  # a relay that was slow once is asked again after a minute
    while not done():
        assert time.monotonic() < end, what()
        time.sleep(0.1)


def delivers(folder, tls, context, authority):
    relay = Relay(tls, context)
    data = os.path.join(folder, f"data-{tls}")
    env = {name: value for name, value in os.environ.items() if not name.startswith("BURSAR_")}
    command = [BIN, "serve", "--data", data, "--listen", f"127.0.0.1:{free_port()}"]
    with open(os.path.join(folder, f"{tls}.log"), "w") as log:
        server = subprocess.Popen(command, env=env | settings(relay, authority), stdout=log, stderr=log)
    try:
        until(lambda: bursar("company", "set", f"name={NAME}", "--data", data).returncode == 0, lambda: "the server starts")
        for to in ["ann@example.com", "gone@example.com"]:
            queued = bursar("mail", "test", to, "--data", data)
            assert queued.returncode == 0, queued.stderr
        listed = lambda: json.loads(bursar("mail", "list", "--json", "--data", data).stdout)
        until(lambda: all(mail["status"] != "queued" for mail in listed()), listed)
        status = {mail["to"]: (mail["status"], mail["last_error"], mail["id"]) for mail in listed()}
        assert status["ann@example.com"][0] == "sent", status
        assert status["gone@example.com"][0] == "bounced" and "no such mailbox" in status["gone@example.com"][1], status
        [(to, mail)] = relay.mails
        assert to == ["ann@example.com"] and mail["To"] == "ann@example.com", (to, mail["To"])
        assert mail["Subject"] == f"Mail from {NAME} arrives", mail["Subject"]
        assert mail["Message-ID"] == f"<{status['ann@example.com'][2]}@example.com>", mail["Message-ID"]
        assert mail["From"].addresses[0].display_name == NAME, mail["From"]
        text, html = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
        assert NAME in text and "<b>" not in html and "whether mail arrives" in text and "whether mail arrives" in html
        assert relay.logins and all(login == ("PLAIN", True) for login in relay.logins), relay.logins
    finally:
        server.terminate()
        server.wait(30)
        relay.stop()


def refuses(data, relay, authority, what):
    """The relay is not spoken to, and is told no password."""
    looked = bursar("doctor", "--json", "--data", data, **settings(relay, authority))
    relay.stop()
    problems = {found["check"]: found["problem"] for found in json.loads(looked.stdout)["findings"]}
    assert looked.returncode == 1 and problems["mail"], f"{what}: {looked.stdout}"
    assert not relay.logins and not relay.mails, f"{what}: {relay.logins}"
    assert PASSWORD not in looked.stdout + looked.stderr, looked.stdout
    return problems["mail"]


def main():
    warnings.simplefilter("ignore")  # relays that are wrong on purpose
    with tempfile.TemporaryDirectory() as folder:
        right, wrong = certificate(folder, "right", "localhost"), certificate(folder, "wrong", "mail.example.com")
        authority = os.path.join(folder, "ca.pem")
        for tls in ["starttls", "implicit"]:
            delivers(folder, tls, right, authority)
        data = os.path.join(folder, "data-starttls")
        for what, relay, trusted in [
            ("an authority that nobody trusts", Relay("implicit", right), None),
            ("another host's certificate", Relay("implicit", wrong), authority),
            ("another host's certificate after STARTTLS", Relay("starttls", wrong), authority),
            ("no TLS at all", Relay(), authority),
        ]:
            print(f"  refused: {what}: {refuses(data, relay, trusted, what)}")
        good = Relay("implicit", right)
        looked = bursar("doctor", "--json", "--data", data, **settings(good, authority))
        good.stop()
        assert [found["problem"] for found in json.loads(looked.stdout)["findings"] if found["check"] == "mail"] == [None]
    print("  mails are delivered over STARTTLS and over TLS; 4 relays refused")


if __name__ == "__main__":
    sys.exit(main())
