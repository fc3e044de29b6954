// The table behind a chart: the same figures for those who do not see it, and for copying.
import { h } from "./dom.js";
import { clock, number, utc } from "./format.js";

const MOST_ROWS = 120;

/** A closed `details` whose rows are made when it is opened; `read()` gives {head, rows}. */
export function dataTable(name, read) {
  const body = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `${name}, figures` });
  const details = h("details", { class: "data" }, h("summary", {}, "Data table"), body);
  details.addEventListener("toggle", () => {
    if (!details.open) return body.replaceChildren();
    const { head, rows } = read();
    const shown = rows.length > MOST_ROWS ? rows.filter((_, i) => i % Math.ceil(rows.length / MOST_ROWS) === 0) : rows;
    body.replaceChildren(h("table", {},
      h("caption", { class: "unseen" }, name),
      h("thead", {}, h("tr", {}, head.map((cell) => h("th", { scope: "col" }, cell)))),
      h("tbody", {}, shown.map((row) => h("tr", {}, row.map((cell) => h("td", {}, cell)))))));
  });
  return details;
}

/** Rows of a trend, the newest first: local time, UTC, value and what was expected. */
export function trendRows([seconds, low, high, , value], from, to) {
  const rows = [];
  for (let i = seconds.length - 1; i >= 0; i -= 1) {
    if (seconds[i] < from || seconds[i] > to || value[i] == null) continue;
    const ms = seconds[i] * 1000;
    rows.push([clock(ms, true), utc(ms), number(value[i], 6), low[i] == null ? "–" : `${number(low[i])} to ${number(high[i])}`]);
  }
  return { head: ["Time", "UTC", "Value", "Expected"], rows };
}
