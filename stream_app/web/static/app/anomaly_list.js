// Anomalies as a list: mark, sensor, when, and why.
import { attribute, h, keyed, write } from "./dom.js";
import { MARKS, clause, lasting, sentence, shortName, stateOf, utc, when } from "./format.js";

export const makeList = (wide) => h("ul", { class: `list${wide ? " wide" : ""}` });

/** Show anomalies in a list; `href(anomaly)` says where each leads, `current` is the id of the chosen one; `asset` names the place. */
export function showList(list, anomalies, href, current, asset) {
  const wide = list.classList.contains("wide");
  keyed(list, anomalies, (anomaly) => anomaly.anomaly_id, make, (item, anomaly) => {
    const { link, mark, name, at, why } = item.parts;
    attribute(item, "class", anomaly.end_ts ? "over" : stateOf(anomaly));
    attribute(link, "href", href(anomaly));
    attribute(link, "aria-current", anomaly.anomaly_id === current ? "true" : null);
    write(mark, anomaly.end_ts ? "○" : MARKS[stateOf(anomaly)]);
    write(name, asset ? `${shortName(anomaly.sensor_id, asset)} · ${anomaly.kind}` : anomaly.sensor_id);
    write(at, `${when(anomaly.start_ts)} · ${anomaly.end_ts ? "" : "open "}${lasting(anomaly)}`);
    attribute(at, "title", utc(Date.parse(anomaly.start_ts)));
    write(why, wide ? `${anomaly.kind}: ${sentence(anomaly)}` : clause(anomaly));
  });
}

function make() {
  const mark = h("span", { class: "mark", "aria-hidden": "true" });
  const name = h("span", { class: "name" });
  const at = h("span", { class: "when" });
  const why = h("span", { class: "why" });
  const link = h("a", {}, mark, name, at, why);
  const item = h("li", {}, link);
  item.parts = { link, mark, name, at, why };
  return item;
}
