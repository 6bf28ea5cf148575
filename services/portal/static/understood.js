// Beneath a field that reads dates, amounts or numbers: what was understood, as soon as somebody has typed. The form works without this.
"use strict";
(() => {
  for (const field of document.querySelectorAll("input[data-reads]")) {
    const said = document.createElement("output"), beside = field.dataset.currency && field.form?.elements[field.dataset.currency];
    said.className = "understood";
    said.setAttribute("aria-live", "polite");
    field.after(said);
    let asked = 0;
    const ask = async () => {
      const mine = (asked += 1), query = new URLSearchParams({ as: field.dataset.reads, text: field.value });
      if (beside) query.set("currency", beside.value);
      if (!field.value.trim()) return void (said.textContent = "");
      const told = await fetch(`/understood?${query}`).then((r) => (r.ok ? r.json() : { text: "" })).catch(() => ({ text: "" }));
      if (mine !== asked) return;
      said.textContent = told.text;
      said.classList.toggle("bad", told.read === false);
    };
    field.addEventListener("change", ask);
    beside?.addEventListener("change", ask);
  }
})();
