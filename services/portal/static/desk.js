// What is typed into the desk's form stays in this tab until it is saved, also when the server dies meanwhile. The page works without this.
"use strict";
(() => {
  const form = document.querySelector("form[data-keep]"), notice = document.querySelector("#kept");
  if (!form) return;
  const key = "nakodo " + form.dataset.keep;
  const fields = () => [...form.elements].filter((f) => f.name && !["hidden", "submit", "button", "file"].includes(f.type));
  const chosen = (f) => [...f.options].find((o) => o.defaultSelected)?.value ?? f.options[0]?.value ?? "";
  const shown = (f) => (f.tagName === "SELECT" ? chosen(f) : f.defaultValue);
  const keep = () => {
    const typed = Object.fromEntries(fields().filter((f) => f.value !== shown(f)).map((f) => [f.name, f.value]));
    if (Object.keys(typed).length) sessionStorage.setItem(key, JSON.stringify(typed));
    else sessionStorage.removeItem(key);
  };
  const saved = new URLSearchParams(location.search).has("saved") && !document.querySelector("[role=alert]");
  if (saved) {
    sessionStorage.removeItem(key);
    history.replaceState(null, "", location.pathname); // a reload is no second saving
  }
  const typed = JSON.parse(sessionStorage.getItem(key) || "{}");
  for (const field of fields()) {
    if (field.name in typed && field.value !== typed[field.name]) {
      field.value = typed[field.name];
      notice.hidden = false;
    }
  }
  notice.querySelector("button").addEventListener("click", () => {
    sessionStorage.removeItem(key);
    form.reset();
    notice.hidden = true;
  });
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
})();
