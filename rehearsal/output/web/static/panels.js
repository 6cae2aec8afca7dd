"use strict";
/* What stands around the charts: the top, steps, gates, faults, replicas, events. */
(function () {
  const STATES = {
    started: "under way", passed: "passed", failed: "failed", unfinished: "unfinished",
    inconclusive: "inconclusive", "not run": "to come",
  };
  const TONES = { Succeeded: "good", Initialized: "good", Failed: "bad", Waiting: "warn", WaitingPromotion: "warn" };
  const GOOD_MARKS = new Set(["promoted", "initialized"]);
  const BAD_MARKS = new Set(["rolling-back", "rolled-back"]);
  const KINDS = { events: "Events", checks: "Checks", webhooks: "Webhooks", failures: "Failed requests", replicas: "Replicas", notes: "Notes" };
  const MOST_LISTED = 1500;

  rehearsal.h = function (name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
      else if (value !== false && value !== null && value !== undefined) element.setAttribute(key, value === true ? "" : value);
    }
    element.append(...children.filter((one) => one !== null && one !== undefined));
    return element;
  };
  const h = rehearsal.h;
  const find = (id) => document.getElementById(id);
  rehearsal.find = find;

  /* Draws only what has changed: whoever reads or has the focus in a part is left alone. */
  const drawn = new Map();
  function redraw(id, key, build) {
    const text = JSON.stringify(key);
    if (drawn.get(id) === text) return;
    drawn.set(id, text);
    const part = find(id);
    const held = document.activeElement;
    const label = part.contains(held) ? held.getAttribute("aria-label") || held.textContent : null;
    part.replaceChildren(...build());
    if (label === null) return;
    const next = [...part.querySelectorAll("button")].find((one) => (one.getAttribute("aria-label") || one.textContent) === label);
    (next || part.querySelector("button"))?.focus();
  }

  rehearsal.drawTop = function (model, connected) {
    const canary = model.chosen();
    const latest = canary.latest;
    const phase = latest?.phase || (model.ended ? "Not started" : "Starting");
    const tone = TONES[phase] || (phase === "Progressing" || phase === "Promoting" || phase === "Finalising" ? "busy" : "");
    find("phase").textContent = phase;
    find("phase").className = `pill ${tone}`;
    find("clock").textContent = rehearsal.clockText(model.now());
    const pace = model.ended ? "" : model.paused ? "paused" : `×${Number(model.speed.toFixed(2))}`;
    find("pace").textContent = pace;
    const ending = model.interrupted ? `${model.state}: ${model.interrupted}` : model.state;
    const shown = model.ended ? `ended: ${ending}` : connected ? "live" : "connecting …";
    if (find("connection").textContent !== shown) find("connection").textContent = shown;
    find("connection").className = `pill ${model.ended ? (model.state === "passed" ? "good" : "bad") : "quiet"}`;
    const facts = canary.facts;
    const every = facts.interval_s ? `, every ${facts.interval_s} s, threshold ${facts.threshold}` : "";
    find("name").textContent = model.canary;
    const when = new Date(model.value.started_at).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
    find("about").textContent = `${model.value.scenario} under ${facts.provider || model.value.provider}${every}; started ${when}`;
  };

  rehearsal.drawWhy = function (model) {
    const why = model.ended ? model.why : [];
    find("why-card").hidden = !why.length;
    redraw("why", why, () => {
      const [short, long] = [why.slice(0, 2), why.slice(2)];
      const more = long.length ? h("details", {}, h("summary", {}, "its query, and what that matched"), h("pre", {}, long.join("\n"))) : null;
      return [...short.map((line) => h("li", {}, line)), ...(more ? [h("li", {}, more)] : [])];
    });
  };

  rehearsal.drawSteps = function (model, play) {
    const planned = (model.live?.steps || model.value.steps).map((step) => ({ name: step.name || step.step, title: step.title }));
    const names = new Set(planned.map((step) => step.name));
    const played = [...model.steps.values()].filter((step) => !names.has(step.name));
    const steps = [...planned, ...played].map((step) => {
      const seen = model.steps.get(step.name);
      const outcome = model.outcomes.get(step.name);
      const state = model.ended && outcome ? outcome.state : seen?.state || "not run";
      return { name: step.name, title: step.title, state, details: seen?.details || [], more: outcome?.complaints || [] };
    });
    const busy = steps.some((step) => step.state === "started");
    const fresh = !model.isDeployed();
    const manual = Boolean(model.live?.manual) && !model.ended;
    redraw("steps", [steps, manual, busy, fresh, model.ended], () => steps.map((step, index) => {
      const details = [...new Set([...step.details.filter(Boolean), ...step.more])];
      const short = step.state === "passed" ? `: ${details.join("; ")}` : "";
      const long = !short && details.length ? h("details", {}, h("summary", {}, "why"), ...details.map((one) => h("p", {}, one))) : null;
      const unplayed = step.state === "not run" && model.ended;
      const state = h("b", {}, unplayed ? "not played" : STATES[step.state] || step.state);
      const text = h("div", {}, h("strong", {}, `${index + 1}. ${step.name}`), h("span", {}, step.title, " · ", state, details.length ? short : ""), long);
      const again = step.state !== "not run" && step.state !== "started";
      const isPlanned = names.has(step.name);
      const button = manual && isPlanned ? h("button", { type: "button", class: again ? "" : "primary", "aria-label": `Play ${step.name}`, disabled: busy || (fresh && index > 0), onclick: () => play(step.name) }, again ? "Again" : "Play") : null;
      return h("li", { class: step.state.replace(" ", "-") }, text, button);
    }));
  };

  rehearsal.drawWaiting = function (model, act) {
    const several = model.byCanary.size > 1;
    const waiting = model.ended ? [] : [...model.byCanary.entries()].flatMap(([canary, one]) => (one.latest?.waiting_for || []).map((gate) => [canary, gate]));
    redraw("waiting", waiting, () => waiting.map(([canary, gate]) => h("p", { class: "notice" }, `${several ? `${canary}: ` : ""}${gate} waits for approval`,
      model.live ? h("button", { type: "button", "aria-label": `Open the gate for ${several ? `${canary}, ` : ""}${gate}`, onclick: () => act({ gate: "open" }, canary) }, "Open the gate") : null)));
  };

  rehearsal.drawGates = function (model, act) {
    const gates = model.chosen().facts.gates || [];
    if (!model.live || model.ended || !gates.length) {
      find("gate-card").hidden = true;
      return;
    }
    find("gate-card").hidden = false;
    redraw("gates", gates, () => gates.map((gate) => {
      const action = gate.type === "rollback" ? "rollback-gate" : "gate";
      const button = (word, value) => h("button", { type: "button", class: "small", "aria-label": `${word} ${gate.name}`, onclick: () => act({ [action]: value }) }, word);
      return h("li", {}, h("span", {}, `${gate.name} (${gate.type})`), button("Open", "open"), button("Close", "closed"));
    }));
  };

  rehearsal.drawFaults = function (model) {
    const faults = [...model.faults.values()];
    redraw("faults", faults.map((one) => [one.fault, one.state, one.delivered, one.matched]), () => faults.map((one) => {
      const past = one.state === "removed";
      const share = one.matched ? one.delivered / one.matched : 0;
      const meter = rehearsal.meter(share);
      return h("li", { class: past ? "past" : "" }, h("span", {}, one.fault), past ? h("span", {}, "reset,") : null,
        h("span", { class: past ? "" : "reached" }, `${one.delivered} of ${one.matched} delivered`), meter);
    }));
    if (!faults.length && !model.live) drawn.delete("faults");
    if (!faults.length) redraw("faults", "none", () => [h("li", { class: "past" }, "No fault is in force.")]);
  };

  rehearsal.meter = function (share) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("class", "meter");
    svg.setAttribute("viewBox", "0 0 100 5");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    bar.setAttribute("width", String(100 * share));
    bar.setAttribute("height", "5");
    svg.append(bar);
    return svg;
  };

  rehearsal.drawReplicas = function (model, act) {
    const counts = model.chosen().latest?.replicas || {};
    const names = [...new Set([...Object.keys(counts), ...model.workloads.keys()])].sort();
    const rows = names.map((name) => {
      const pods = [...(model.workloads.get(name)?.values() || [])].map((pod) => [pod.pod, pod.state, pod.image]);
      return { name, ready: counts[name]?.[0], wanted: counts[name]?.[1], pods };
    });
    const driven = Boolean(model.live) && !model.ended;
    redraw("replicas", [rows, driven], () => rows.length ? rows.map((row) => {
      const versions = [...new Set(row.pods.map(([, , image]) => image.split("/").pop()).filter(Boolean))].join(", ");
      const ready = row.wanted === undefined ? "" : `${row.ready} of ${row.wanted} ready`;
      const kill = driven && row.ready ? h("button", { type: "button", class: "small", "aria-label": `Kill a replica of ${row.name}`, onclick: () => act({ kill: row.name }) }, "Kill one") : null;
      const pods = row.pods.map(([name, state, image]) => h("li", { class: `pod ${state}`, title: `${name}: ${state}` }, `${image.split(":").pop() || name.split("-").pop()} ${state}`));
      return h("div", { class: "workload" }, h("div", {}, h("strong", {}, row.name), h("small", {}, [versions, ready].filter(Boolean).join(", ")), h("span", { class: "spring" }), kill),
        h("ul", { class: "pods plain" }, ...pods));
    }) : [h("p", { class: "soft" }, "None yet.")]);
  };

  const listed = { count: 0, canary: "", kinds: new Set(["events", "checks"]) };
  rehearsal.buildFilters = function () {
    for (const [kind, name] of Object.entries(KINDS)) {
      const box = h("input", { type: "checkbox", name: kind, checked: listed.kinds.has(kind) });
      box.addEventListener("change", () => {
        if (box.checked) listed.kinds.add(kind);
        else listed.kinds.delete(kind);
        listed.count = 0;
        find("events").replaceChildren();
        rehearsal.redrawEvents();
      });
      find("filters").append(h("label", {}, box, name));
    }
  };

  /* The list grows at its end, and follows it unless somebody has scrolled up. */
  rehearsal.drawEvents = function (model, show) {
    const list = find("events");
    rehearsal.redrawEvents = () => rehearsal.drawEvents(model, show);
    if (listed.canary !== model.canary) {
      Object.assign(listed, { canary: model.canary, count: 0 });
      list.replaceChildren();
    }
    if (listed.count === model.log.length) return;
    const follows = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
    const fresh = model.log.slice(listed.count).filter((one) => listed.kinds.has(one.kind) && (!one.canary || one.canary === model.canary));
    listed.count = model.log.length;
    list.append(...fresh.slice(-MOST_LISTED).map((one) => item(one, show)));
    while (list.childElementCount > MOST_LISTED) list.firstElementChild.remove();
    if (follows && !model.ended) list.scrollTop = list.scrollHeight;
  };

  function item(one, show) {
    const tone = GOOD_MARKS.has(one.mark) ? "good" : BAD_MARKS.has(one.mark) ? "bad" : one.tone;
    const time = rehearsal.clockText(one.time);
    const jump = h("button", { type: "button", title: "Show this moment", onclick: () => show(one.time) }, time);
    const text = h("div", {}, h("span", {}, one.text));
    if (one.kind === "events" && one.more.length) text.append(...one.more.map((why) => h("span", { class: "why" }, why)));
    else if (one.more.length) text.append(h("details", {}, h("summary", {}, "why"), h("pre", {}, one.more.join("\n"))));
    return h("li", { class: tone }, jump, text);
  }
})();
