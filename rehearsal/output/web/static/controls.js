"use strict";
/* What a person does: every button sends one command, and what it was refused for is said. */
(function () {
  const AMOUNTS = {
    errors: ["Status", "500", (value) => `status=${value}`],
    delay: ["Delay", "500ms", (value) => value],
    reset: ["", "", () => ""],
    bandwidth: ["Rate", "64kbps", (value) => value],
  };

  rehearsal.say = function (text, tone) {
    const { find, h } = rehearsal;
    find("said").replaceChildren(h("p", { class: `notice ${tone}` }, text,
      h("button", { type: "button", class: "small", "aria-label": "Dismiss", onclick: () => find("said").replaceChildren() }, "×")));
  };

  rehearsal.send = async function (command) {
    let error = "";
    try {
      const response = await fetch("commands", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(command) });
      if (!response.ok) error = (await response.json().catch(() => ({}))).error || `refused: ${response.status}`;
    } catch {
      error = "the rehearsal does not answer";
    }
    if (error) rehearsal.say(error, "bad");
    else rehearsal.find("said").replaceChildren();
    return !error;
  };

  rehearsal.act = (action, canary) => rehearsal.send({ do: action, ...(canary ? { canary } : {}) });
  rehearsal.play = (step) => rehearsal.send({ play: step });

  rehearsal.faultText = function (fields) {
    const [, , write] = AMOUNTS[fields.kind];
    const rate = `${fields.rate}%`;
    const amount = write(fields.amount.trim());
    const parts = {
      errors: [`errors=${rate}`, amount], delay: [`delay=${amount}`, `rate=${rate}`],
      reset: [`reset=${rate}`], bandwidth: [`bandwidth=${amount}`, `rate=${rate}`],
    }[fields.kind];
    if (fields.path.trim()) parts.push(`path=${fields.path.trim()}`);
    if (fields.header.trim()) parts.push(`header=${fields.header.trim()}`);
    return parts.join(",");
  };

  rehearsal.buildControls = function (model) {
    const { find, h, send } = rehearsal;
    const live = model.live;
    const act = (action) => rehearsal.act(action, model.canary);
    if (!live) return;
    for (const id of ["drive", "rollout-card", "fault"]) find(id).hidden = false;
    find("finish").hidden = !live.manual;
    find("expect-label").hidden = !live.manual;
    find("candidate-label").hidden = !live.candidate;
    find("images").append(...live.images.map((image) => h("option", { value: image })));
    find("pause").addEventListener("click", () => act({ pause: !model.paused }));
    find("finish").addEventListener("click", () => send({ finish: true }));
    const most = model.value.speed;
    for (const part of [1, 0.5, 0.25, 0.1]) {
      const speed = Number((most * part).toPrecision(3));
      find("speed").append(h("option", { value: speed }, `×${speed}`));
    }
    find("speed").addEventListener("change", (event) => act({ speed: Number(event.target.value) }));

    const rollout = find("rollout");
    const rollOut = (change) => {
      const expect = rollout.elements.expect.value;
      return live.manual && model.canary === model.value.canary ? send({ "roll-out": { ...change, ...(expect ? { expect } : {}) } }) : act({ set: change });
    };
    rollout.addEventListener("submit", (event) => {
      event.preventDefault();
      const { image, candidate } = rollout.elements;
      const change = { ...(image.value.trim() ? { image: image.value.trim() } : {}), ...(candidate.checked ? { candidate: true } : {}) };
      if (Object.keys(change).length) rollOut(change);
      else rehearsal.say("Give an image or a tag to roll out.", "bad");
    });
    find("again").addEventListener("click", () => rollOut({ annotations: { "canary-rehearsal/rolled-out": new Date().toISOString() } }));

    const fault = find("fault");
    fault.elements.kind.addEventListener("change", () => {
      const [label, value] = AMOUNTS[fault.elements.kind.value];
      find("amount-label").hidden = !label;
      find("amount-label").firstElementChild.textContent = label;
      fault.elements.amount.value = value;
    });
    fault.addEventListener("submit", (event) => {
      event.preventDefault();
      act({ fault: rehearsal.faultText(Object.fromEntries(new FormData(fault))) });
    });
    find("clear").addEventListener("click", () => act({ "clear-faults": true }));
    buildService(live.apex_url, model);
  };

  function buildService(url, model) {
    const { find, h } = rehearsal;
    if (!url) return;
    find("service-card").hidden = false;
    find("service-link").href = url;
    find("service-link").textContent = url;
    const frame = h("iframe", { title: "The service, through the mesh", referrerpolicy: "no-referrer" });
    const load = () => {
      if (!frame.isConnected) find("service").replaceChildren(frame);
      frame.src = url;
    };
    const isServing = async () => {
      const response = await fetch("serving").catch(() => null);
      return response?.ok && (await response.json()).serving;
    };
    find("service-reload").addEventListener("click", load);
    setInterval(async () => {
      if (model.ended || (frame.isConnected && !find("service-often").checked)) return;
      if (["", "Initializing"].includes(model.chosen().latest?.phase || "")) return;
      if (await isServing()) load();
    }, 2000);
  }

  rehearsal.drawControls = function (model) {
    const { find } = rehearsal;
    if (!model.live) return;
    const ended = model.ended;
    const busy = [...model.steps.values()].some((step) => step.state === "started");
    find("pause").textContent = model.paused ? "Continue" : "Pause";
    for (const id of ["drive", "rollout-card", "fault"]) find(id).hidden = ended;
    if (ended) find("service-card").hidden = true;
    const speed = String(Number(model.speed.toPrecision(3)));
    if (![...find("speed").options].some((one) => one.value === speed)) find("speed").append(rehearsal.h("option", { value: speed }, `×${speed}`));
    if (document.activeElement !== find("speed")) find("speed").value = speed;
    const fresh = !model.isDeployed();
    for (const button of find("rollout").querySelectorAll("button")) button.disabled = fresh || (model.live.manual && busy);
    for (const button of find("fault").querySelectorAll("button")) button.disabled = fresh;
  };
})();
