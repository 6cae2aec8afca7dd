"use strict";
// Keys, and a page that follows what arrives. Without this file the pages work all the same.
(() => {
  const every_ms = 2000;
  const live = () => document.querySelector("[data-live]");
  const refresh = document.getElementById("refresh");
  const said = document.getElementById("said");
  let version = document.body.dataset.version;

  const isReading = () => {
    const page = live();
    return page.contains(document.activeElement) || page.querySelector("details[open]") !== null
      || String(document.getSelection()).length > 0;
  };

  const update = async (isAsked) => {
    try {
      const answer = await fetch("/version", { cache: "no-store" });
      const now = String((await answer.json()).version);
      if (now === version && !isAsked) return;
      const response = await fetch(location.href, { cache: "no-store" });
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const next = fresh.querySelector("[data-live]");
      if (next === null || (!isAsked && isReading())) return;
      live().replaceChildren(...next.childNodes);
      document.querySelector("footer").replaceChildren(...fresh.querySelector("footer").childNodes);
      version = now;
      prepare();
      said.textContent = isAsked ? "Refreshed" : "";
    } catch {
      said.textContent = "The server does not answer";
    }
  };

  const prepare = () => {
    const button = document.querySelector("[data-unfold]");
    if (button === null) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const all = [...document.querySelectorAll(".timeline > details")];
      const open = all.some((one) => !one.open);
      for (const one of all) one.open = open;
      button.textContent = open ? "Fold all" : "Unfold all";
    });
  };

  const move = (by) => {
    const stops = [...document.querySelectorAll("a[data-row], .timeline > details > summary, .xray-map a")]
      .filter((one) => one.getClientRects().length > 0);
    if (stops.length === 0) return;
    const at = stops.indexOf(document.activeElement);
    stops[at < 0 ? (by > 0 ? 0 : stops.length - 1) : Math.min(stops.length - 1, Math.max(0, at + by))].focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const filter = document.getElementById("filter");
    if (event.key === "/" && filter) { event.preventDefault(); filter.focus(); filter.select(); }
    if (event.key === "j") move(1);
    if (event.key === "k") move(-1);
    if (event.key === "r") update(true);
  });

  try { refresh.checked = sessionStorage.getItem("refresh") !== "off"; } catch { refresh.checked = true; }
  refresh.addEventListener("change", () => {
    try { sessionStorage.setItem("refresh", refresh.checked ? "on" : "off"); } catch { /* forgotten */ }
  });
  setInterval(() => { if (refresh.checked && !document.hidden && !isReading()) update(false); }, every_ms);
  prepare();
})();
