"use strict";
/* Charts over the canary's time as SVG: areas, lines with limits, bars, marks and a cursor. */
(function () {
  const SPACE = "http://www.w3.org/2000/svg";
  const LEFT = 46;
  const RIGHT = 16;
  const MARKS = {
    "halt": "Halt", "rolling-back": "Rolling back", "rolled-back": "Rolled back", "promoted": "Promoted",
    "initialized": "Initialized", "new-revision": "New revision", "waiting": "Waiting",
  };

  function make(name, attributes, text) {
    const element = document.createElementNS(SPACE, name);
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    if (text !== undefined) element.textContent = text;
    return element;
  }

  function ticks(low, high, count) {
    const rough = (high - low) / count || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough);
    const found = [];
    for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Number(at.toPrecision(12)));
    return found;
  }

  function timeTicks(from, to, count) {
    const rough = (to - from) / count;
    const step = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600].find((one) => one >= rough) || Math.ceil(rough / 3600) * 3600;
    const found = [];
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) found.push(at);
    return found;
  }

  /* One chart in a figure; `draw(plot)` puts its content between the axes. */
  rehearsal.createChart = function (title, height, options) {
    const figure = document.createElement("figure");
    const caption = document.createElement("figcaption");
    const heading = document.createElement("strong");
    heading.textContent = title;
    const legend = document.createElement("span");
    caption.append(heading, legend);
    const svg = make("svg", { role: "img", "aria-label": title, height });
    figure.append(caption, svg);
    return { figure, svg, legend, height, ...options };
  };

  rehearsal.drawChart = function (chart, view, model) {
    const width = Math.max(200, Math.floor(chart.figure.clientWidth));
    const { svg, height } = chart;
    const top = chart.first ? 48 : 8;
    const bottom = height - 18;
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.replaceChildren();
    const span = Math.max(1e-6, view.to - view.from);
    const [low, high] = chart.range(model, view);
    const plot = {
      svg, make, top, bottom, low, high, width,
      x: (time) => LEFT + ((time - view.from) / span) * (width - LEFT - RIGHT),
      y: (value) => bottom - ((Math.min(high, Math.max(low, value)) - low) / (high - low || 1)) * (bottom - top),
      add: (name, attributes, text) => svg.appendChild(make(name, attributes, text)),
    };
    drawSteps(plot, view, model, chart.first);
    for (const value of ticks(low, high, Math.max(2, Math.round((bottom - top) / 32)))) {
      plot.add("line", { class: "grid", x1: LEFT, x2: width - RIGHT, y1: plot.y(value), y2: plot.y(value) });
      plot.add("text", { class: "tick", x: LEFT - 6, y: plot.y(value) + 4, "text-anchor": "end" }, rehearsal.amount(value, ""));
    }
    for (const time of timeTicks(view.from, view.to, Math.max(2, width / 90))) {
      plot.add("text", { class: "tick", x: plot.x(time), y: height - 4, "text-anchor": "middle" }, rehearsal.clockText(time));
    }
    const clip = `clip-${chart.key}`;
    const frame = make("clipPath", { id: clip });
    frame.append(make("rect", { x: LEFT, y: 0, width: Math.max(0, width - LEFT - RIGHT), height }));
    svg.append(frame);
    const inner = svg.appendChild(make("g", { "clip-path": `url(#${clip})` }));
    plot.add = (name, attributes, text) => inner.appendChild(make(name, attributes, text));
    chart.draw(plot, model, view);
    drawMarks(plot, view, model, chart.first);
    if (view.cursor !== null) plot.add("line", { class: "cursor-line", x1: plot.x(view.cursor), x2: plot.x(view.cursor), y1: top, y2: bottom });
    if (view.brush) {
      const [from, to] = view.brush;
      plot.add("rect", { class: "brush", x: plot.x(Math.min(from, to)), y: top, width: Math.abs(plot.x(to) - plot.x(from)), height: bottom - top });
    }
  };

  function drawSteps(plot, view, model, named) {
    let number = 0;
    for (const step of model.steps.values()) {
      number += 1;
      const left = Math.max(LEFT, plot.x(step.start));
      const right = Math.min(plot.width - RIGHT, plot.x(step.end ?? Math.max(view.to, step.start)));
      if (right <= left) continue;
      if (number % 2) plot.add("rect", { class: "band", x: left, y: plot.top - 4, width: right - left, height: plot.bottom - plot.top + 4 });
      if (named && right - left > 40) {
        const room = Math.floor((right - left - 6) / 7);
        const name = step.name.length > room ? `${step.name.slice(0, Math.max(1, room - 1))}…` : step.name;
        plot.add("text", { class: "band-name", x: left + 3, y: 12 }, name);
      }
    }
  }

  const WEIGHTS = { "rolling-back": 0, "promoted": 0, "initialized": 1, "halt": 2, "rolled-back": 3 };

  /* A line for each mark. Names stand in two rows, the endings' first: what has no room is left out. */
  function drawMarks(plot, view, model, named) {
    const shown = model.chosen().marks.filter((one) => one.mark in WEIGHTS && one.time >= view.from && one.time <= view.to);
    for (const mark of shown) {
      const x = plot.x(mark.time);
      const line = plot.add("line", { class: `mark ${mark.mark}`, x1: x, x2: x, y1: plot.top - 4, y2: plot.bottom });
      line.append(make("title", {}, mark.text));
    }
    const isSaid = (mark) => mark.mark === "rolled-back" && shown.some((one) => one.mark === "rolling-back" && Math.abs(one.time - mark.time) < 5);
    const rows = [{ y: 26, taken: [] }, { y: 39, taken: [] }];
    for (const mark of named ? shown.filter((one) => !isSaid(one)).sort((one, other) => WEIGHTS[one.mark] - WEIGHTS[other.mark]) : []) {
      const width = MARKS[mark.mark].length * 7 + 8;
      const left = Math.min(plot.x(mark.time) + 3, plot.width - RIGHT - width);
      const row = rows.find((one) => one.taken.every(([from, to]) => left + width <= from || left >= to));
      if (!row) continue;
      row.taken.push([left, left + width]);
      plot.add("text", { class: `mark-name ${mark.mark}`, x: left, y: row.y }, MARKS[mark.mark]);
    }
  }

  /* Stairs through snapshots: a value holds until the next. */
  rehearsal.stairs = function (plot, points, until) {
    const corners = [];
    let lastX = -Infinity;
    points.forEach((point, index) => {
      const x = plot.x(point.time);
      const next = index + 1 < points.length ? plot.x(points[index + 1].time) : plot.x(until);
      if (next - lastX < 0.3 && index + 1 < points.length && points[index + 1].value === point.value) return;
      corners.push([x, plot.y(point.value)], [next, plot.y(point.value)]);
      lastX = x;
    });
    return corners;
  };

  rehearsal.pathOf = (corners) => corners.map(([x, y], index) => `${index ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

  /* What of a list in order of time lies in the view, with one more on either side. */
  rehearsal.inView = function (items, view, key = "time") {
    let first = items.findIndex((one) => one[key] >= view.from);
    if (first < 0) first = items.length;
    let last = first;
    while (last < items.length && items[last][key] <= view.to) last += 1;
    return items.slice(Math.max(0, first - 1), last + 1);
  };
})();
