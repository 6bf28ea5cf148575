// Hands a form what this device's passkey has signed, or a new passkey. Whoever has no script signs in by password and code.
"use strict";
(() => {
  const able = Boolean(navigator.credentials && window.PublicKeyCredential?.parseCreationOptionsFromJSON);
  const ask = async (path, form) => {
    const answer = await fetch(path, { method: "POST", body: form && new URLSearchParams(new FormData(form)) });
    const told = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(told.fault), { told: told.fault });
    return told;
  };
  const show = async (fields) => {
    const { options, pending } = await ask("/passkey/ask");
    const signed = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
    fields.credential.value = JSON.stringify(signed.toJSON());
    fields.pending.value = pending;
  };
  const add = async (fields, form) => {
    const { options, pending } = await ask("/account/passkey-options", form);
    const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    fields.made.value = JSON.stringify(made.toJSON());
    fields.made_pending.value = pending;
  };
  const run = async (form) => {
    const fields = form.elements, kinds = form.dataset.passkey.split(" "), typed = fields.present ?? fields.code;
    fields.credential && (fields.credential.value = fields.pending.value = "");
    if (kinds.includes("show") && !typed?.value.trim()) await show(fields);
    if (kinds.includes("add")) await add(fields, form);
    form.submit();
  };
  for (const form of able ? document.querySelectorAll("form[data-passkey]") : []) {
    const fault = form.querySelector("[role=alert]"), button = form.querySelector("button");
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      fault.hidden = button.disabled = true;
      try {
        await run(form);
      } catch (error) {
        fault.textContent = error.told ?? (error.name === "InvalidStateError" ? fault.dataset.held : fault.dataset.stopped);
        fault.hidden = false;
      }
      button.disabled = false;
    });
  }
  document.querySelectorAll(able ? "[data-passkey-able]" : "[data-passkey-unable]").forEach((part) => (part.hidden = false));
})();
