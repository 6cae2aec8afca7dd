"use strict";
const $ = id => document.getElementById(id);
const details = new Map();
const GATES_SHOWN = 20, RUNS_SHOWN = 25, MOST_POINTS = 300, MOST_RUNNING = 900;
const histories = new Map();
let runningCount = 0, now = 0, allGates = false, page = 0, confirming = "";

function el(tag, options = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}
async function call(path, options = {}) {
  const answer = await fetch(path, {headers: {"Accept": "application/json", "Content-Type": "application/json"}, ...options});
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${(await answer.text()).slice(0, 200)}`);
  return answer.json();
}
function trouble(error) {
  $("trouble").textContent = error ? `No response: ${error.message}` : "";
  $("trouble").style.display = error ? "block" : "none";
}
function ago(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s} s`;
  if (s >= 600 && s < 3600) return `${Math.round(s / 60)} min`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s % 3600 / 60)} min`;
  return `${Math.floor(s / 86400)} d`;
}
function length(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : ago(seconds);
}
function time(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 0.001) return `${(seconds * 1e6).toFixed(0)} µs`;
  return seconds < 1 ? `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;
}
const ms = value => time(value === null || value === undefined ? null : value / 1000);
// Replaces what a part shows; the button that had the focus (known by data-key) has it again.
function replace(part, ...children) {
  const key = part.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
  part.replaceChildren(...children);
  if (key) [...part.querySelectorAll("[data-key]")].find(one => one.dataset.key === key)?.focus();
}
function more(text, label, key, action) {
  return el("div", {class: "more"}, text, " ", el("button", {onclick: action, "data-key": key}, label));
}
const badge = (text, kind) => el("span", {class: `badge ${kind || text}`}, text);

async function setGate(name, open) {
  try {
    confirming = "";
    await call(`api/gates/${encodeURIComponent(name)}`, {method: "PUT", body: JSON.stringify({open})});
    await refresh();
  } catch (error) { trouble(error); }
}
// A rollback gate that is opened sends all traffic back at once: that takes a second click.
function askToOpen(gate) {
  if (gate.kind === "rollback" && !gate.open && confirming !== gate.name) {
    confirming = gate.name;
    setTimeout(() => { if (confirming === gate.name) { confirming = ""; refresh().catch(trouble); } }, 8000);
    return refresh().catch(trouble);
  }
  return setGate(gate.name, !gate.open);
}
function gateRow(gate) {
  const kind = gate.kind === "rollback" ? "rollback" : "confirmation";
  const waits = !gate.open && gate.asked_at && now - gate.asked_at < 120;
  const asked = gate.asked_at ? `asked ${ago(now - gate.asked_at)} ago` : "";
  return el("tr", {},
    el("td", {}, el("span", {class: "title"}, gate.canary), el("span", {class: "soft narrow"}, kind)),
    el("td", {class: "soft wide"}, kind),
    el("td", {}, badge(gate.open ? "open" : "closed"), " ",
      waits ? badge(gate.kind === "rollback" ? "watched" : "waiting", "asked") : null),
    el("td", {class: "soft wide"}, asked),
    el("td", {class: "number"}, el("button", {
      onclick: () => askToOpen(gate), "data-key": `gate ${gate.name}`, class: confirming === gate.name ? "danger" : "",
      "aria-label": confirming === gate.name ? `Roll back ${gate.canary} now` : `${gate.open ? "Close" : "Open"} ${gate.name}`,
    }, confirming === gate.name ? "Roll back now?" : gate.open ? "Close" : "Open")));
}
function showGates(known) {
  const gates = known.filter(gate => gate.name.toLowerCase().includes(filterText()));
  if (known.length && !gates.length) {
    replace($("gates"), el("div", {class: "empty"}, "No gate fits the filter."));
    return;
  }
  if (!gates.length) {
    replace($("gates"), el("div", {class: "empty"}, "No gate was asked about yet. A closed gate holds a canary back until it is opened here or by a POST to ", el("code", {}, "/gate/open"), "."));
    return;
  }
  const head = [["Canary", ""], ["Kind", "wide"], ["State", ""], ["Flagger", "wide"], ["", ""]].map(([text, kind]) => el("th", {class: kind}, text));
  const shown = allGates ? gates : gates.slice(0, GATES_SHOWN);
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...shown.map(gateRow)));
  const rest = gates.length > GATES_SHOWN ? more(`${shown.length} of ${gates.length} gates, those that are waited for first.`,
    allGates ? "Show fewer" : "Show all", "all gates", () => { allGates = !allGates; refresh().catch(trouble); }) : null;
  replace($("gates"), table, ...(rest ? [rest] : []));
}
function number(value, label, bad) {
  return el("div", {}, el("b", {class: bad ? "bad" : ""}, value), el("span", {}, label));
}
function runningCard(run) {
  const live = run.live;
  const shown = [number(ago(now - run.started_at), "running")];
  if (live) {
    if (live.users !== undefined) shown.push(number(String(live.users), "users"));
    shown.push(number((live.rate_per_s ?? 0).toFixed(1), "requests/s"), number(String(live.done ?? 0), "answered"),
      number(String(live.errors ?? 0), "errors", live.errors > 0), number(ms(live.p50_ms), "p50"), number(ms(live.p99_ms), "p99"));
  }
  let bar = null;
  if (live?.remaining_s > 0) {
    bar = el("div", {class: "bar", role: "progressbar", "aria-label": "time"}, el("i"));
    bar.firstChild.style.width = `${100 * live.elapsed_s / (live.elapsed_s + live.remaining_s)}%`;
  }
  return el("div", {class: "run"},
    el("div", {class: "head"}, badge(run.type, "plain"), el("span", {class: "title"}, run.title),
      el("span", {class: "soft"}, run.canary),
      el("button", {onclick: () => call(`api/runs/${run.id}/stop`, {method: "POST"}).catch(trouble), "data-key": `stop ${run.id}`}, "Stop")),
    el("div", {class: "numbers"}, ...shown), charts(run), bar);
}
// What a run has shown since the page was opened, a point each second.
function remember(runs) {
  for (const run of runs) {
    if (!run.live) continue;
    const points = histories.get(run.id) ?? [];
    points.push({at: now, rate: run.live.rate_per_s ?? 0, p99: run.live.p99_ms ?? null, errors: run.live.errors ?? 0});
    histories.set(run.id, points.slice(-MOST_POINTS));
  }
  for (const id of histories.keys()) if (!runs.some(run => run.id === id)) histories.delete(id);
}
function charts(run) {
  const points = histories.get(run.id) ?? [];
  if (points.length < 2) return null;
  const perSecond = points.map((point, i) => i ? Math.max(0, point.errors - points[i - 1].errors) / Math.max(0.1, point.at - points[i - 1].at) : 0);
  return el("div", {class: "charts"},
    chart("requests/s", value => value.toFixed(1), [["", points.map(point => point.rate)], ["errors", perSecond]]),
    chart("p99", ms, [["", points.map(point => point.p99)]]));
}
function chart(name, write, lines) {
  const all = lines.flatMap(([, values]) => values).filter(value => value !== null);
  const most = Math.max(1e-9, ...all), last = lines[0][1].at(-1);
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const label = `${name}: now ${write(last)}, at most ${write(most)}`;
  for (const [key, value] of Object.entries({viewBox: "0 0 100 50", preserveAspectRatio: "none", role: "img", "aria-label": label})) svg.setAttribute(key, value);
  for (const [kind, values] of lines) {
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    let pen = "M";
    path.setAttribute("class", kind);
    path.setAttribute("d", values.map((value, i) => {
      if (value === null) { pen = "M"; return ""; }
      const step = `${pen}${(100 * i / (values.length - 1)).toFixed(1)} ${(48 - 46 * value / most).toFixed(1)}`;
      pen = "L";
      return step;
    }).join(""));
    svg.append(path);
  }
  return el("figure", {}, svg, el("figcaption", {}, label));
}
function reasons(run) {
  const texts = run.failed.length ? run.failed : run.error ? [run.error] : [];
  return texts.length ? el("ul", {class: "failed"}, ...texts.map(text => el("li", {}, text))) : null;
}
function pastRow(run) {
  const sum = run.summary;
  const toggle = () => toggleDetail(run.id);
  return el("tr", {class: "past", onclick: toggle},
    el("td", {}, badge(run.state)),
    el("td", {}, el("button", {class: "title link", "aria-expanded": String(details.has(run.id)), "data-run": run.id, "data-key": `run ${run.id}`}, run.title), reasons(run),
      el("div", {class: "soft"}, `${run.type} · ${run.canary}${run.phase ? ` · ${run.phase}` : ""}`)),
    el("td", {class: "number wide"}, sum ? sum.requests_per_s.toFixed(1) : ""),
    el("td", {class: "number wide"}, sum ? String(sum.requests) : ""),
    el("td", {class: "number wide"}, sum ? el("span", {class: sum.errors ? "bad" : ""}, String(sum.errors)) : ""),
    el("td", {class: "number wide"}, sum ? time(sum.p99_s) : ""),
    el("td", {class: "number"}, run.ended_at ? length(run.ended_at - run.started_at) : "–"),
    el("td", {class: "number soft"}, `${ago(now - run.started_at)} ago`));
}
function detailRow(run) {
  const parts = [];
  if (run.summary) {
    const s = run.summary;
    parts.push(el("div", {class: "numbers"}, number(String(s.requests), "answers"), number(String(s.errors), "errors", s.errors > 0),
      number(s.requests_per_s.toFixed(1), "requests/s"), number(time(s.p50_s), "p50"), number(time(s.p90_s), "p90"),
      number(time(s.p95_s), "p95"), number(time(s.p99_s), "p99"), number(time(s.max_s), "slowest")));
  }
  const promises = run.report?.thresholds ?? [];
  if (promises.length) parts.push(el("ul", {class: "kept"}, ...promises.map(p => el("li", {class: p.ok ? "" : "bad"},
    `${p.ok ? "✓" : "✗"} `, el("code", {}, p.threshold), ` — ${p.actual}`))));
  const entries = run.report?.document?.entries;
  if (entries?.length) parts.push(entriesTable(entries));
  if (run.report?.kind === "hey" && run.report.document) parts.push(el("p", {},
    el("a", {href: `api/runs/${run.id}/report`, target: "_blank", rel: "noopener"}, "Full report with charts")));
  if (run.output) parts.push(el("pre", {}, run.output));
  parts.push(el("div", {class: "soft about"}, `run ${run.id}${run.checksum ? ` · checksum ${run.checksum}` : ""} · started ${new Date(run.started_at * 1000).toLocaleString()}`));
  return el("tr", {class: "detail"}, el("td", {colspan: "8"}, ...parts));
}
function entriesTable(entries) {
  const head = ["Request", "Requests", "Failures", "Mean", "Slowest"];
  return el("table", {}, el("thead", {}, el("tr", {}, ...head.map((text, i) => el("th", {class: i ? "number" : ""}, text)))),
    el("tbody", {}, ...entries.map(e => el("tr", {}, el("td", {class: "title"}, `${e.method} ${e.name}`),
      el("td", {class: "number"}, String(e.requests)), el("td", {class: "number"}, String(e.failures)),
      el("td", {class: "number"}, ms(e.requests ? e.sum_ms / e.requests : null)), el("td", {class: "number"}, ms(e.max_ms))))));
}
async function toggleDetail(id) {
  try {
    if (details.has(id)) details.delete(id); else details.set(id, await call(`api/runs/${id}`));
    shownPast = "";
    await refresh();
    document.querySelector(`[data-run="${id}"]`)?.focus();
  } catch (error) { trouble(error); }
}
let shownPast = "";
const filterText = () => $("filter").value.trim().toLowerCase();
const isFiltered = () => Boolean(filterText() || $("state").value);
function turnTo(next) {
  page = Math.max(0, next);
  shownPast = "";
  refresh().catch(trouble);
}
function showPast(runs) {
  const hasMore = runs.length > RUNS_SHOWN;
  const stamp = JSON.stringify([runs, [...details.keys()], page, isFiltered(), Math.floor(now / 15)]);
  if (stamp === shownPast) return;
  shownPast = stamp;
  const turns = page || hasMore ? el("div", {class: "more pages"}, el("span", {}, `Page ${page + 1}, the newest first`),
    el("button", {onclick: () => turnTo(page - 1), "data-key": "newer", disabled: page ? undefined : ""}, "Newer"),
    el("button", {onclick: () => turnTo(page + 1), "data-key": "older", disabled: hasMore ? undefined : ""}, "Older")) : null;
  if (!runs.length) {
    const said = isFiltered() ? "No run fits the filter." : page ? "No more runs." : "Nothing has run yet.";
    replace($("past"), el("div", {class: "empty"}, said), ...(turns ? [turns] : []));
    return;
  }
  const head = [["", ""], ["Task", ""], ["req/s", "number wide"], ["Answers", "number wide"], ["Errors", "number wide"], ["p99", "number wide"], ["Took", "number"], ["Started", "number"]];
  const rows = runs.slice(0, RUNS_SHOWN).flatMap(run => details.has(run.id) ? [pastRow(run), detailRow(details.get(run.id))] : [pastRow(run)]);
  const table = el("table", {}, el("thead", {}, el("tr", {}, ...head.map(([text, kind]) => el("th", {class: kind}, text)))), el("tbody", {}, ...rows));
  replace($("past"), table, ...(turns ? [turns] : []));
}
function pastQuery() {
  const query = new URLSearchParams({limit: RUNS_SHOWN + 1, offset: page * RUNS_SHOWN, q: filterText()});
  const states = $("state").value ? [$("state").value] : ["passed", "failed", "interrupted", "lost"];
  states.forEach(state => query.append("state", state));
  return query;
}
async function refresh() {
  const searches = isFiltered() || page > 0;
  const [status, gates, runs, found] = await Promise.all([call("api/status"), call("api/gates"),
    call(`api/runs?limit=${RUNS_SHOWN + 1 + runningCount}`), searches ? call(`api/runs?${pastQuery()}`) : null]);
  const running = runs.filter(run => run.state === "running" && `${run.title} ${run.canary}`.toLowerCase().includes(filterText()));
  const past = found ?? runs.filter(run => run.state !== "running");
  runningCount = Math.min(MOST_RUNNING, runs.filter(run => run.state === "running").length);
  now = status.now;
  $("status").textContent = `${status.draining ? "shutting down · " : ""}${status.running} of ${status.max_tasks} tasks · store ${status.store} · v${status.version}`;
  $("allowed").textContent = status.allow_targets.length ? `Allowed targets: ${status.allow_targets.join(", ")}` : "";
  showGates(gates);
  remember(running);
  const idle = isFiltered() ? "Nothing that fits is running." : "Nothing is running.";
  replace($("running"), ...(running.length ? running.map(runningCard) : [el("div", {class: "empty"}, idle)]));
  showPast(past);
  trouble(null);
}
for (const id of ["filter", "state"]) $(id).addEventListener("input", () => turnTo(0));
$("new-run").addEventListener("submit", async event => {
  event.preventDefault();
  const fields = Object.fromEntries(new FormData(event.target));
  const [name, namespace] = fields.canary.split(".");
  delete fields.canary;
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value.trim()));
  const said = $("start-said");
  try {
    const answer = await fetch("./", {method: "POST", headers: {"Content-Type": "application/json"},
      body: JSON.stringify({name, namespace, metadata: {type: "loadtest", verdict: "off", ...given}})});
    said.className = answer.ok ? "" : "bad";
    said.textContent = answer.ok ? "Started." : (await answer.text()).slice(0, 500) || `refused: ${answer.status}`;
    await refresh();
  } catch (error) { trouble(error); }
});
$("new-gate").addEventListener("submit", event => {
  event.preventDefault();
  setGate($("gate-name").value.trim(), true);
  $("gate-name").value = "";
});
async function loop() {
  if (!document.hidden) await refresh().catch(trouble);
  setTimeout(loop, 1000);
}
loop();
