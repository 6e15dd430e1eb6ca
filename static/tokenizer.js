// Card and bank data typed on a shop's page become a token, so that they never pass through the shop's own server.
//
//   <script src="https://billing.example/static/tokenizer.js" data-key="pub_…" crossorigin="anonymous"></script>
//
//   <form action="/order" method="post" data-bursar-form>     the shop's server gets the field `token`, no number
//     <input data-bursar="number" autocomplete="cc-number" inputmode="numeric">
//     <input data-bursar="expiration_date" autocomplete="cc-exp">
//     <input data-bursar="cvc" autocomplete="cc-csc" inputmode="numeric">
//     <output data-bursar-message></output>
//     <button>Pay</button>
//   </form>
//
// or by hand: `const { token } = await Bursar.tokenize({ card: { number, expiration_date, cvc } })`, or `{ ach: {
// routing_number, account_number, account_type } }`. A refusal throws an Error with `invalid`: the names of the fields
// at fault ("cc", "exp", "cvv", "account", "routing", …). The token is good once, for 15 minutes:
// `payment_method: { token }` of POST /api/transaction, sent by the shop's server with its private key.
"use strict";

(() => {
  const script = document.currentScript;
  const endpoint = new URL("/api/tokenizer", script.src).href;
  const CARD = ["number", "expiration_date", "cvc"];
  const NAMES = {
    cc: "number",
    exp: "expiration_date",
    cvv: "cvc",
    account: "account_number",
    routing: "routing_number",
    account_type: "account_type",
    sec_code: "sec_code",
  };

  const failure = (message, invalid = []) => Object.assign(new Error(message), { name: "TokenizeError", invalid });

  const tokenize = async (payment, { key = script.dataset.key } = {}) => {
    let answer;
    try {
      const response = await fetch(endpoint, {
        method: "POST",
        mode: "cors",
        credentials: "omit",
        referrerPolicy: "no-referrer",
        headers: { authorization: key ?? "", "content-type": "application/json" },
        body: JSON.stringify(payment),
      });
      answer = await response.json();
    } catch {
      throw failure("The payment service cannot be reached. Nothing was charged.");
    }
    if (answer.status !== "success") throw failure(answer.message, answer.invalid);
    return { token: answer.token };
  };

  const inputs = (form) => [...form.querySelectorAll("[data-bursar]")];

  // What is typed into a form's marked inputs, as the endpoint wants it.
  const typed = (form) => {
    const values = Object.fromEntries(inputs(form).map((input) => [input.dataset.bursar, input.value.trim()]));
    return CARD.some((name) => name in values) ? { card: values } : { ach: values };
  };

  const say = (form, message, invalid) => {
    const wrong = invalid.map((name) => NAMES[name]);
    for (const input of inputs(form)) {
      if (wrong.includes(input.dataset.bursar)) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
    const place = form.querySelector("[data-bursar-message]");
    if (place) place.textContent = message;
    inputs(form).find((input) => input.hasAttribute("aria-invalid"))?.focus();
  };

  // Sends the form with the token in place of what was typed. Marked inputs lose their names: a browser posts an
  // input without a name never, even where this script fails later.
  const attach = (form, options) => {
    for (const input of inputs(form)) input.removeAttribute("name");
    let isBusy = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (isBusy) return;
      isBusy = true;
      const submitter = event.submitter;
      try {
        say(form, "", []);
        const { token } = await tokenize(typed(form), options);
        let field = form.querySelector("input[type=hidden][name=token]");
        if (!field) {
          field = Object.assign(document.createElement("input"), { type: "hidden", name: "token" });
          form.append(field);
        }
        field.value = token;
        for (const input of inputs(form)) input.value = "";
        if (submitter?.name) form.append(Object.assign(document.createElement("input"), { type: "hidden", name: submitter.name, value: submitter.value }));
        HTMLFormElement.prototype.submit.call(form);
      } catch (error) {
        say(form, error.message, error.invalid ?? []);
      } finally {
        isBusy = false;
      }
    });
  };

  globalThis.Bursar = Object.freeze({ tokenize, attach });
  const attachAll = () => document.querySelectorAll("form[data-bursar-form]").forEach((form) => attach(form));
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", attachAll);
  else attachAll();
})();
