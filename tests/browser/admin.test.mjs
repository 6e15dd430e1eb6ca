// The dashboard as its owner uses it: the link from the terminal, a password, the overview, out and in again.
const PASSWORD = "Correct-Horse-9 battery";
const USER = "maya";

const button = (page, name) => page.getByRole("button", { name });
const heading = (page, name) => page.getByRole("heading", { name, exact: true });

async function looksRight({ axe, assert, screenshot }, page, what) {
  const width = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width[0] <= width[1], `nothing to scroll sideways on ${what}: ${width}`);
  await axe(page);
  await screenshot(page, what);
  await page.emulateMedia({ colorScheme: "dark" });
  // Colours change over a moment; halfway they mean nothing.
  await page.evaluate(() => Promise.all(document.getAnimations().map((change) => change.finished)));
  await axe(page);
  await screenshot(page, `${what} dark`);
  await page.emulateMedia({ colorScheme: "light" });
}

async function choosePassword(page, password) {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password again").fill(password);
  await button(page, "Save and sign in").click();
}

async function signIn(page, password) {
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

async function overviewIsThere(page, assert) {
  await heading(page, "Overview").waitFor();
  for (const name of ["Received per month", "Next billing run", "Recent invoices", "Recent transactions", "Jobs"]) {
    assert.ok(await heading(page, name).isVisible(), name);
  }
}

test("the set-up link, a password, the overview, and out", { size: "wide", script: true }, async (t) => {
  const { page, open, setupLink, assert } = t;
  // A look on the phone does not use the link up.
  const phone = await open({ size: "phone" });
  await phone.goto(setupLink());
  await looksRight(t, phone, "set-up on a phone");

  await page.goto(setupLink());
  await looksRight(t, page, "set-up");
  await page.getByLabel("User name").fill(USER);
  await page.getByLabel("Email").fill("maya@shop.example");
  await choosePassword(page, "too-short-and-plain");
  assert.ok(await page.getByText("Must contain an uppercase character.").isVisible());
  assert.equal(await page.getByLabel("Email").inputValue(), "maya@shop.example", "what is no secret stays");
  await looksRight(t, page, "refused");
  await choosePassword(page, PASSWORD);
  await overviewIsThere(page, assert);

  await button(page, "Sign out").click();
  await heading(page, "Sign in").waitFor();
  await page.goto(setupLink());
  await heading(page, "This link opens nothing").waitFor();
  await looksRight(t, page, "used link");
});

for (const [size, script] of [["wide", true], ["phone", true], ["phone", false]]) {
  const face = `${size}, ${script ? "with" : "without"} JavaScript`;
  test(`in, the overview, out (${face})`, { size, script }, async (t) => {
    const { page, origin, assert } = t;
    await page.goto(`${origin}/admin`);
    await heading(page, "Sign in").waitFor();
    await looksRight(t, page, "sign-in");
    await signIn(page, "Wrong-Password-1");
    await page.getByText("User name or password is wrong").waitFor();
    await looksRight(t, page, "wrong password");
    await signIn(page, PASSWORD);
    await overviewIsThere(page, assert);
    await looksRight(t, page, "overview");
    await button(page, "Sign out").click();
    await heading(page, "Sign in").waitFor();
    await page.goto(`${origin}/admin`);
    await heading(page, "Sign in").waitFor();
  });
}
