// The frame around the views: navigation, search, banner, the pipeline line.
import { showAnomalies } from "./anomalies.js";
import { ask } from "./api.js";
import { showAsset } from "./asset.js";
import { attribute, h, write } from "./dom.js";
import { showDrift } from "./drift.js";
import { showFleet } from "./fleet.js";
import { clause, clock, duration, milliseconds, whole } from "./format.js";
import { startKeys } from "./keys.js";
import { CAUSES } from "./learning_words.js";
import { on, startLive } from "./live.js";
import { showModel } from "./model.js";
import { showModels } from "./models.js";
import { showPipeline } from "./pipeline.js";
import { startRole } from "./role.js";
import { fleetUrl, go, route, startRouter } from "./router.js";
import { showSound } from "./sound.js";
import { startTheme } from "./theme.js";

const VIEWS = {
  fleet: showFleet, asset: showAsset, anomalies: showAnomalies, sound: showSound, drift: showDrift, pipeline: showPipeline,
  models: (...places) => (places[2].model ? showModel : showModels)(...places),
};
const main = document.getElementById("main");
const detail = document.getElementById("detail");
const search = document.getElementById("search");
const banner = document.getElementById("banner");
const said = document.getElementById("said");
let view = null;
let place = null;
let lastHeard = Date.now();

function show(state) {
  const known = VIEWS[state.place] ?? showFleet;
  view?.close();
  view = known(main, detail, state);
  document.title = `${view.title} · stream-app`;
  for (const link of document.querySelectorAll("[data-place]")) {
    const here = link.dataset.place === state.place || (link.dataset.place === "fleet" && state.place === "asset");
    attribute(link, "aria-current", here ? "page" : null);
  }
  if (document.activeElement !== search) search.value = state.query.q ?? "";
  const now = `${state.place} ${state.asset ?? state.microphone ?? state.model ?? ""}`;
  if (place !== null && place !== now && document.activeElement !== search) {
    scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }
  place = now;
}

let waiting = null;
search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => go(fleetUrl({ q: search.value.trim() }), { replace: route().place === "fleet" }), 150);
});
search.form.addEventListener("submit", (event) => {
  event.preventDefault();
  document.querySelector(".tile")?.focus();
});

function line(pipeline) {
  lastHeard = Date.now();
  const { p50, p99 } = pipeline.latency_ms;
  const refused = Object.values(pipeline.dead_letters).reduce((sum, n) => sum + n, 0);
  const ready = pipeline.workers.filter((worker) => worker.ready).length;
  const checkpoint = pipeline.last_checkpoint_ts && (Date.parse(pipeline.ts) - Date.parse(pipeline.last_checkpoint_ts)) / 1000;
  const items = [
    [whole(pipeline.readings_per_s), "readings/s"],
    [whole(pipeline.lag_records), "behind", pipeline.lag_records > 100_000],
    [`${milliseconds(p50)} / ${milliseconds(p99)}`, "p50 / p99"],
    [whole(refused), refused === 1 ? "dead letter" : "dead letters", refused > 0],
    [`${ready}/${pipeline.workers.length}`, "workers", ready < pipeline.workers.length || !ready],
    [checkpoint == null ? "–" : `${duration(checkpoint)} ago`, "checkpoint"],
  ];
  if (pipeline.page.skipped_records) items.push([whole(pipeline.page.skipped_records), "records skipped by this page", true]);
  document.getElementById("line").replaceChildren(
    ...items.map(([value, name, wrong]) => h("span", { class: wrong ? "wrong" : null }, wrong ? "● " : "", h("b", {}, value), ` ${name}`)));
  showOpen(pipeline.open_anomalies);
}

function showOpen(n) {
  const count = document.getElementById("open-count");
  count.hidden = !n;
  write(count, `● ${n}`);
  attribute(count, "aria-label", `${n} open`);
}

on("pipeline", line);
on("anomalies", (anomalies) => {
  const opened = anomalies.filter((anomaly) => !anomaly.end_ts);
  if (opened.length) write(said, `Anomaly at ${opened.at(-1).asset_id}: ${clause(opened.at(-1))}`);
});
on("drift", (events) => write(said, `Drift in ${events.at(-1).model}: ${CAUSES[events.at(-1).cause] ?? events.at(-1).cause}`));
on("state", (state) => {
  banner.hidden = state !== "lost";
  write(banner, state === "lost" ? `● Connection lost; trying again. What you see is of ${clock(lastHeard)}.` : "");
});

startRole();
startTheme(document.getElementById("theme"));
startKeys(document.getElementById("keys"), search, () => view);
document.getElementById("help").addEventListener("click", () => document.getElementById("keys").showModal());
startLive();
startRouter(show);
ask("pipeline").then(line, () => {});
