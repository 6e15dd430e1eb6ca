// Lets the published `standardwebhooks` libraries of npm and PyPI judge every message of the running program.
//
// Starts the executable (BURSAR_BIN, default target/debug/bursar) with the machine's clock, a receiver beside it, and
// one webhook of each format; makes things happen, rotates the secrets on the way, and verifies every message with
// both libraries: good ones pass, and none passes with another body or another secret.
//
//   BURSAR_PYTHON=target/venv/bin/python node tests/clients/webhooks.mjs
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { Webhook } from "standardwebhooks";

const HERE = dirname(fileURLToPath(import.meta.url));
const BIN = resolve(process.env.BURSAR_BIN ?? join(HERE, "../../target/debug/bursar"));
const PYTHON = process.env.BURSAR_PYTHON ?? "python3";
const PATIENCE_MS = 30_000;
const EVENTS = 40;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// Keeps every message.
class Receiver {
  messages = [];

  async start() {
    this.server = createServer(async (request, response) => {
      const chunks = [];
      for await (const chunk of request) chunks.push(chunk);
      this.messages.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(204).end();
    });
    await new Promise((done) => this.server.listen(0, "127.0.0.1", done));
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
  }

  of(path) {
    return this.messages.filter((message) => message.path === path);
  }

  async waitFor(path, count) {
    const end = Date.now() + PATIENCE_MS;
    while (this.of(path).length < count) {
      assert.ok(Date.now() < end, `${this.of(path).length} of ${count} messages arrived at ${path}`);
      await sleep(20);
    }
  }
}

class Program {
  async start() {
    this.folder = mkdtempSync(join(tmpdir(), "bursar-clients-"));
    const data = join(this.folder, "data");
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BURSAR_")));
    this.said = "";
    const flags = ["--data", data, "--listen", "127.0.0.1:0", "--allow-private-webhooks"];
    this.child = spawn(BIN, ["serve", ...flags], { env, stdio: ["ignore", "pipe", "pipe"] });
    this.ended = new Promise((done) => this.child.on("exit", done));
    for (const stream of [this.child.stdout, this.child.stderr]) stream.on("data", (text) => (this.said += text));
    const end = Date.now() + PATIENCE_MS;
    while (!(this.origin = this.said.match(/listening on (http:\S+)/)?.[1])) {
      assert.ok(Date.now() < end && this.child.exitCode === null, `${BIN} does not start:\n${this.said}`);
      await sleep(20);
    }
    const key = spawnSync(BIN, ["key", "create", "--type", "api", "--name", "clients", "--data", data], { env, encoding: "utf8" });
    assert.equal(key.status, 0, key.stderr);
    this.key = key.stdout.trim();
  }

  async api(method, path, body) {
    const headers = { authorization: this.key, "content-type": "application/json" };
    const answer = await fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, 200, `${method} ${path}: ${text}`);
    return JSON.parse(text).data;
  }

  async stop() {
    this.child?.kill("SIGTERM");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const accepts = (secret, { headers, body }) => {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
};

// Every judgement by both libraries: [message, secret, whether it must pass].
function judge(cases) {
  for (const [message, secret, good] of cases) {
    assert.equal(accepts(secret, message), good, `npm: ${message.body.slice(0, 200)}`);
  }
  const lines = cases.map(([{ headers, body }, secret, good]) => JSON.stringify({ headers, body, secret, good }));
  const python = spawnSync(PYTHON, [join(HERE, "verify.py")], { input: lines.join("\n"), encoding: "utf8" });
  assert.equal(python.status, 0, `PyPI: ${python.error ?? python.stderr}`);
  assert.equal(python.stdout.trim(), `${cases.length} judged`);
}

async function main() {
  const [receiver, program] = [new Receiver(), new Program()];
  await receiver.start();
  try {
    await program.start();
    const hooks = [];
    for (const format of ["standard", "gateway"]) {
      const path = `/${format}`;
      const made = await program.api("POST", "/api/webhooks", { url: receiver.origin + path, format, topics: ["add_on.*", "transaction.*"] });
      hooks.push({ path, id: made.id, secret: made.secret });
    }
    const happen = async () => {
      for (let nth = 0; nth < EVENTS; nth += 1) await program.api("POST", "/api/recurring/addon", { name: `add-on ${nth} – ünï`, amount: nth });
      await program.api("POST", "/api/transaction", { type: "sale", amount: 1112, payment_method: { token: "tok_visa" } });
    };
    await happen();
    // The standard format tells of transaction.created and approved, the gateway's of transaction_create alone.
    const counts = { "/standard": EVENTS + 2, "/gateway": EVENTS + 1 };
    for (const { path } of hooks) await receiver.waitFor(path, counts[path]);
    for (const hook of hooks) hook.next = (await program.api("POST", `/api/webhooks/${hook.id}/secret`, {})).secret;
    await happen();
    for (const { path } of hooks) await receiver.waitFor(path, 2 * counts[path]);

    const cases = [];
    for (const { path, secret, next } of hooks) {
      receiver.of(path).forEach((message, at) => {
        const isRotated = at >= counts[path];
        cases.push([message, secret, true], [message, next, isRotated]);
        cases.push([{ ...message, body: `${message.body} ` }, secret, false]);
        const late = { ...message.headers, "webhook-timestamp": String(Number(message.headers["webhook-timestamp"]) - 1) };
        cases.push([{ ...message, headers: late }, secret, false]);
      });
      const ids = new Set(receiver.of(path).map(({ headers }) => headers["webhook-id"]));
      assert.equal(ids.size, 2 * counts[path], `${path}: every id once`);
    }
    judge(cases);
    console.log(`ok     webhooks: ${cases.length} judgements by each of two published libraries agree`);
  } catch (error) {
    console.log(`FAILED webhooks\n${error.stack}\nthe program said:\n${program.said?.slice(-4_000)}`);
    process.exitCode = 1;
  } finally {
    await program.stop();
    receiver.server.closeAllConnections();
    receiver.server.close();
  }
}

await main();
