// The feed by keyboard: j and k move, a advances, h opens the hold, p the pass, q the questions. Everything is a form without this, too.
"use strict";
(() => {
  const cards = [...document.querySelectorAll("ol.cards > li.card")];
  if (!cards.length) return;
  let at = Math.max(0, cards.findIndex((card) => `#${card.id}` === location.hash));
  const go = (place) => {
    at = Math.min(Math.max(place, 0), cards.length - 1);
    cards[at].focus({ preventScroll: true });
    cards[at].scrollIntoView({ block: "nearest", behavior: "instant" });
  };
  const open = (kind) => {
    const box = cards[at].querySelector(`details.${kind}`);
    if (!box) return;
    box.open = true;
    box.querySelector("select, input:not([type=hidden]), button").focus();
  };
  const keys = {
    j: () => go(at + 1),
    k: () => go(at - 1),
    a: () => cards[at].querySelector("button[value=advance]")?.click(),
    h: () => open("hold"),
    p: () => open("pass"),
    q: () => open("ask"),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape") {
      cards[at].querySelectorAll("details[open]").forEach((box) => (box.open = false));
      return go(at);
    }
    if (/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) return;
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });
  cards.forEach((card, place) => card.addEventListener("focusin", () => (at = place)));
  if (location.hash) go(at);
})();
