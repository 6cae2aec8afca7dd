"use strict";
/* What is known of a rehearsal, from its records in the order in which they came. No drawing. */
const rehearsal = {};

rehearsal.createModel = function (value) {
  const model = {
    value,
    live: value.live || null,
    canary: value.canary,
    time: 0,
    heardAt: performance.now(),
    speed: value.speed,
    paused: false,
    ended: !value.live,
    state: value.state,
    interrupted: value.interrupted,
    why: value.why || [],
    byCanary: new Map(),
    traffic: [],
    log: [],
    steps: new Map(),
    outcomes: new Map((value.steps || []).map((step) => [step.step, step])),
    faults: new Map(),
    workloads: new Map(),
    version: 0,
  };
  for (const facts of value.canaries) model.byCanary.set(facts.name, createCanary(facts));
  if (!model.byCanary.size) model.byCanary.set(value.canary, createCanary({ name: value.canary, metrics: [], gates: [] }));

  function createCanary(facts) {
    const metrics = new Map(facts.metrics.map((one) => [one.name, { ...one, checks: [] }]));
    return { facts, snapshots: [], metrics, marks: [], latest: null };
  }

  const readers = {
    snapshot(record) {
      const canary = model.byCanary.get(record.canary);
      if (!canary) return;
      canary.snapshots.push(record);
      canary.latest = record;
    },
    event(record) {
      const canary = model.byCanary.get(record.canary);
      if (record.mark && canary) canary.marks.push({ time: record.time_s, mark: record.mark, text: record.message });
      write("events", record, record.message, record.why ? [record.why] : [], record.type === "Warning" ? "warn" : "");
    },
    metric(record) {
      const metric = model.byCanary.get(record.canary)?.metrics.get(record.metric);
      if (metric) metric.checks.push({ time: record.time_s, value: rehearsal.number(record.measured), passed: record.passed });
      const limits = metric ? ` (${metric.limits})` : "";
      const value = record.measured === null ? record.error || "no value" : rehearsal.amount(record.measured, metric?.unit);
      write("checks", record, `${record.metric}: ${value}${limits}`, [record.query, ...record.explanation], record.passed === false ? "warn" : "");
    },
    hook(record) {
      const text = `${record.type} webhook ${record.name} ${record.failure ? "refused" : "accepted"}`;
      write("webhooks", record, text, record.failure ? [record.failure] : [], record.failure ? "warn" : "");
    },
    alert(record) {
      if (record.provider !== null) write("events", record, `${record.severity} to ${record.provider}: ${record.message}`, [], "");
    },
    traffic(record) {
      model.traffic.push({ time: record.time_s, requests: record.requests, failures: record.failures, sides: record.sides });
      if (record.failures) write("failures", record, `${record.failures} of ${record.requests} requests failed`, record.examples.slice(0, 5), "warn");
    },
    fault(record) {
      const before = model.faults.get(record.fault);
      const fresh = record.state === "injected" && (!before || before.state === "removed");
      model.faults.set(record.fault, { ...record, since: fresh ? record.time_s : before?.since });
      if (record.state !== "delivered") {
        const reached = record.state === "removed" ? [`it reached ${record.delivered} of ${record.matched} requests`] : [];
        write("events", record, `fault ${record.state}: ${record.fault}`, reached, "");
      }
    },
    replica(record) {
      if (!model.workloads.has(record.workload)) model.workloads.set(record.workload, new Map());
      const pods = model.workloads.get(record.workload);
      if (record.state === "gone") pods.delete(record.pod);
      else pods.set(record.pod, record);
      const why = record.detail ? [record.detail] : [];
      write("replicas", record, `${record.pod} ${record.state}${record.image ? `, ${record.image}` : ""}`, why, record.state === "exited" ? "warn" : "");
    },
    step(record) {
      const before = model.steps.get(record.step) || { name: record.step, title: record.title, start: record.time_s };
      const began = record.state === "started";
      model.steps.set(record.step, { ...before, state: record.state, details: record.details, ...(began ? { start: record.time_s, end: undefined } : { end: record.time_s }) });
      const kind = began || record.state === "passed" ? "" : "warn";
      write("events", record, `step ${record.step} ${record.state}${began ? `: ${record.title}` : ""}`, record.details.filter(Boolean), kind);
    },
    clock(record) {
      model.speed = record.speed;
      model.paused = record.paused;
    },
    note(record) {
      const lines = record.text.trim().split("\n");
      if (lines[0]) write("notes", record, lines[0], lines.slice(1), "");
    },
    output(record) {
      write("notes", record, "printed by a command", [record.text], "");
    },
    lateness(record) {
      write("notes", record, `${record.what} came ${record.late_s.toFixed(1)} s late on this machine`, [], "warn");
    },
  };

  function write(kind, record, text, more, tone) {
    model.log.push({ kind, time: record.time_s, canary: record.canary || "", text, more, tone, mark: record.mark || "" });
  }

  model.take = function (record) {
    readers[record.kind]?.(record);
    model.time = Math.max(model.time, record.time_s);
    model.heardAt = performance.now();
    model.version += 1;
  };
  model.end = function (value) {
    Object.assign(model, { ended: true, state: value.state, interrupted: value.interrupted, why: value.why });
    model.outcomes = new Map(value.steps.map((step) => [step.step, step]));
    model.version += 1;
  };
  /* The canary's time at this moment: it goes on between two records. */
  model.now = function () {
    if (model.ended || model.paused || !model.speed) return model.time;
    const silence = Math.min(10, (performance.now() - model.heardAt) / 1000);
    return model.time + silence * model.speed;
  };
  model.isDeployed = () => model.steps.size > 0;
  model.chosen = () => model.byCanary.get(model.canary);
  return model;
};

/* A number as JSON has it, or as Prometheus writes what JSON has not. */
rehearsal.number = function (value) {
  if (value === null || value === undefined || value === "NaN") return null;
  if (value === "+Inf") return Infinity;
  return value === "-Inf" ? -Infinity : Number(value);
};

rehearsal.amount = function (value, unit) {
  const number = rehearsal.number(value);
  if (number === null) return "no value";
  const digits = Math.abs(number) >= 1000 ? 0 : Math.abs(number) >= 100 ? 1 : 2;
  const text = Number.isFinite(number) ? String(Number(number.toFixed(digits))) : number > 0 ? "+Inf" : "-Inf";
  return unit ? `${text} ${unit}` : text;
};

/* The canary's time as minutes and seconds, e.g. 07:03. */
rehearsal.clockText = function (time) {
  const seconds = Math.max(0, Math.floor(time));
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
};

/* The last item of a list in order of time at or before a moment. */
rehearsal.lastBefore = function (items, time, key = "time") {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (items[middle][key] <= time) low = middle + 1;
    else high = middle;
  }
  return low ? items[low - 1] : null;
};
