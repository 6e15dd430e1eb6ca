// Drives the running program with a real browser.
//
// Starts the executable (BURSAR_BIN, default target/debug/bursar) on a free loopback port with a data folder of its
// own and a stopped clock, makes an API key through the command line, and runs every test of *.test.mjs in order.
// A test also fails on an error in the page's console, an uncaught error in a script and a request to a foreign origin.
// Screenshots and the page of a failed test are left in tests/browser/out.
//
//   node tests/browser/run.mjs [words of a test's name]
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const HERE = dirname(fileURLToPath(import.meta.url));
const BIN = resolve(process.env.BURSAR_BIN ?? join(HERE, "../../target/debug/bursar"));
const OUT = join(HERE, "out");
const START_MS = 20_000;
const TEST_MS = 30_000;
const CLOCK = "2026-03-01T09:00:00Z";
const SIZES = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
const AXE = readFileSync(join(HERE, "node_modules/axe-core/axe.min.js"), "utf8");
const CHROMIUM_FLAGS = [
  "--no-sandbox", // as root Chromium refuses to start with one
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

// A port that was free a moment ago; `--listen …:0` would need the program's own words to find it again.
const freePort = () =>
  new Promise((done, fail) => {
    const server = createServer();
    server.on("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

const within = (ms, what, promise) => {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`${what} took longer than ${ms} ms`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};

const createKey = (type, data, env) => {
  const key = spawnSync(BIN, ["key", "create", "--type", type, "--name", "browser", "--data", data], { env, encoding: "utf8" });
  assert.equal(key.status, 0, `bursar key create: ${key.error?.message ?? key.stderr}`);
  assert.match(key.stdout.trim(), new RegExp(`^${type}_\\S+$`), "`key create` prints the key alone");
  return key.stdout.trim();
};

// The program under test: its address, its key, and everything it said.
class Program {
  static async start() {
    const folder = mkdtempSync(join(tmpdir(), "bursar-browser-"));
    const port = await freePort();
    const program = new Program();
    program.folder = folder;
    program.origin = `http://127.0.0.1:${port}`;
    program.said = "";
    const listen = `127.0.0.1:${port}`;
    const data = join(folder, "data");
    // The caller's own settings must not reach the program under test.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BURSAR_")));
    const flags = ["--data", data, "--listen", listen, "--public-url", program.origin, "--test-clock", CLOCK];
    program.child = spawn(BIN, ["serve", ...flags], { env, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [program.child.stdout, program.child.stderr]) {
      stream.on("data", (text) => (program.said += text));
    }
    program.ended = new Promise((done) => {
      program.child.on("exit", (code, signal) => done(`ended with ${signal ?? code}`));
      program.child.on("error", (error) => done(error.message));
    });
    try {
      await within(START_MS, "starting", Promise.race([program.ready(), program.refuseToEnd()]));
      program.key = createKey("api", data, env);
      program.publicKey = createKey("pub", data, env);
    } catch (error) {
      await program.stop();
      throw new Error(`${error.message}\n${BIN} said:\n${program.said}`);
    }
    return program;
  }

  async refuseToEnd() {
    throw new Error(`the program ${await this.ended}`);
  }

  // Asks /healthz until it answers; refused connections are the only ones asked again.
  async ready() {
    while (!this.stopped) {
      try {
        const answer = await fetch(`${this.origin}/healthz`);
        await answer.text();
        if (answer.ok) return;
      } catch (error) {
        if (error.cause?.code !== "ECONNREFUSED") throw error;
      }
      await new Promise((done) => setTimeout(done, 20));
    }
  }

  // One call of the API; anything but a success is the test's failure unless it expects another status.
  api = async (method, path, body, { status = 200 } = {}) => {
    const headers = { authorization: this.key, "content-type": "application/json" };
    const answer = await fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    assert.equal(answer.status, status, `${method} ${path}: ${text}`);
    return text && JSON.parse(text);
  };

  // The one-time link to the dashboard, as it stood in the terminal.
  setupLink = () => this.said.match(/http\S+\/admin\/setup\/\S+/)[0];

  async stop() {
    this.stopped = true;
    this.child.kill("SIGTERM");
    await within(5_000, "stopping", this.ended).catch(() => this.child.kill("SIGKILL"));
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// A page of its own with what a test needs; collects what a visitor must never meet.
// `origins` are those a page may speak to besides the program's own; `mayFail` is an address that may answer 4xx.
async function openPage(browser, program, { size = "wide", script = true, origins = [], mayFail } = {}) {
  const context = await browser.newContext({ viewport: SIZES[size], javaScriptEnabled: script, locale: "en-US" });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const wrong = [];
  page.on("console", (message) => {
    // A refused form answers 4xx and the browser says so; that is the server's word, not an error of the page.
    const answered = message.text().startsWith("Failed to load resource") && [page.url(), mayFail].includes(message.location().url);
    if (message.type() === "error" && !answered) wrong.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => wrong.push(`script: ${error.message}`));
  await context.route("**/*", (route) => {
    const url = route.request().url();
    const known = [program.origin, ...origins].some((origin) => url.startsWith(`${origin}/`));
    if (known || url.startsWith("data:")) return route.continue();
    wrong.push(`foreign origin: ${url}`);
    return route.abort();
  });
  return { context, page, wrong };
}

// Accessibility findings a visitor would stumble over. Evaluated from outside, so the page's content security
// policy does not stand in the way. The checker needs timers, which a page without JavaScript does not have:
// such a page is judged as a copy of what the server sent, its own scripts left out.
async function axe(page, { script = true } = {}) {
  if (script) return axeFindings(page);
  const [html, url] = [await page.content(), page.url()];
  const context = await page.context().browser().newContext({ viewport: page.viewportSize() });
  try {
    const copy = await context.newPage();
    await copy.route("**/*", (route) => {
      const request = route.request();
      if (request.isNavigationRequest()) return route.fulfill({ body: html, contentType: "text/html; charset=utf-8" });
      return request.resourceType() === "script" ? route.abort() : route.continue();
    });
    await copy.goto(url);
    return await axeFindings(copy);
  } finally {
    await context.close();
  }
}

async function axeFindings(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
}

async function runTest(browser, program, test) {
  const opened = [];
  const name = test.name.replace(/[^a-z0-9]+/gi, "-").toLowerCase();
  const t = {
    assert,
    origin: program.origin,
    api: program.api,
    publicKey: program.publicKey,
    setupLink: program.setupLink,
    // Where the test says nothing, its own size and script hold.
    open: async (options = {}) => {
      const one = await openPage(browser, program, { ...test.options, ...options });
      opened.push(one);
      return one.page;
    },
    screenshot: (page, what) => page.screenshot({ path: join(OUT, `${name}-${what}.png`), fullPage: true }),
    axe: async (page) => assert.deepEqual(await axe(page, test.options), []),
  };
  try {
    const page = await t.open();
    await within(TEST_MS, "the test", test.run({ ...t, page }));
    assert.deepEqual(opened.flatMap(({ wrong }) => wrong), []);
    return null;
  } catch (error) {
    const last = opened.at(-1)?.page;
    await last?.screenshot({ path: join(OUT, `${name}-failed.png`), fullPage: true }).catch(() => {});
    const said = opened.flatMap(({ wrong }) => wrong).join("\n");
    return `${error.stack ?? error}${said && `\n${said}`}`;
  } finally {
    await Promise.all(opened.map(({ context }) => context.close()));
  }
}

async function main() {
  const wanted = process.argv.slice(2).join(" ");
  const tests = [];
  // test("name", {size, script}, async ({page, open, api, setupLink, axe, screenshot, assert}) => …)
  globalThis.test = (name, options, run) => tests.push({ name, options, run });
  for (const file of readdirSync(HERE).filter((name) => name.endsWith(".test.mjs")).sort()) {
    await import(join(HERE, file));
  }
  const chosen = tests.filter(({ name }) => name.includes(wanted));
  assert.ok(chosen.length > 0, `no test is named ${wanted}`);
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });

  const program = await Program.start();
  for (const signal of ["SIGINT", "SIGTERM"]) {
    process.once(signal, () => program.stop().finally(() => process.exit(1)));
  }
  let failed = 0;
  try {
    const executablePath = process.env.BROWSER || "/usr/bin/chromium";
    const browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
    try {
      for (const test of chosen) {
        const begin = performance.now();
        const problem = await runTest(browser, program, test);
        failed += problem ? 1 : 0;
        console.log(`${problem ? "FAILED" : "ok    "} ${test.name} (${Math.round(performance.now() - begin)} ms)`);
        if (problem) console.log(problem.replace(/^/gm, "    "));
      }
    } finally {
      await browser.close();
    }
    if (failed > 0) console.log(`the program said:\n${program.said.slice(-4_000)}`);
  } finally {
    await program.stop();
  }
  console.log(`${chosen.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

main().catch((error) => {
  console.error(error.stack ?? error);
  console.log("0 passed, 1 failed");
  process.exitCode = 1;
});
