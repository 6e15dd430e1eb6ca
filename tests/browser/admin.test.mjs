// The dashboard as its owner uses it: the link from the terminal, a password, the overview, out and in again.
const PASSWORD = "Correct-Horse-9 battery";

const notWider = (page) => page.evaluate(() => document.documentElement.scrollWidth <= innerWidth);

const button = (page, name) => page.getByRole("button", { name });

async function choosePassword(page, password) {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByLabel("Password again").fill(password);
  await button(page, "Save and sign in").click();
}

async function signIn(page, password) {
  await page.getByLabel("User name").fill("admin");
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

for (const [size, script] of [["wide", true], ["phone", false], ["phone", true]]) {
  const name = `${size}, ${script ? "with" : "without"} JavaScript`;
  test(`link, password, overview, out and in again (${name})`, { size, script }, async (t) => {
    const { page, api, link, axe, assert, screenshot } = t;
    await page.goto(link());
    await axe(page);
    await screenshot(page, "set-up");
    if (await page.getByLabel("Email").count()) {
      await page.getByLabel("Email").fill("maya@shop.example");
    }
    await choosePassword(page, "too-short");
    assert.ok(await page.getByText("Must contain an uppercase character.").isVisible());
    assert.ok(await notWider(page), "the form fits");
    await axe(page);
    await screenshot(page, "refused");
    await choosePassword(page, PASSWORD);

    await page.getByRole("heading", { name: "Overview" }).waitFor();
    for (const heading of ["Received per month", "Next billing run", "Recent invoices", "Jobs"]) {
      assert.ok(await page.getByRole("heading", { name: heading }).isVisible(), heading);
    }
    assert.ok(await notWider(page), "the overview fits");
    await axe(page);
    await screenshot(page, "overview");
    await page.emulateMedia({ colorScheme: "dark" });
    await axe(page);
    await screenshot(page, "overview-dark");
    await page.emulateMedia({ colorScheme: "light" });

    await button(page, "Sign out").click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.goto("/admin");
    assert.ok(page.url().includes("/admin/login"), "signed out means out");
    await signIn(page, "Wrong-Password-1");
    await page.getByText("User name or password is wrong").waitFor();
    await axe(page);
    await screenshot(page, "wrong");
    await signIn(page, PASSWORD);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await api("GET", "/api/user");
  });
}
