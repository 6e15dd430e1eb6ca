// A customer pays a hosted invoice: the promise of the product, through the eyes of the one who pays.
// Every rule is tried with and without JavaScript; what the books say is asked through the API.

const GOOD = "4242424242424242";
const DECLINED = "4000000000000002";

const address = {
  first_name: "Ada",
  last_name: "Lovelace",
  company: "Analytical Engines",
  address_line_1: "12 Main Street",
  city: "Wheaton",
  state: "IL",
  postal_code: "60187",
  country: "US",
  email: "ada@example.com",
};

// Two widgets at 12.50 and 7 % tax: 26.75 due.
const DUE = "26.75";
const newInvoice = (fields) => ({
  currency: "USD",
  payable_to: { ...address, company: "Widget Works" },
  bill_to: address,
  date_due: "2026-03-31T00:00:00Z",
  items: [{ status: "pending", name: "Widget", description: "Blue", unit_price: 1250, quantity: 2 }],
  enable_tax: true,
  tax_percent: "7.000",
  payment_methods: ["card"],
  card_processor_id: "",
  ach_processor_id: "",
  send_via: "none",
  message: "Thank you for your business!",
  ...fields,
});

async function createInvoice(api, fields = {}) {
  const { data } = await api("POST", "/api/invoice", newInvoice(fields));
  return data;
}

async function fillCard(page, number) {
  await page.getByLabel("Card number").fill(number);
  await page.getByLabel("Expiry").fill("12/30");
  await page.getByLabel("Security code").fill("123");
  await page.getByLabel("Name on card").fill("Ada Lovelace");
}

const payButton = (page) => page.getByRole("button", { name: /^pay/i });
const paid = (page) => page.locator("#pay [role=status]").getByRole("link", { name: "View receipt" });

// What the books say after one whole payment: nothing due, and `approved` charges of the whole amount.
async function assertPaidOnce({ api, assert }, invoice, { attempts = 1 } = {}) {
  const { data } = await api("GET", `/api/invoice/${invoice.id}`);
  assert.equal(data.amount_due, 0);
  assert.equal(data.amount_paid, data.total);
  assert.equal(data.status, "paid");
  const search = { order_id: { operator: "=", value: invoice.id } };
  const { data: found } = await api("POST", "/api/transaction/search", search);
  assert.equal(found.length, attempts);
  const approved = found.filter(({ response }) => response === "approved");
  assert.deepEqual(approved.map(({ amount }) => amount), [data.total]);
  assert.equal(approved[0].po_number, invoice.id);
}

const faces = [
  { name: "wide, with JavaScript", options: { size: "wide", script: true } },
  { name: "wide, without JavaScript", options: { size: "wide", script: false } },
  { name: "phone, with JavaScript", options: { size: "phone", script: true } },
  { name: "phone, without JavaScript", options: { size: "phone", script: false } },
];

for (const { name, options } of faces) {
  test(`an invoice is read, paid and receipted (${name})`, options, async ({ page, api, axe, assert, screenshot }) => {
    const invoice = await createInvoice(api);
    await page.goto(invoice.hosted_url);
    for (const text of ["Widget Works", "Widget", "Ada Lovelace", DUE, "Thank you for your business!"]) {
      assert.ok(await page.getByText(text).first().isVisible(), `the page shows ${text}`);
    }
    const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.ok(width[0] <= width[1], `nothing to scroll sideways: ${width}`);
    await axe(page);
    await screenshot(page, "open");
    await fillCard(page, GOOD);
    await payButton(page).click();
    await paid(page).waitFor();
    await axe(page);
    await screenshot(page, "paid");
    await paid(page).click();
    assert.ok(await page.getByText("Receipt").first().isVisible());
    assert.ok(await page.getByText(DUE).first().isVisible());
    assert.ok(!(await page.content()).includes(GOOD), "the receipt does not show the card number");
    await axe(page);
    await screenshot(page, "receipt");
    await assertPaidOnce({ api, assert }, invoice);
  });

  test(`a decline is told, and another card pays (${name})`, options, async ({ page, api, axe, assert, screenshot }) => {
    const invoice = await createInvoice(api);
    await page.goto(invoice.hosted_url);
    await fillCard(page, DECLINED);
    await payButton(page).click();
    await page.locator("#pay [role=alert]").waitFor();
    assert.equal(await page.getByLabel("Card number").inputValue(), "", "the card number is not sent back");
    await axe(page);
    await screenshot(page, "declined");
    const { data } = await api("GET", `/api/invoice/${invoice.id}`);
    assert.equal(data.amount_due, data.total);
    await fillCard(page, GOOD);
    await payButton(page).click();
    await paid(page).waitFor();
    await assertPaidOnce({ api, assert }, invoice, { attempts: 2 });
  });
}

for (const script of [true, false]) {
  const how = script ? "with JavaScript" : "without JavaScript";

  test(`two tabs, one charge (${how})`, { script }, async ({ page, open, api, assert }) => {
    const invoice = await createInvoice(api);
    const other = await open();
    for (const tab of [page, other]) {
      await tab.goto(invoice.hosted_url);
      await fillCard(tab, GOOD);
    }
    await Promise.all([payButton(page).click(), payButton(other).click()]);
    for (const tab of [page, other]) {
      await tab.goto(invoice.hosted_url);
      await paid(tab).waitFor();
    }
    await assertPaidOnce({ api, assert }, invoice);
  });

  test(`the form of a paid invoice, sent again, charges nothing (${how})`, { script }, async ({ page, open, api, assert }) => {
    const invoice = await createInvoice(api);
    const late = await open();
    await late.goto(invoice.hosted_url);
    await fillCard(late, GOOD);
    await page.goto(invoice.hosted_url);
    await fillCard(page, GOOD);
    await payButton(page).click();
    await paid(page).waitFor();
    await payButton(late).click();
    await paid(late).waitFor();
    // The back button: the old page must pay no second time, whatever the browser kept of it.
    await page.goBack();
    if ((await payButton(page).count()) > 0) {
      await fillCard(page, GOOD);
      await payButton(page).click();
      await paid(page).waitFor();
    }
    await assertPaidOnce({ api, assert }, invoice);
  });

  test(`a mistake is told at its field, and nothing is charged (${how})`, { script }, async ({ page, api, axe, assert }) => {
    const invoice = await createInvoice(api);
    await page.goto(invoice.hosted_url);
    await fillCard(page, "4242424242424241");
    await payButton(page).click();
    const number = page.getByLabel("Card number");
    await page.locator("[name=card_number][aria-invalid=true]").waitFor();
    const described = await number.getAttribute("aria-describedby");
    assert.ok((await page.locator(`#${described}`).innerText()).length > 0, "the field says what is wrong");
    assert.equal(await page.getByLabel("Name on card").inputValue(), "Ada Lovelace", "what is no secret stays");
    await axe(page);
    const { data } = await api("POST", "/api/transaction/search", { order_id: { operator: "=", value: invoice.id } });
    assert.equal(data, null);
  });
}

test("a double click is one charge", { script: true }, async ({ page, api, assert }) => {
  const invoice = await createInvoice(api);
  await page.goto(invoice.hosted_url);
  await fillCard(page, GOOD);
  await payButton(page).dblclick();
  await paid(page).waitFor();
  await assertPaidOnce({ api, assert }, invoice);
});

test("an invoice is paid with the keyboard alone", { script: true }, async ({ page, api, assert }) => {
  const invoice = await createInvoice(api);
  await page.goto(invoice.hosted_url);
  const tabTo = async (selector) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate((wanted) => document.activeElement.matches(wanted), selector)) return;
    }
    assert.fail(`${selector} is not reached with Tab`);
  };
  const fields = { card_number: GOOD, card_expiry: "1230", card_cvc: "123", card_name: "Ada Lovelace" };
  for (const [name, text] of Object.entries(fields)) {
    await tabTo(`[name=${name}]`);
    await page.keyboard.type(text);
  }
  await tabTo("#pay form button[type=submit]");
  const outline = await page.evaluate(() => {
    const { outlineStyle, boxShadow } = getComputedStyle(document.activeElement);
    return [outlineStyle, boxShadow];
  });
  assert.notDeepEqual(outline, ["none", "none"], "the focus can be seen");
  await page.keyboard.press("Enter");
  await paid(page).waitFor();
  await assertPaidOnce({ api, assert }, invoice);
});

test("an invoice nobody sent is not found, and says nothing", {}, async ({ page, origin, axe, assert }) => {
  const answer = await page.goto(`${origin}/invoice/0000000000000000000000`);
  assert.equal(answer.status(), 404);
  await axe(page);
});

// Beans 25.00, a mug 9.00, 7 % tax: 36.38; without the mug 26.75.
for (const [size, script] of [["wide", true], ["phone", true], ["phone", false]]) {
  const how = `${size}, ${script ? "with" : "without"} JavaScript`;
  test(`an item is left out, the new amount is seen, then paid (${how})`, { size, script }, async ({ page, api, axe, assert, screenshot }) => {
    const items = [
      { name: "Beans", unit_price: 1250, quantity: 2 },
      { name: "Mug", unit_price: 900, quantity: 1 },
    ];
    const settings = { partial_payment_type: "line_items" };
    const more = { items, settings, allow_partial_payment: true, save_customer_vault: "optional" };
    const invoice = await createInvoice(api, more);
    await page.goto(invoice.hosted_url);
    await page.getByText("Leave out items you do not accept").click();
    await page.getByLabel(/^Mug/).check();
    await page.getByLabel("Why are they left out?").fill("It is broken");
    if (script) await axe(page);
    await page.getByRole("button", { name: "Show what is left to pay" }).click();
    await page.getByText(`${DUE} USD is left to pay`).waitFor();
    if (script) await axe(page);
    await screenshot(page, `left-out-${size}`);
    await fillCard(page, GOOD);
    await page.getByLabel(/^Keep this payment method/).check();
    await page.getByRole("button", { name: `Pay ${DUE} USD` }).click();
    await paid(page).waitFor();
    if (script) await axe(page);
    const { data } = await api("GET", `/api/invoice/${invoice.id}`);
    assert.deepEqual([data.status, data.amount_paid, data.items[1].status], ["paid", 2675, "rejected"]);
    const { total_count: kept } = await api("POST", "/api/vault/customer/search", {});
    assert.ok(kept > 0, "the card is kept");
  });
}
