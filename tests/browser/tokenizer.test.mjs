// A shop on another origin embeds the tokenizer: the customer types a card into the shop's own page, and the shop's
// server gets a token, never the number.
import { createHash } from "node:crypto";
import { createServer } from "node:http";

const GOOD = "4242424242424242";

const html = (origin, publicKey, integrity) => `<!doctype html><html lang="en"><head><title>Shop</title>
<link rel="icon" href="data:,">
<script src="${origin}/static/tokenizer.js" data-key="${publicKey}" crossorigin="anonymous" integrity="${integrity}"></script>
</head><body><main><h1>Till</h1>
<form action="/order" method="post" data-bursar-form>
<label>Card number <input data-bursar="number" name="number" autocomplete="cc-number"></label>
<label>Expiry <input data-bursar="expiration_date" name="exp" autocomplete="cc-exp"></label>
<label>Security code <input data-bursar="cvc" autocomplete="cc-csc"></label>
<input type="hidden" name="order" value="42">
<output data-bursar-message></output>
<button name="how" value="now">Pay</button>
</form></main></body></html>`;

// A shop with one page; `orders` are the bodies its server received.
async function withShop(origin, publicKey, run) {
  const script = await (await fetch(`${origin}/static/tokenizer.js`)).text();
  const integrity = `sha256-${createHash("sha256").update(script).digest("base64")}`;
  const orders = [];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "text/html; charset=utf-8");
    if (request.method !== "POST") return response.end(html(origin, publicKey, integrity));
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      orders.push(body);
      response.end("<!doctype html><html lang=en><title>Thanks</title><h1>Thank you</h1></html>");
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  try {
    await run(`http://127.0.0.1:${server.address().port}`, orders);
  } finally {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  }
}

test("a shop's page turns a card into a token that its server charges", {}, async ({ open, api, origin, publicKey, assert, axe }) => {
  await withShop(origin, publicKey, async (shop, orders) => {
    const page = await open({ origins: [shop] });
    await page.goto(shop);
    await axe(page);
    await page.getByLabel("Card number").fill(GOOD);
    await page.getByLabel("Expiry").fill("12/30");
    await page.getByLabel("Security code").fill("123");
    await page.getByRole("button", { name: "Pay" }).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    assert.equal(orders.length, 1);
    assert.ok(!orders[0].includes(GOOD) && !/number|exp|cvc/.test(orders[0]), orders[0]);
    const order = new URLSearchParams(orders[0]);
    assert.deepEqual([order.get("order"), order.get("how")], ["42", "now"]);
    const sale = { type: "sale", amount: 1250, payment_method: { token: order.get("token") } };
    const { data } = await api("POST", "/api/transaction", sale);
    assert.equal(data.response_code, 100);
    assert.equal(data.response_body.card.masked_card, "424242******4242");
    assert.equal(data.response_body.card.cvv_response_code, "M");
    await api("POST", "/api/transaction", sale, { status: 400 });
  });
});

test("a mistyped card stays on the shop's page and says where", {}, async ({ open, origin, publicKey, assert }) => {
  await withShop(origin, publicKey, async (shop, orders) => {
    const page = await open({ origins: [shop], mayFail: `${origin}/api/tokenizer` });
    await page.goto(shop);
    await page.getByLabel("Card number").fill("4242424242424241");
    await page.getByLabel("Expiry").fill("12/20");
    await page.getByRole("button", { name: "Pay" }).click();
    await page.locator("[data-bursar-message]", { hasText: "invalid: cc, exp" }).waitFor();
    assert.equal(await page.locator("[aria-invalid=true]").count(), 2);
    assert.equal(await page.evaluate(() => document.activeElement.dataset.bursar), "number");
    assert.equal(orders.length, 0);
    await page.getByLabel("Card number").fill(GOOD);
    await page.getByLabel("Expiry").fill("12/30");
    await page.getByRole("button", { name: "Pay" }).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
    assert.equal(orders.length, 1);
  });
});
