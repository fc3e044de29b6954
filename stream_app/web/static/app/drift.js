// What changed in the world, since when, and by what cause? On a line of time by model, and one by one.
import { ask } from "./api.js";
import { driftDetail } from "./drift_card.js";
import { attribute, h, keyed, write } from "./dom.js";
import { MARKS, clock, utc, when, whole } from "./format.js";
import { ACTIONS, CAUSES, CAUSE_STATES } from "./learning_words.js";
import { follow, on } from "./live.js";
import { driftUrl, note } from "./router.js";
import { empty, failed, skeletons } from "./states.js";
import { iso } from "./time_range.js";

const RANGES = [["86400", "1 day"], ["604800", "7 days"], ["2592000", "30 days"], ["", "All"]];
const TICKS = 3;
const MOST = 500;

export function showDrift(main, detail, { query }) {
  const total = h("span", { class: "quiet" });
  const chips = RANGES.map(([range, name]) => h("a", { href: driftUrl({ ...query, id: "", range }), "aria-current": (query.range ?? "") === range ? "true" : null }, name));
  const of = [["model", query.model], ["asset", query.asset]].filter(([, value]) => value)
    .map(([name, value]) => h("a", { href: driftUrl({ ...query, [name]: "", id: "" }), title: `Show every ${name}` }, `${value} ✕`));
  const reports = h("span", { class: "push small" });
  const line = h("section", { class: "card", id: "timeline" });
  const list = h("ul", { class: "list wide" });
  const body = h("div", { class: "stack" }, skeletons("card", 3));
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Drift"), h("div", { class: "counts" }, chips, of), total, reports), body);
  detail.replaceChildren();
  follow([]);
  let events = [];
  let training = [];
  let chosen = query.id;
  let loaded = false;
  let closed = false;
  let shown = "";

  async function refresh() {
    const since = query.range ? iso(Date.now() / 1000 - Number(query.range)) : "";
    try {
      const [found, told] = await Promise.all([ask("drift", { model: query.model, asset: query.asset, since, limit: MOST }), ask("retraining", { limit: 1000 })]);
      if (closed) return;
      events = found.events;
      training = told.events;
      write(total, found.total === 1 ? "1 change" : `${whole(found.total)} changes`);
      if (!events.some((event) => event.id === chosen)) chosen = events[0]?.id;
      body.replaceChildren(...(events.length ? [line, h("section", { class: "card" }, h("h2", {}, "Changes", h("small", {}, "the newest first")), list)] : [none()]));
      loaded = true;
      line.shown = null;
      show();
    } catch (problem) {
      if (!closed && !loaded) body.replaceChildren(failed(problem));
    }
  }

  function show() {
    if (events.length && line.shown !== chosen) {
      line.replaceChildren(h("h2", {}, "Over time", h("small", {}, "from the change to when it was noticed")), ...timeline(events, chosen, href));
      line.shown = chosen;
    }
    keyed(list, events, (event) => event.id, item, (child, event) => {
      attribute(child.firstChild, "href", href(event));
      attribute(child.firstChild, "aria-current", event.id === chosen ? "true" : null);
    });
    const one = events.find((event) => event.id === chosen);
    const followed = training.filter((event) => event.training_id === chosen);
    const now = JSON.stringify([chosen, followed]);
    if (shown === now) return;
    shown = now;
    detail.replaceChildren(...(one ? driftDetail(one, followed) : []));
  }

  const href = (event) => driftUrl({ ...query, id: event.id });

  // Choosing one needs no new view.
  body.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    choose(new URL(link.href).searchParams.get("id"));
  });

  function choose(id) {
    chosen = id;
    note(driftUrl({ ...query, id }));
    show();
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  ask("drift/reports").then(({ reports: [newest] }) => {
    reports.replaceChildren(...(newest
      ? [h("a", { href: newest.url, target: "_blank", rel: "noopener" }, `Report of ${when(newest.ts)}`)]
      : [h("span", { class: "quiet" }, "No report yet: ", h("code", {}, "stream-app drift report"))]));
  }, () => {});
  const offs = [on("drift", refresh), on("retraining", refresh), on("state", (state) => state !== "lost" && refresh())];
  refresh();
  return {
    title: "Drift",
    step(by) {
      const at = events.findIndex((event) => event.id === chosen);
      const next = events[Math.max(0, Math.min(events.length - 1, at + by))];
      if (next) choose(next.id);
    },
    close() {
      closed = true;
      for (const off of offs) off();
    },
  };
}

const none = () => empty("No drift.", "The feature rows are as they were when role ", h("code", {}, "learn"), " learned them, or it has not seen enough of them yet.");

const stateOf = (event) => CAUSE_STATES[event.cause] ?? "attention";
const several = (names) => (names.length === 1 ? names[0] : `${names.length} assets (${names.slice(0, 2).join(", ")}${names.length > 2 ? "…" : ""})`);

function item(event) {
  return h("li", { class: stateOf(event) }, h("a", {},
    h("span", { class: "mark", "aria-hidden": "true" }, MARKS[stateOf(event)]),
    h("span", { class: "name" }, `${CAUSES[event.cause] ?? event.cause}: ${several(event.assets)}`),
    h("time", { class: "when", datetime: event.ts, title: utc(Date.parse(event.ts)) }, `${when(event.changed_at)} · noticed ${when(event.ts)}`),
    h("span", { class: "why" }, `${event.model}; to do: ${ACTIONS[event.suggested_action] ?? event.suggested_action}`)));
}

const DAY_MS = 86_400_000;

/** A moment as long as it needs to be told: the day, or the minute too. */
function tick(ms, span) {
  const day = new Date(ms).toLocaleDateString("en", { day: "numeric", month: "short" });
  return span > 3 * DAY_MS ? day : `${day} ${clock(ms).slice(0, 5)}`;
}

/** One lane a model; each change a bar from when it began to when it was noticed. */
function timeline(events, chosen, href) {
  const begin = Math.min(...events.map((event) => Date.parse(event.changed_at)));
  const end = Math.max(Date.now(), ...events.map((event) => Date.parse(event.ts)));
  const span = Math.max(end - begin, 1);
  const share = (ts) => `${(100 * (Date.parse(ts) - begin)) / span}%`;
  const lanes = [...new Set(events.map((event) => event.model))].sort().map((model) => {
    const bars = events.filter((event) => event.model === model).map((event) => {
      const label = `${CAUSES[event.cause] ?? event.cause}, ${several(event.assets)}, changed ${when(event.changed_at)}, noticed ${when(event.ts)}`;
      const bar = h("a", { class: stateOf(event), href: href(event), title: label, "aria-label": label, "aria-current": event.id === chosen ? "true" : null }, h("i"), h("span", { class: "mark", "aria-hidden": "true" }, MARKS[stateOf(event)]));
      bar.style.left = share(event.changed_at);
      bar.style.width = `${(100 * Math.max(Date.parse(event.ts) - Date.parse(event.changed_at), 0)) / span}%`;
      return bar;
    });
    return h("div", { class: "lane" }, h("span", { class: "name" }, model), h("div", { class: "track" }, bars));
  });
  const ticks = Array.from({ length: TICKS + 1 }, (_, i) => {
    const at = begin + (i * span) / TICKS;
    return h("span", { title: utc(at) }, tick(at, span));
  });
  return [...lanes, h("div", { class: "lane ticks", "aria-hidden": "true" }, h("span"), h("div", { class: "track" }, ticks))];
}
