"use strict";
/* The page: one model, one view in time, charts that follow it, and the stream that feeds it. */
(function () {
  const { find, h } = rehearsal;
  const model = rehearsal.createModel(JSON.parse(find("data").textContent));
  const view = { from: 0, to: 60, cursor: null, whole: true, brush: null };
  let connected = false;
  let dirty = true;
  const charts = [];

  function buildCharts() {
    const canary = model.chosen();
    charts.length = 0;
    charts.push(weights());
    for (const metric of canary.metrics.values()) charts.push(metricChart(metric));
    charts.push(requests());
    charts.forEach((chart, index) => Object.assign(chart, { key: index }));
    find("charts").replaceChildren(...charts.map((chart) => chart.figure));
  }

  function legend(chart, ...items) {
    chart.legend.replaceChildren(...items.map(([className, text]) => h("i", { class: className }, `${text} `)));
    return chart;
  }

  function weights() {
    const chart = rehearsal.createChart("Traffic by weight, %", 200, {
      first: true,
      range: () => [0, 100],
      draw(plot) {
        const snapshots = rehearsal.inView(model.chosen().snapshots, view, "time_s");
        if (!snapshots.length) return;
        const until = Math.min(view.to, model.now());
        const area = (key, base) => {
          const corners = rehearsal.stairs(plot, snapshots.map((one) => ({ time: one.time_s, value: key(one) })), until);
          return `${rehearsal.pathOf([[corners[0][0], plot.y(base)], ...corners, [corners[corners.length - 1][0], plot.y(base)]])}Z`;
        };
        plot.add("path", { class: "area-primary", d: area((one) => Math.min(100, one.canary_weight + one.primary_weight), 0) });
        plot.add("path", { class: "area-canary", d: area((one) => one.canary_weight, 0) });
      },
    });
    return legend(chart, ["of-canary", "canary"], ["of-primary", "primary"]);
  }

  /* Of the builtin metrics there are values between the checks, too. */
  const BETWEEN = { "request-success-rate": "success_percent", "request-duration": "p99_ms" };

  function metricChart(metric) {
    const key = BETWEEN[metric.name];
    const low = rehearsal.number(metric.min);
    const high = rehearsal.number(metric.max);
    const unit = metric.unit ? `, ${metric.unit}` : "";
    const title = metric.name === "request-duration" ? `${metric.name} (p99)${unit}` : `${metric.name}${unit}`;
    const chart = rehearsal.createChart(title, 130, {
      range() {
        const seen = rehearsal.inView(metric.checks, view).map((one) => one.value);
        if (key) seen.push(...rehearsal.inView(model.chosen().snapshots, view, "time_s").map((one) => one[key]));
        const values = [...seen, low, high].filter((one) => one !== null && Number.isFinite(one));
        if (!values.length) return [0, 1];
        let [least, most] = [Math.min(...values), Math.max(...values)];
        if (metric.unit === "%") most = Math.max(most, 100);
        const room = (most - least) * 0.15 || Math.abs(most) * 0.1 || 1;
        return [metric.unit === "%" || least >= 0 ? Math.max(0, least - room) : least - room, metric.unit === "%" ? Math.max(100, most) : most + room];
      },
      draw(plot) {
        const across = { x: plot.x(view.from), width: Math.max(0, plot.x(view.to) - plot.x(view.from)) };
        if (low !== null) plot.add("rect", { class: "beyond", ...across, y: plot.y(low), height: Math.max(0, plot.bottom - plot.y(low)) });
        if (high !== null) plot.add("rect", { class: "beyond", ...across, y: plot.top, height: Math.max(0, plot.y(high) - plot.top) });
        for (const limit of [low, high]) {
          if (limit !== null) plot.add("line", { class: "limit", x1: across.x, x2: across.x + across.width, y1: plot.y(limit), y2: plot.y(limit) });
        }
        if (key) {
          let run = [];
          const flush = () => {
            if (run.length > 1) plot.add("path", { class: "line-canary", d: rehearsal.pathOf(run) });
            run = [];
          };
          for (const one of rehearsal.inView(model.chosen().snapshots, view, "time_s")) {
            if (one[key] === null) flush();
            else run.push([plot.x(one.time_s), plot.y(one[key])]);
          }
          flush();
        }
        for (const check of rehearsal.inView(metric.checks, view)) {
          const known = check.value !== null;
          const title = `${metric.name} ${rehearsal.amount(check.value, metric.unit)} at ${rehearsal.clockText(check.time)}: ${check.passed ? "passed" : "not passed"}`;
          const x = plot.x(check.time);
          const y = known ? plot.y(check.value) : plot.bottom - 6;
          const shape = check.passed === false
            ? plot.add("path", { class: "check-bad", d: `M${x - 5} ${y - 5}L${x + 5} ${y - 5}L${x + 5} ${y + 5}L${x - 5} ${y + 5}Z` })
            : plot.add("circle", { class: "check-good", cx: x, cy: y, r: 4 });
          shape.append(plot.make("title", {}, title));
        }
      },
    });
    return legend(chart, ["of-limit", metric.limits]);
  }

  /* As wide as several records are apart, lest some bars hold one more than others. */
  function buckets() {
    const seen = rehearsal.inView(model.traffic, view);
    const apart = seen.length > 1 ? (seen[seen.length - 1].time - seen[0].time) / (seen.length - 1) : 1;
    const width = Math.max(1e-3, Math.ceil((view.to - view.from) / 100 / apart) * apart);
    const found = new Map();
    for (const one of seen) {
      const number = Math.floor(one.time / width);
      const bucket = found.get(number) || { time: number * width, width, requests: 0, failures: 0 };
      bucket.requests += one.requests;
      bucket.failures += one.failures;
      found.set(number, bucket);
    }
    return [...found.values()];
  }

  function requests() {
    const chart = rehearsal.createChart(model.byCanary.size > 1 ? `Requests of users to ${model.value.canary}` : "Requests of users", 120, {
      range() {
        return [0, Math.max(4, ...buckets().map((one) => one.requests)) * 1.05];
      },
      draw(plot) {
        for (const one of buckets()) {
          const x = plot.x(one.time);
          const width = Math.max(1, plot.x(one.time + one.width) - x - 0.8);
          const top = plot.y(one.requests);
          const border = plot.y(one.failures);
          const good = plot.add("rect", { class: "bar-good", x, width, y: top, height: Math.max(0, border - top) });
          good.append(plot.make("title", {}, `${one.requests} requests, ${one.failures} failed`));
          if (one.failures) plot.add("rect", { class: "bar-bad", x, width, y: Math.min(border, plot.bottom - 3), height: Math.max(3, plot.bottom - border) });
        }
      },
    });
    chart.total = h("i", { class: "of-total" }, "");
    legend(chart, ["of-primary", "answered"], ["of-bad", "failed"]);
    chart.legend.append(chart.total);
    chart.update = () => {
      const sum = (key) => model.traffic.reduce((total, one) => total + one[key], 0);
      chart.total.textContent = `· ${sum("failures")} of ${sum("requests")} in all`;
    };
    return chart;
  }

  /* Where the view ends, and how far it may reach. */
  const whole = () => [0, Math.max(60, model.now() * 1.02)];

  function setView(from, to) {
    const [first, last] = whole();
    const span = Math.min(last - first, Math.max(2, to - from));
    view.from = Math.min(Math.max(first, from), last - span);
    view.to = view.from + span;
    view.whole = span >= (last - first) * 0.999;
    dirty = true;
    remember();
  }

  function zoom(factor) {
    const middle = view.cursor ?? (view.from + view.to) / 2;
    const span = (view.to - view.from) * factor;
    const share = (middle - view.from) / (view.to - view.from);
    setView(middle - span * Math.min(1, Math.max(0, share)), middle + span * (1 - Math.min(1, Math.max(0, share))));
  }

  function show(time, within) {
    view.cursor = Math.max(0, time);
    if (!within && (time < view.from || time > view.to)) setView(time - (view.to - view.from) / 2, time + (view.to - view.from) / 2);
    dirty = true;
    remember();
  }

  function remember() {
    if (view.cursor === null && view.whole) return;
    const parts = view.cursor === null ? [] : [`t=${view.cursor.toFixed(1)}`];
    if (!view.whole) parts.push(`from=${view.from.toFixed(1)}`, `to=${view.to.toFixed(1)}`);
    find("link").href = `#${parts.join("&")}`;
  }

  function followLink() {
    const given = new URLSearchParams(location.hash.slice(1));
    const number = (name) => (given.has(name) && Number.isFinite(Number(given.get(name))) ? Number(given.get(name)) : null);
    const [from, to, time] = ["from", "to", "t"].map(number);
    if (from !== null && to !== null && to > from) setView(from, to);
    if (time !== null) show(time);
  }

  function readout() {
    const time = view.cursor;
    if (time === null) return [h("span", { class: "soft" }, "Point at a chart, or move the slider, to read a moment; drag to zoom.")];
    const canary = model.chosen();
    const snapshot = rehearsal.lastBefore(canary.snapshots, time, "time_s");
    const parts = [["at", rehearsal.clockText(time)]];
    if (snapshot) parts.push(["phase", snapshot.phase || "Starting"], ["canary", `${snapshot.canary_weight} %`], ["primary", `${snapshot.primary_weight} %`], ["failed checks", `${snapshot.failed_checks} of ${snapshot.threshold}`]);
    for (const metric of canary.metrics.values()) {
      const check = rehearsal.lastBefore(metric.checks, time);
      const between = BETWEEN[metric.name] && snapshot ? snapshot[BETWEEN[metric.name]] : null;
      if (between !== null && between !== undefined) parts.push([metric.name, rehearsal.amount(between, metric.unit)]);
      else if (check) parts.push([metric.name, rehearsal.amount(check.value, metric.unit)]);
    }
    const near = model.traffic.filter((one) => Math.abs(one.time - time) <= (view.to - view.from) / 120);
    const sum = (key) => near.reduce((total, one) => total + one[key], 0);
    if (near.length) parts.push(["requests", `${sum("requests")}, ${sum("failures")} failed`]);
    return parts.map(([name, text]) => h("span", {}, `${name} `, h("b", {}, text)));
  }

  function draw() {
    dirty = false;
    if (view.whole) [view.from, view.to] = whole();
    for (const chart of charts) {
      rehearsal.drawChart(chart, view, model);
      chart.update?.();
    }
    const slider = find("moment");
    Object.assign(slider, { min: view.from, max: view.to, step: Math.max(0.1, (view.to - view.from) / 500) });
    slider.value = view.cursor ?? view.to;
    slider.setAttribute("aria-valuetext", rehearsal.clockText(view.cursor ?? view.to));
    find("readout").replaceChildren(...readout());
  }

  function drawPanels() {
    rehearsal.drawTop(model, connected);
    rehearsal.drawSteps(model, rehearsal.play);
    rehearsal.drawWhy(model);
    rehearsal.drawWaiting(model, rehearsal.act);
    rehearsal.drawGates(model, (action) => rehearsal.act(action, model.canary));
    rehearsal.drawFaults(model);
    rehearsal.drawReplicas(model, rehearsal.act);
    rehearsal.drawControls(model);
    rehearsal.drawEvents(model, (time) => show(time));
  }

  let seen = -1;
  function tick() {
    const moved = model.version !== seen || (!model.ended && !model.paused);
    if (moved) drawPanels();
    if (moved || dirty) draw();
    seen = model.version;
  }

  function listenToPointer() {
    const area = find("charts");
    const timeAt = (event) => {
      const box = charts[0].svg.getBoundingClientRect();
      const share = (event.clientX - box.left - 46) / Math.max(1, box.width - 62);
      return view.from + Math.min(1, Math.max(0, share)) * (view.to - view.from);
    };
    let start = null;
    area.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("svg") || event.button !== 0 || event.pointerType === "touch") return;
      start = timeAt(event);
      area.setPointerCapture(event.pointerId);
    });
    area.addEventListener("pointermove", (event) => {
      if (!event.target.closest("svg") && start === null) return;
      view.cursor = timeAt(event);
      view.brush = start === null ? null : [start, view.cursor];
      dirty = true;
      requestAnimationFrame(() => dirty && draw());
    });
    area.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const [from, to] = [Math.min(start, timeAt(event)), Math.max(start, timeAt(event))];
      start = null;
      view.brush = null;
      if (to - from > (view.to - view.from) / 60) setView(from, to);
      else show(timeAt(event), true);
      draw();
    });
    area.addEventListener("dblclick", () => setView(...whole()));
  }

  function listen() {
    find("zoom-in").addEventListener("click", () => zoom(0.5));
    find("zoom-out").addEventListener("click", () => zoom(2));
    find("zoom-all").addEventListener("click", () => setView(...whole()));
    find("moment").addEventListener("input", (event) => show(Number(event.target.value), true));
    addEventListener("hashchange", () => { followLink(); draw(); });
    new ResizeObserver(() => { dirty = true; }).observe(find("charts"));
    listenToPointer();
    const choices = [...model.byCanary.keys()];
    find("canaries-label").hidden = choices.length < 2;
    find("canaries").append(...choices.map((name) => h("option", { value: name }, name)));
    find("canaries").addEventListener("change", (event) => {
      model.canary = event.target.value;
      buildCharts();
      model.version += 1;
    });
  }

  function connect() {
    const source = new EventSource("events");
    source.addEventListener("open", () => { connected = true; });
    source.addEventListener("error", () => { connected = false; });
    source.addEventListener("message", (event) => model.take(JSON.parse(event.data)));
    source.addEventListener("dropped", (event) => {
      rehearsal.say(`${JSON.parse(event.data).missed} earlier records are no longer kept and are missing here.`, "");
    });
    source.addEventListener("end", (event) => {
      model.end(JSON.parse(event.data));
      source.close();
    });
  }

  async function loadMap() {
    const response = await fetch("map.svg").catch(() => null);
    if (response?.status === 200) showMap(await response.text());
  }

  function showMap(text) {
    find("map-card").hidden = false;
    find("traces").hidden = !model.live || model.ended;
    find("map").src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  }

  buildCharts();
  rehearsal.buildFilters();
  rehearsal.buildControls(model);
  listen();
  if (model.live) {
    if (location.search) history.replaceState(null, "", location.pathname + location.hash);
    connect();
    setInterval(() => model.ended || loadMap(), 3000);
  } else {
    model.value.records.forEach((record) => model.take(record));
    if (model.value.service_map) showMap(model.value.service_map);
  }
  drawPanels();
  followLink();
  draw();
  setInterval(tick, 250);
})();
