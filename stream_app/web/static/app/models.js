// Which models are there, and which of their versions score?
import { ask } from "./api.js";
import { h } from "./dom.js";
import { utc, when, whole } from "./format.js";
import { words } from "./learning_words.js";
import { follow, on } from "./live.js";
import { driftUrl, modelUrl } from "./router.js";
import { empty, failed, skeletons } from "./states.js";
import { tableCard } from "./table_card.js";

const EVERY_MS = 5000;

export function showModels(main, detail) {
  const body = h("div", { class: "stack" }, skeletons("card", 3));
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Models")), body);
  detail.replaceChildren();
  follow([]);
  let closed = false;
  let shown = "";

  async function refresh() {
    try {
      const found = await ask("models");
      const now = JSON.stringify(found);
      if (!closed && now !== shown) body.replaceChildren(...show(found));
      shown = now;
    } catch (problem) {
      if (!closed && !shown) body.replaceChildren(failed(problem));
    }
  }

  const offs = ["models", "drift", "retraining"].map((name) => on(name, refresh));
  offs.push(on("state", (state) => state !== "lost" && refresh()));
  const timer = setInterval(refresh, EVERY_MS);
  refresh();
  return {
    title: "Models",
    close() {
      closed = true;
      clearInterval(timer);
      for (const off of offs) off();
    },
  };
}

export const away = (trouble) =>
  h("div", { class: "error", role: "status" }, h("b", {}, "The model registry is away"), `${trouble} What Kafka tells is shown.`);

function show({ models, registry_trouble }) {
  const trouble = registry_trouble ? [away(registry_trouble)] : [];
  if (!models.length) {
    return [...trouble, empty("No models yet.", "What learns in the stream works without one. Train one by ", h("code", {}, "stream-app train mahalanobis --sensor-type TYPE"), ".")];
  }
  const rows = models.map((model) => [
    h("a", { href: modelUrl(model.model) }, model.model), standing(model), model.champion ?? "none", model.challenger ?? "none", whole(model.versions),
    (model.algorithm ?? "–").replaceAll("_", " "),
    model.last_drift_ts ? h("a", { href: driftUrl({ model: model.model }), title: utc(Date.parse(model.last_drift_ts)) }, when(model.last_drift_ts)) : "none",
    model.last_event ? h("span", { title: utc(Date.parse(model.last_event.ts)) }, `${words(model.last_event).what}, ${when(model.last_event.ts)}`) : "–",
  ]);
  const head = ["Model", "State", "Champion", "Challenger", "Versions", "Algorithm", "Last drift", "Last event"];
  return [...trouble, tableCard("Registered models", "one for each lane and sensor type", head, rows, "", [4])];
}

function standing(model) {
  const training = { RetrainingRequested: "to be trained", RetrainingStarted: "in training" }[model.last_retraining?.type];
  const [state, mark, word] =
    model.last_event?.type === "ModelRefused" ? ["act", "✕", "a worker refuses it"]
      : training ? ["learning", "◆", training]
        : model.challenger ? ["learning", "◆", "challenger in shadow"]
          : model.champion ? ["normal", "", "in service"] : ["attention", "●", "no champion"];
  return h("span", { class: state }, h("span", { class: "word" }, mark ? h("span", { class: "mark", "aria-hidden": "true" }, mark) : null, word));
}
