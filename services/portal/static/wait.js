// While something is being computed the page looks again every second, unless somebody is about to type.
// Without this, a reload by hand does it.
"use strict";
(() => {
  if (!document.querySelector("[data-wait]")) return;
  const typing = () => /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName);
  const look = () => (typing() ? setTimeout(look, 1000) : location.replace(location.href.split("#")[0]));
  setTimeout(look, 1000);
})();
