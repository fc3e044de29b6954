// One sensor's chart with its heading: name, value, what was expected, how old the last reading is.
import { dataTable, trendRows } from "./data_table.js";
import { attribute, h, write } from "./dom.js";
import { duration, moment, number, stateOf, unitName, withUnit } from "./format.js";
import { Points } from "./points.js";
import { Trend } from "./trend.js";

export class Panel {
  /** `hooks`: zoomed(from, to), href. */
  constructor(sensor, name, other, hooks) {
    this.sensor = sensor;
    this.shown = name;
    this.points = null;
    this.pointedAt = null;
    this.name = h(other ? "a" : "h2", { class: "name", href: other ? hooks.href : null }, name);
    this.now = h("span", { class: "now" });
    this.expected = h("span", { class: "note" });
    this.age = h("span", { class: "push" });
    this.plotted = h("div", { class: `plot ${other ? "other" : "main"}`, role: "img", tabindex: other ? null : "0" });
    this.columns = [[], [], [], [], []];
    const table = other ? null : dataTable(sensor.sensor_id, () => trendRows(this.columns, this.trend.from, this.trend.to));
    this.element = h("section", { class: "panel", "data-sensor": sensor.sensor_id }, h("header", {}, this.name, this.now, this.expected, this.age), this.plotted, table);
    this.hooks = hooks;
    this.other = other;
  }

  /** Begin to draw: the element stands in the page now. */
  start() {
    this.trend = new Trend(this.plotted, {
      other: this.other,
      zoomed: this.hooks.zoomed,
      pointed: (seconds, index) => {
        this.pointedAt = seconds == null ? null : index;
        this.head();
      },
    });
  }

  give(series) {
    this.points = new Points(series);
    this.heard = performance.now() - 1000 * this.sensor.age_s;
  }

  add(news) {
    if (!this.points) return;
    this.points.add(news);
    if (news.ts_us.length) this.heard = performance.now();
  }

  draw(from, to, anomalies) {
    if (!this.points) return;
    this.columns = this.points.columns();
    // The graver ones are drawn over the others.
    const graver = [...anomalies].sort((a, b) => a.grade - b.grade);
    const spans = graver.map((anomaly) => ({
      from: Date.parse(anomaly.start_ts) / 1000,
      to: anomaly.end_ts ? Date.parse(anomaly.end_ts) / 1000 : null,
      state: stateOf(anomaly),
    }));
    this.trend.show(this.columns, from, to, spans);
    const open = anomalies.filter((anomaly) => !anomaly.end_ts).map(stateOf);
    this.state = open.includes("act") ? "act" : open.length ? "attention" : "";
    this.head();
  }

  head() {
    if (!this.points) return;
    const at = this.pointedAt;
    const value = at == null ? this.points.last : this.columns[4][at];
    const band = at == null ? this.points.expected : { low: this.columns[1][at], high: this.columns[2][at] };
    write(this.now, withUnit(value, this.sensor.unit));
    write(this.expected, band?.low == null ? "" : `expected ${number(band.low)} to ${number(band.high)}${this.sensor.unit ? ` ${unitName(this.sensor.unit)}` : ""}`);
    const age = (performance.now() - this.heard) / 1000;
    const stale = age > Math.max(10, 20 * (this.sensor.period_s ?? 0));
    const health = this.sensor.health === "ok" ? "" : `✕ ${this.sensor.health.replaceAll("_", " ")} · `;
    if (at != null && !this.other) write(this.age, moment(this.columns[0][at] * 1000));
    else write(this.age, health + (stale ? `last reading ${duration(age)} ago` : ""));
    attribute(this.element, "class", `panel ${this.state ?? ""}${stale ? " stale" : ""}`.trim());
    if (at == null) {
      const open = this.state ? ", an anomaly is open" : "";
      attribute(this.plotted, "aria-label", `${this.sensor.sensor_id} over time: now ${this.now.textContent}, ${this.expected.textContent || "expected value not known"}${open}`);
    }
  }

  close() {
    this.trend?.close();
  }
}
