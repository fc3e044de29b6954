// One change in full: what moved by how much, the evidence, the assets at that time, and what followed.
import { h } from "./dom.js";
import { MARKS, duration, featureName, number, utc, when } from "./format.js";
import { ACTIONS, CAUSES, CAUSE_STATES, words } from "./learning_words.js";
import { assetUrl, driftUrl, modelUrl } from "./router.js";
import { iso } from "./time_range.js";

const MOST_ASSETS = 24;
const AROUND = 0.5;
const LEAST_AROUND_S = 60;

/** The cards of a drift event; `followed` are the retraining events that it led to. */
export const driftDetail = (event, followed) => [whatCard(event), featuresCard(event), followedCard(event, followed)];

function whatCard(event) {
  const state = CAUSE_STATES[event.cause] ?? "attention";
  const at = (ts) => [when(ts), utc(Date.parse(ts))];
  const facts = [
    ["Model", h("a", { href: modelUrl(event.model) }, event.model)],
    ["Changed", ...at(event.changed_at)],
    ["Noticed", ...at(event.ts)],
    ["After", duration((Date.parse(event.ts) - Date.parse(event.changed_at)) / 1000)],
    ["Assets", `${event.assets.length} of ${event.assets_watched}`],
    ["All features together", event.joint ? `MMD ${number(event.joint.mmd, 3)}, p ${number(event.joint.p_value, 2)}` : "–", "maximum mean discrepancy"],
    ...Object.entries(event.noticed_at).map(([name, ts]) => [name.replaceAll("_", " "), ts ? when(ts) : "did not notice", ts && utc(Date.parse(ts))]),
  ];
  return h("section", { class: `card ${state}`, "data-drift": event.id },
    h("h2", {}, `Why: ${CAUSES[event.cause] ?? event.cause}`, h("span", { class: "word" }, h("span", { class: "mark", "aria-hidden": "true" }, MARKS[state]))),
    h("ul", { class: "evidence" }, event.evidence.map((each) => h("li", {}, each))),
    h("p", {}, "To do: ", h("b", {}, ACTIONS[event.suggested_action] ?? event.suggested_action), "."),
    h("dl", { class: "facts" }, facts.flatMap(([term, text, title]) => [h("dt", {}, term), h("dd", { title }, text)])));
}

function featuresCard(event) {
  const head = ["Feature", "Now", "Usual", "Effect", "PSI", "q"].map((name, i) => h("th", { scope: "col", class: i ? "number" : null, title: TITLES[name] }, name));
  const rows = event.features.map((each) => h("tr", {},
    h("td", {}, h("span", { class: "quiet" }, each.sensor_id), h("br"), featureName(each.name), each.related_to ? ` with ${each.related_to}` : ""),
    ...[[each.value, 3], [each.usual, 3], [each.effect, 2], [each.psi, 2], [each.q_value, 2]].map(([value, digits]) => h("td", { class: "number" }, number(value, digits)))));
  return h("section", { class: "card" }, h("h2", {}, "What moved", h("small", {}, "most first")),
    rows.length
      ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Features that moved" }, h("table", {}, h("caption", { class: "unseen" }, "Features that moved"), h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows)))
      : h("p", { class: "quiet" }, "No feature by itself."));
}

const TITLES = { Effect: "Cliff's delta: −1 to 1", PSI: "population stability index", q: "p-value under control of the false discovery rate" };

/** An asset's page in the time of the change, at the sensor that moved most. */
function assetAt(event, asset) {
  const [from, to] = [Date.parse(event.changed_at) / 1000, Date.parse(event.ts) / 1000];
  const around = Math.max(LEAST_AROUND_S, AROUND * (to - from));
  const sensor = event.features.find((each) => each.sensor_id.startsWith(`${asset}/`))?.sensor_id ?? event.sensors.find((each) => each.startsWith(`${asset}/`));
  return assetUrl(asset, { sensor, from: iso(from - around), to: iso(to + around) });
}

function followedCard(event, followed) {
  const assets = event.assets.slice(0, MOST_ASSETS).map((asset) => h("a", { class: "chip", href: assetAt(event, asset), title: "Its sensors in that time" }, asset));
  const more = event.assets.length - assets.length;
  const items = followed.map((each) => {
    const { state, mark, what, more: why } = words(each);
    return h("li", { class: state }, h("div", { class: "event" }, h("span", { class: "mark", "aria-hidden": "true" }, mark), h("span", { class: "name" }, what), h("time", { class: "when", datetime: each.ts }, when(each.ts)), h("span", { class: "why" }, why)));
  });
  return h("section", { class: "card" }, h("h2", {}, "Assets in that time", h("a", { href: driftUrl({ asset: event.assets[0] }) }, "Its drift")),
    h("p", { class: "counts" }, assets, more > 0 ? `and ${more} more` : ""),
    h("h3", {}, "What followed"),
    items.length ? h("ol", { class: "list wide" }, items) : h("p", { class: "quiet small" }, event.suggested_action === "retrain" ? "No retraining event yet." : "This asks for no retraining."));
}
