// What and why? The guilty sensor large, the others aligned below, the reason and the spectrum beside them.
import { anomalyCard } from "./anomaly_card.js";
import { makeList, showList } from "./anomaly_list.js";
import { ask, path } from "./api.js";
import { attribute, h } from "./dom.js";
import { MARKS, WORDS, duration, shortName } from "./format.js";
import { follow, on } from "./live.js";
import { Panel } from "./panel.js";
import { assetUrl, fleetUrl, go, note } from "./router.js";
import { SpectrumCard } from "./spectrum_card.js";
import { failed, skeletons } from "./states.js";
import { SPANS, TimeRange, iso } from "./time_range.js";

const MOST_PANELS = 12;
const REFRESH_MS = 3000;
const AROUND = 0.35;

class AssetView {
  constructor(main, detail, { asset, query }) {
    this.main = main;
    this.asset = asset;
    this.query = query;
    this.title = asset;
    this.range = new TimeRange(query);
    this.panels = new Map();
    this.found = null;
    this.closed = false;
    this.state = h("span", { class: "word" });
    this.liveButton = h("button", { type: "button", title: "Follow the right edge (l)", click: () => this.live() }, "live");
    this.spans = SPANS.map(([span, name]) => h("button", { type: "button", "data-span": span, click: () => this.changed(() => this.range.follow(span)) }, name));
    this.head = h("div", { class: "head" },
      h("h1", {}, h("a", { href: fleetUrl() }, "Fleet"), h("span", { class: "quiet" }, " / "), asset), this.state,
      h("div", { class: "ranges push", role: "group", "aria-label": "Time range" }, this.spans, this.liveButton));
    this.area = h("div", {}, skeletons("panel plot main", 1), skeletons("panel plot other", 3));
    main.replaceChildren(this.head, this.area);
    this.reason = h("div");
    this.spectrum = new SpectrumCard();
    this.list = makeList(false);
    this.listed = h("section", { class: "card" }, h("h2", {}, "Anomalies of this asset"), this.list, h("p", { class: "quiet small" }, "None is remembered."));
    detail.replaceChildren(this.reason, this.spectrum.element, this.listed);
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.ageTimer = setInterval(() => this.tick(), 1000);
    this.offs = [
      on("points", (news) => this.add(news)),
      on("anomalies", (anomalies) => anomalies.some((one) => one.asset_id === asset) && this.refresh()),
      on("state", (state) => state === "back" && this.start()),
    ];
    this.start();
  }

  async start() {
    await this.refresh();
    if (this.found && !this.closed) await this.load();
  }

  /** Ask for the asset: states, sensors, anomalies. */
  async refresh() {
    try {
      const found = await ask(`assets/${path(this.asset)}`);
      if (this.closed) return;
      this.found = found;
    } catch (problem) {
      if (!this.closed && !this.found) this.area.replaceChildren(failed(problem));
      return;
    }
    if (!this.panels.size) this.build();
    for (const sensor of this.found.sensors) {
      const panel = this.panels.get(sensor.sensor_id);
      if (panel) panel.sensor = sensor;
    }
    if (this.missed) this.load();
    this.describe();
    this.draw();
  }

  tick() {
    for (const panel of this.panels.values()) panel.head();
    this.reason.firstChild?.tick?.();
  }

  build() {
    const { tile, sensors, anomalies } = this.found;
    this.chosen = anomalies.find((one) => one.anomaly_id === this.query.anomaly) ?? null;
    const wanted = this.query.sensor ?? tile.worst?.sensor_id ?? anomalies[0]?.sensor_id ?? tile.sparkline.sensor_id;
    const guilty = sensors.find((sensor) => sensor.sensor_id === wanted) ?? sensors[0];
    this.guilty = guilty.sensor_id;
    const others = sensors.filter((sensor) => sensor !== guilty).sort((a, b) => a.sensor_id.localeCompare(b.sensor_id));
    const hooks = (sensor) => ({
      href: assetUrl(this.asset, { sensor: sensor.sensor_id }),
      zoomed: (from, to) => this.changed(() => this.range.hold(from, to)),
    });
    const shown = [guilty, ...others].slice(0, MOST_PANELS);
    for (const sensor of shown) {
      this.panels.set(sensor.sensor_id, new Panel(sensor, shortName(sensor.sensor_id, this.asset), sensor !== guilty, hooks(sensor)));
    }
    const [first, ...rest] = this.panels.values();
    const left = sensors.length - shown.length;
    this.area.replaceChildren(first.element, ...(rest.length ? [h("h2", { class: "others" }, "Other sensors, same time")] : []), ...rest.map((panel) => panel.element),
      left ? h("p", { class: "quiet small" }, `${left} more sensors are under /api/v1/sensors?asset=…`) : "");
    for (const panel of this.panels.values()) panel.start();
    first.plotted.addEventListener("keydown", (event) => this.key(event));
    this.area.addEventListener("dblclick", () => this.live());
    this.lookAtChosen();
    follow([...this.panels.keys()]);
    this.spectrum.show(this.guilty, shortName(this.guilty, this.asset));
  }

  /** An anomaly that is over, and no longer in what is followed, is shown where it was. */
  lookAtChosen() {
    if (!this.chosen || !this.range.live) return;
    const edge = Date.parse(this.found.tile.last_ts) / 1000;
    const from = Date.parse(this.chosen.start_ts) / 1000;
    const to = this.chosen.end_ts ? Date.parse(this.chosen.end_ts) / 1000 : edge;
    if (from > edge - this.range.span) return;
    const around = Math.max(20, AROUND * (to - from));
    this.range.hold(from - around, Math.min(edge, to + around));
  }

  /** Ask for the points of what is shown, as many as there are pixels. */
  async load() {
    const [from, to] = this.range.shown;
    this.missed = false;
    const turn = (this.turn = (this.turn ?? 0) + 1);
    const bounds = this.range.live ? {} : { from: iso(from), to: iso(to) };
    if (this.range.live) bounds.from = iso(Date.parse(this.found.tile.last_ts) / 1000 - this.range.span * 1.1);
    await Promise.all([...this.panels].map(async ([id, panel]) => {
      try {
        const series = await ask(`sensors/${path(id)}/series`, { ...bounds, points: Math.max(10, panel.trend.width) });
        if (this.closed || turn !== this.turn) return;
        panel.give(series);
        this.range.reach(panel.points.newest / 1e6 || null);
      } catch {
        // A server that has just started may not know it yet: what there was stays, and is asked for again.
        this.missed = true;
      }
    }));
    if (!this.closed && turn === this.turn) this.draw();
  }

  add(news) {
    for (const [id, points] of Object.entries(news)) {
      const panel = this.panels.get(id);
      if (!panel?.points) continue;
      if (this.range.live) panel.add(points);
      else if (points.ts_us.length) panel.heard = performance.now();
      this.range.reach(points.ts_us.at(-1) / 1e6 || null);
    }
    if (!this.range.live) return;
    const [from] = this.range.shown;
    let crowded = false;
    for (const panel of this.panels.values()) {
      panel.points?.forget((from - 0.1 * this.range.span) * 1e6);
      crowded ||= (panel.points?.ts.length ?? 0) > 3 * panel.trend.width;
    }
    if (crowded && !(performance.now() - this.thinned < 5000)) {
      // The server thins what has gathered here.
      this.thinned = performance.now();
      this.load();
    }
    this.draw();
  }

  draw() {
    if (this.drawing || this.closed) return;
    this.drawing = requestAnimationFrame(() => {
      this.drawing = null;
      const [from, to] = this.range.shown;
      // What is strange about the asset as a whole is shown at every sensor.
      const known = new Set(this.found.sensors.map((sensor) => sensor.sensor_id));
      for (const [id, panel] of this.panels) {
        panel.draw(from, to, this.found.anomalies.filter((one) => one.sensor_id === id || !known.has(one.sensor_id)));
      }
      attribute(this.liveButton, "aria-pressed", String(this.range.live));
      for (const button of this.spans) attribute(button, "aria-pressed", String(this.range.live && Number(button.dataset.span) === this.range.span));
    });
  }

  describe() {
    const { tile, anomalies } = this.found;
    attribute(this.state, "class", `word ${tile.state}`);
    const since = tile.since_ts && tile.state !== "normal" ? ` for ${duration((Date.now() - Date.parse(tile.since_ts)) / 1000)}` : "";
    const text = `${MARKS[tile.state]} ${WORDS[tile.state]}${since}`;
    if (this.state.textContent !== text) {
      this.state.replaceChildren(h("span", { class: "mark", "aria-hidden": "true" }, MARKS[tile.state]), ` ${WORDS[tile.state]}${since}`);
    }
    const opened = anomalies.filter((one) => !one.end_ts);
    const mine = (one) => one.sensor_id === this.guilty;
    const asked = anomalies.find((one) => one.anomaly_id === this.query.anomaly);
    const told = asked ?? opened.find(mine) ?? opened[0] ?? anomalies.find(mine) ?? null;
    const now = told ? `${told.anomaly_id} ${told.end_ts}` : "none";
    if (this.told !== now) {
      this.told = now;
      this.reason.replaceChildren(told ? anomalyCard(told) : h("section", { class: "card" }, h("h2", {}, "Nothing to report"), h("p", { class: "quiet" }, "Every sensor of this asset is within what it learned to expect.")));
    }
    showList(this.list, anomalies.slice(0, 20), (one) => assetUrl(this.asset, { sensor: one.sensor_id, anomaly: one.anomaly_id }), told?.anomaly_id, this.asset);
    this.listed.lastChild.hidden = anomalies.length > 0;
  }

  /** Change the range, tell the address, and ask for what is now to be seen. */
  changed(change) {
    change();
    const { sensor, anomaly } = this.query;
    note(assetUrl(this.asset, { sensor, anomaly, ...this.range.query }));
    this.draw();
    clearTimeout(this.loading);
    this.loading = setTimeout(() => this.load(), 120);
  }

  live() {
    this.changed(() => this.range.follow());
  }

  key(event) {
    const change = { ArrowLeft: () => this.range.move(-0.2), ArrowRight: () => this.range.move(0.2), "+": () => this.range.zoom(0.5), "-": () => this.range.zoom(2) }[event.key];
    if (!change) return;
    event.preventDefault();
    this.changed(change);
  }

  step(by) {
    const all = this.found?.anomalies ?? [];
    const shown = (this.told ?? "").split(" ")[0];
    const at = all.findIndex((one) => one.anomaly_id === shown);
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    if (next) go(assetUrl(this.asset, { sensor: next.sensor_id, anomaly: next.anomaly_id }));
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    clearInterval(this.ageTimer);
    clearTimeout(this.loading);
    for (const off of this.offs) off();
    for (const panel of this.panels.values()) panel.close();
    this.spectrum.close();
  }
}

export const showAsset = (main, detail, state) => new AssetView(main, detail, state);
