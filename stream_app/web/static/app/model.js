// One model: its versions side by side, the challenger against the champion, what happened, and who scores.
import { ask } from "./api.js";
import { attribute, h } from "./dom.js";
import { duration, number, utc, when, whole } from "./format.js";
import { CAUSES, CAUSE_STATES, better, gathered, isFloor, metricName, words } from "./learning_words.js";
import { follow, on } from "./live.js";
import { away } from "./models.js";
import { serviceCard } from "./promotion.js";
import { onRole } from "./role.js";
import { driftUrl, modelUrl, note } from "./router.js";
import { failed, skeletons } from "./states.js";
import { tableCard } from "./table_card.js";

const EVERY_MS = 2000;
const MOST_EVENTS = 60;

class ModelView {
  constructor(main, detail, { model, query }) {
    this.model = model;
    this.query = query;
    this.title = model;
    this.detail = detail;
    this.area = h("div", { class: "stack" }, skeletons("card", 3));
    this.parts = { trouble: h("div"), versions: h("div"), shadow: h("div"), metrics: h("div"), events: h("div") };
    main.replaceChildren(h("div", { class: "head" }, h("h1", {}, h("a", { href: modelUrl() }, "Models"), h("span", { class: "quiet" }, " / "), model)), this.area);
    detail.replaceChildren();
    follow([]);
    this.shown = {};
    this.offs = ["models", "retraining", "drift"].map((name) => on(name, (events) => events.some((event) => event.model === model) && this.refresh()));
    this.offs.push(on("state", (state) => state !== "lost" && this.refresh()), onRole(() => this.service()));
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  async refresh() {
    if (this.asking) return;
    this.asking = true;
    try {
      const at = encodeURIComponent(this.model);
      const [found, told, training, drift] = await Promise.all([
        ask(`models/${at}`), ask(`models/${at}/events`), ask("retraining", { model: this.model }), ask("drift", { model: this.model, limit: 8 }),
      ]);
      if (this.closed) return;
      if (!this.found) this.area.replaceChildren(...Object.values(this.parts));
      Object.assign(this, { found, drift: drift.events, events: [...told.events, ...training.events].sort((a, b) => b.ts.localeCompare(a.ts)) });
      this.draw();
    } catch (problem) {
      if (!this.closed && !this.found) this.area.replaceChildren(failed(problem));
    } finally {
      this.asking = false;
    }
  }

  /** Draw what changed, so that nothing that is pointed at or read jumps. */
  draw() {
    const { registry_trouble, rows, shadow, shadow_behind } = this.found;
    this.part("trouble", registry_trouble, () => (registry_trouble ? [away(registry_trouble)] : []));
    this.part("versions", rows, () => [versions(rows)]);
    this.part("shadow", [shadow, shadow_behind, rows.map((row) => row.gate)], () => shadows(this.found));
    this.part("metrics", rows.map((row) => [row.version, row.aliases, row.metrics]), () => [this.metrics(rows)]);
    this.part("events", this.events, () => [lifeCycle(this.events)]);
    this.service();
  }

  part(name, of, make) {
    const now = JSON.stringify(of);
    if (this.shown[name] === now) return;
    this.shown[name] = now;
    this.parts[name].replaceChildren(...make());
  }

  service() {
    if (!this.found) return;
    const { rows, registry_trouble } = this.found;
    const now = JSON.stringify([rows.map((row) => [row.version, row.aliases, row.loaded_by]), registry_trouble, this.drift, this.detail.firstChild?.role]);
    const card = serviceCard(this.found, this.events, () => this.refresh());
    if (this.shown.service === now + card.role) return;
    this.shown.service = now + card.role;
    this.detail.replaceChildren(card.element, driftCard(this.model, this.drift));
  }

  /** Two versions beside each other; which ones, the address says. */
  metrics(rows) {
    const known = (version) => rows.find((row) => row.version === version);
    const aliased = (alias) => rows.find((row) => row.aliases.includes(alias));
    const first = known(this.query.a) ?? aliased("challenger") ?? rows[0];
    const second = known(this.query.b) ?? [aliased("champion"), aliased("former"), ...rows].find((row) => row && row !== first) ?? first;
    const choose = (name, chosen) => h("select", { "aria-label": name === "a" ? "Version" : "Beside version", change: (event) => {
      this.query = { ...this.query, a: first.version, b: second.version, [name]: event.target.value };
      note(modelUrl(this.model, this.query));
      this.shown.metrics = null;
      this.draw();
      this.parts.metrics.querySelectorAll("select")[name === "a" ? 0 : 1].focus();
    } }, rows.map((row) => h("option", { value: row.version, selected: row === chosen }, named(row))));
    const names = [...new Set([...Object.keys(first.metrics), ...Object.keys(second.metrics)])].sort((a, b) => metricName(a).localeCompare(metricName(b)));
    const cells = names.map((name) => {
      const [one, other] = [first.metrics[name], second.metrics[name]];
      const is = better(name, one, other);
      return [metricName(name), number(one), number(other), is > 0 ? h("b", {}, "↑ better") : is < 0 ? "↓ worse" : ""];
    });
    const card = tableCard("Metrics of training", "side by side", ["Metric", named(first), named(second), `${first.version} beside ${second.version}`], cells, "Neither has metrics.", [1, 2]);
    card.querySelector("h2").after(h("p", { class: "choices" }, choose("a", first), h("span", {}, "beside"), choose("b", second)));
    return card;
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    for (const off of this.offs) off();
  }
}

const named = (row) => `version ${row.version}${row.aliases.length ? ` (${row.aliases.join(", ")})` : ""}`;

function versions(rows) {
  const cells = rows.map((row) => [
    row.version, row.aliases.map((alias) => h("span", { class: `chip ${alias}` }, alias)), (row.algorithm ?? "–").replaceAll("_", " "),
    row.made_ts ? h("span", { title: utc(Date.parse(row.made_ts)) }, when(row.made_ts)) : "–", whole(row.rows),
    row.data_from ? `${when(row.data_from)} to ${when(row.data_to)}` : "–", served(row),
  ]);
  return tableCard("Versions", "the newest first", ["Version", "Alias", "Algorithm", "Trained", "Rows", "Data", "Workers"], cells, "None is known.", [4]);
}

function served(row) {
  const loaded = Object.keys(row.loaded_by).length;
  const refused = row.refused_by.map((each) => h("span", { class: "act", title: each.detail }, h("span", { class: "word" }, `✕ ${each.worker}: ${each.reason}`)));
  return [loaded ? h("span", { title: Object.keys(row.loaded_by).join(", ") }, `${loaded} serve${loaded === 1 ? "s" : ""} it `) : "", ...refused];
}

function shadows({ shadow, shadow_behind, rows }) {
  if (shadow.length) return shadow.map((one) => shadowCard(one, shadow_behind));
  const decided = rows.find((row) => row.gate);
  const reading = shadow_behind == null ? "Reading what was said in shadow…" : "No challenger is in shadow now, and no new champion is under guard.";
  if (!decided) return [h("section", { class: "card", id: "shadow" }, h("h2", {}, "Shadow against champion"), h("p", { class: "quiet" }, reading))];
  return [checksCard(`Gate on version ${decided.version}`, `decided ${when(decided.gate.ts)}`, decided.gate.checks, [`Version ${decided.version}`, decided.gate.champion_version ? `Champion ${decided.gate.champion_version}` : "Champion"], h("p", {}, decided.gate.passed ? "✓ It passed: all bounds kept. " : "● It did not pass. ", h("span", { class: "quiet" }, reading)))];
}

function shadowCard(one, behind) {
  const guard = one.kind === "guard";
  const names = guard ? [`New champion ${one.champion}`, `Former ${one.version}`] : [`Challenger ${one.version}`, one.champion ? `Champion ${one.champion}` : "Champion"];
  const title = guard ? `Version ${one.champion} under guard` : `Version ${one.version} in shadow`;
  const enough = one.rows >= one.rows_wanted;
  const progress = h("p", { class: "progress" },
    h("progress", { max: one.rows_wanted, value: Math.min(one.rows, one.rows_wanted), "aria-label": "Rows judged" }),
    `${whole(one.rows)} of ${whole(one.rows_wanted)} rows judged, ${duration(one.sensor_hours * 3600)} of sensors heard${enough ? "" : "; the gate decides when they are there"}${behind ? `; ${whole(behind)} blocks still to be read` : ""}`);
  return checksCard(title, guard ? "against the one before it" : "against the champion", one.checks, names, progress);
}

function checksCard(title, about, checks, [own, other], ...more) {
  const cells = checks.map((check) => [
    metricName(check.name), number(check.value), number(check.champion), `${isFloor(check.name) ? "at least" : "at most"} ${number(check.bound)}`,
    check.passed ? "✓ kept" : h("span", { class: "attention" }, h("span", { class: "word" }, "● broken")),
  ]);
  const card = tableCard("Shadow against champion", about, ["What the gate looks at", own, other, "Bound", ""], cells, "Nothing was judged yet.", [1, 2, 3]);
  card.querySelector("h2").after(h("h3", {}, title), ...more);
  card.id = "shadow";
  return card;
}

function lifeCycle(events) {
  const told = gathered(events).slice(0, MOST_EVENTS);
  const items = told.map((event) => {
    const { state, mark, what, more } = words(event);
    return h("li", { class: state, "data-type": event.type }, h("div", { class: "event" },
      h("span", { class: "mark", "aria-hidden": "true" }, mark), h("span", { class: "name" }, what),
      h("time", { class: "when", datetime: event.ts, title: utc(Date.parse(event.ts)) }, when(event.ts)), h("span", { class: "why" }, more)));
  });
  return h("section", { class: "card", id: "life" }, h("h2", {}, "What happened", h("small", {}, "the newest first")),
    items.length ? h("ol", { class: "list wide" }, items) : h("p", { class: "quiet" }, "Nothing is remembered."));
}

function driftCard(model, events) {
  const items = events.map((event) => {
    const state = CAUSE_STATES[event.cause] ?? "attention";
    const link = h("a", { href: driftUrl({ model, id: event.id }) }, h("span", { class: "mark", "aria-hidden": "true" }, "●"),
      h("span", { class: "name" }, CAUSES[event.cause] ?? event.cause), h("time", { class: "when", datetime: event.ts }, when(event.ts)),
      h("span", { class: "why" }, `${event.assets.length === 1 ? event.assets[0] : `${event.assets.length} assets`} since ${when(event.changed_at)}`));
    return h("li", { class: state }, link);
  });
  return h("section", { class: "card" }, h("h2", {}, "Drift", h("a", { href: driftUrl({ model }) }, "All")),
    items.length ? h("ul", { class: "list" }, items) : h("p", { class: "quiet small" }, "None was found."));
}

export const showModel = (main, detail, state) => new ModelView(main, detail, state);
