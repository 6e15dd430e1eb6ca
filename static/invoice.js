// Progressive enhancement of the pay form. Everything works without this file:
// the server checks every field, and an attempt number makes a repeated submit harmless.
"use strict";

(() => {
  const BRANDS = [
    ["Visa", /^4/],
    ["Mastercard", /^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/],
    ["Amex", /^3[47]/],
    ["Discover", /^(6011|64[4-9]|65)/],
    ["Diners", /^(30[0-5]|309|36|38|39)/],
    ["JCB", /^35(2[89]|[3-8])/],
    ["UnionPay", /^62/],
  ];
  const digits = (text) => text.replace(/\D/g, "");
  const brand = (number) => (BRANDS.find(([, start]) => start.test(number)) || [""])[0];

  const grouped = (number) => {
    const groups = /^3[47]/.test(number) ? [4, 6, 5] : [4, 4, 4, 4, 3];
    const parts = [];
    for (let at = 0, i = 0; at < number.length && i < groups.length; at += groups[i], i += 1) {
      parts.push(number.slice(at, at + groups[i]));
    }
    return parts.join(" ");
  };

  // Rewrites the field and keeps the caret behind the digit it was behind.
  const rewrite = (input, format) => {
    const before = digits(input.value.slice(0, input.selectionStart ?? input.value.length)).length;
    const text = format(digits(input.value));
    if (text === input.value) return;
    input.value = text;
    let at = 0;
    for (let seen = 0; at < text.length && seen < before; at += 1) if (/\d/.test(text[at])) seen += 1;
    if (document.activeElement === input) input.setSelectionRange(at, at);
  };

  const number = document.querySelector("[data-card-number]");
  const hint = document.querySelector("[data-card-brand]");
  if (number) {
    const show = () => {
      rewrite(number, grouped);
      if (hint) hint.textContent = brand(digits(number.value));
    };
    number.addEventListener("input", show);
    show();
  }

  const expiry = document.querySelector("[data-card-expiry]");
  if (expiry) {
    expiry.addEventListener("input", (event) => {
      if (event.inputType && event.inputType.startsWith("delete")) return;
      // A four-digit year, as browsers fill it in, is left as it is.
      if (/^\s*\d{1,2}\s*\/\s*\d{3,4}\s*$/.test(expiry.value)) return;
      rewrite(expiry, (text) => {
        const month = /^[2-9]/.test(text) ? `0${text}` : text;
        return month.length < 2 ? month : `${month.slice(0, 2)} / ${month.slice(2, 4)}`;
      });
      if (/^\d\d \/ /.test(expiry.value)) expiry.setSelectionRange(expiry.value.length, expiry.value.length);
    });
  }

  for (const form of document.querySelectorAll("[data-once]")) {
    // Panes that are not chosen send nothing and demand nothing.
    const panes = form.querySelectorAll("[data-pane]");
    const choose = () => {
      const chosen = form.querySelector('[name="method"]:checked') || form.querySelector('[name="method"]');
      for (const pane of panes) {
        pane.disabled = !chosen || !pane.dataset.pane.split(" ").includes(chosen.value);
      }
    };
    form.addEventListener("change", choose);
    choose();
    for (const input of form.querySelectorAll("[aria-required]")) input.required = true;

    const button = form.querySelector("[type=submit]");
    const label = button && button.innerHTML;
    let sent = false;
    form.addEventListener("submit", (event) => {
      if (sent) {
        event.preventDefault();
        return;
      }
      sent = true;
      button.disabled = true;
      button.textContent = button.dataset.busy || button.textContent;
    });
    // The back button may show the page as it was left: make it usable again.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted || !button) return;
      sent = false;
      button.disabled = false;
      button.innerHTML = label;
    });
  }

  const again = document.querySelector("[data-check-again-ms]");
  if (again) setTimeout(() => window.location.reload(), Number(again.dataset.checkAgainMs));

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
})();
