// One anomaly in full: the sentence, what weighs how much, and the facts.
import { h, write } from "./dom.js";
import { heard } from "./heard.js";
import { MARKS, featureName, lasting, number, sentence, stateOf, utc, when, withUnit } from "./format.js";

const ARROWS = { high: "↑ high", low: "↓ low" };

export function anomalyCard(anomaly, link) {
  const state = stateOf(anomaly);
  const openFor = h("dd", {}, lasting(anomaly));
  const title = anomaly.end_ts ? anomaly.kind[0].toUpperCase() + anomaly.kind.slice(1) : `Why: ${anomaly.kind}`;
  const card = h("section", { class: `card ${anomaly.end_ts ? "" : state}`, "data-anomaly": anomaly.anomaly_id },
    h("h2", {}, title, h("span", { class: "word" }, anomaly.end_ts ? "over" : h("span", { class: "mark", "aria-hidden": "true" }, MARKS[state]), anomaly.end_ts ? "" : state)),
    h("p", { class: "sentence" }, sentence(anomaly)),
    anomaly.features.length ? features(anomaly) : null,
    heard(anomaly),
    h("dl", { class: "facts" }, facts(anomaly).flatMap(([name, value, title]) => [h("dt", {}, name), value == null ? openFor : h("dd", { title }, value)])),
    link ?? null,
  );
  // While it is open, it lasts on.
  card.tick = () => anomaly.end_ts || write(openFor, lasting(anomaly));
  return card;
}

function features(anomaly) {
  const most = Math.max(...anomaly.features.map((feature) => feature.weight), 1e-9);
  const rows = anomaly.features.map((feature) => {
    // A width by the DOM: style attributes are not let through.
    const bar = h("i");
    bar.style.width = `${Math.round((100 * feature.weight) / most)}%`;
    return h("tr", {},
      h("td", {}, featureName(feature.name)),
      h("td", { class: "still" }, ARROWS[feature.direction]),
      h("td", { class: "number" }, number(feature.value, 3)),
      h("td", { class: "number quiet" }, number(feature.expected, 3)),
      h("td", { class: "weight", title: `${Math.round(feature.weight * 100)} % of the evidence` }, bar));
  });
  const head = ["Feature", "", "Value", "Expected", "Weight"].map((name, i) => h("th", { scope: "col", class: i === 2 || i === 3 ? "number" : null }, name));
  return h("table", {}, h("caption", { class: "unseen" }, "Features that speak for the anomaly"), h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows));
}

function facts(anomaly) {
  const at = (ts) => [when(ts), utc(Date.parse(ts))];
  return [
    ["Sensor", anomaly.sensor_id],
    ["Onset", ...at(anomaly.start_ts)],
    ["Raised", ...at(anomaly.ts)],
    anomaly.end_ts ? ["Cleared", ...at(anomaly.end_ts)] : ["Open for", null],
    ["Value", withUnit(anomaly.value, anomaly.unit)],
    ["Grade", number(anomaly.grade, 2), "0.5 at the threshold, 1 at most"],
    ["Confidence", number(anomaly.confidence, 2), "grows with what was learned"],
    ["p-value", number(anomaly.p_value, 2)],
    ["Model", `${anomaly.model.name} ${anomaly.model.version}`],
  ];
}
