// Is anything wrong? Tiles of equal size, worst first.
import { anomaliesUrl, anomalyUrl, assetUrl, fleetUrl, go } from "./router.js";
import { makeList, showList } from "./anomaly_list.js";
import { ask } from "./api.js";
import { attribute, h, keyed, write } from "./dom.js";
import { MARKS, WORDS, clause, duration, shortName, utc, whole } from "./format.js";
import { drawSpark, makeSpark } from "./spark.js";
import { empty, failed, noReadings, skeletons } from "./states.js";
import { follow, on } from "./live.js";

const EVERY_MS = 2000;
const MOST_TILES = 300;

export function showFleet(main, detail, { query }) {
  const title = h("h1", {}, "Fleet");
  const counts = h("div", { class: "counts", "aria-label": "States" });
  const tiles = h("div", { class: "tiles" }, skeletons("tile", 12));
  const list = makeList(false);
  const recent = h("section", { class: "card" }, h("h2", {}, "Recent anomalies", h("a", { href: anomaliesUrl() }, "All")), list, h("p", { class: "quiet small" }, "None so far."));
  main.replaceChildren(h("div", { class: "head" }, title, counts), tiles);
  detail.replaceChildren(recent);
  follow([]);
  let loaded = false;
  let newest = null;

  async function refresh() {
    try {
      const [fleet, anomalies] = await Promise.all([
        ask("assets", { search: query.q, limit: MOST_TILES }),
        ask("anomalies", { limit: 12 }),
      ]);
      if (closed) return;
      if (!loaded || main.querySelector(".empty, .error")) main.replaceChildren(h("div", { class: "head" }, title, counts), tiles);
      if (!loaded) tiles.replaceChildren();
      loaded = true;
      showCounts(counts, fleet, query);
      const wanted = query.state ? fleet.assets.filter((asset) => asset.state === query.state) : fleet.assets;
      keyed(tiles, wanted, (asset) => asset.asset_id, makeTile, updateTile);
      if (!fleet.total) {
        main.replaceChildren(h("div", { class: "head" }, title), query.q ? empty(`No asset or sensor is called “${query.q}”.`, h("a", { href: fleetUrl() }, "Show all")) : noReadings());
      } else if (!wanted.length) {
        main.replaceChildren(h("div", { class: "head" }, title, counts), empty(`No asset is in the state “${WORDS[query.state] ?? query.state}”.`, h("a", { href: fleetUrl({ q: query.q }) }, "Show all")));
      }
      [newest] = anomalies.anomalies;
      showList(list, anomalies.anomalies, anomalyUrl);
      recent.lastChild.hidden = anomalies.total > 0;
    } catch (problem) {
      if (!closed && !loaded) main.replaceChildren(h("div", { class: "head" }, title), failed(problem));
    }
  }

  let closed = false;
  const timer = setInterval(refresh, EVERY_MS);
  const offs = [on("anomalies", refresh), on("state", (state) => state !== "lost" && refresh())];
  refresh();
  return {
    title: "Fleet",
    step: () => newest && go(anomalyUrl(newest)),
    close() {
      closed = true;
      clearInterval(timer);
      for (const off of offs) off();
    },
  };
}

function showCounts(counts, fleet, query) {
  const states = Object.entries(fleet.counts).filter(([, n]) => n > 0);
  const all = [[null, fleet.total], ...states];
  keyed(counts, all, ([state]) => state ?? "all", () => h("a", {}), (chip, [state, n]) => {
    attribute(chip, "href", fleetUrl({ q: query.q, state }));
    attribute(chip, "class", state ?? "");
    attribute(chip, "aria-current", (query.state ?? null) === state ? "true" : null);
    if (chip.shown === n) return;
    chip.shown = n;
    const mark = state && state !== "normal" ? h("span", { class: "mark", "aria-hidden": "true" }, MARKS[state]) : null;
    chip.replaceChildren(...[mark, `${whole(n)} ${state ? WORDS[state] : n === 1 ? "asset" : "assets"}`].filter(Boolean));
  });
}

function makeTile() {
  const name = h("span", { class: "name" });
  const mark = h("span", { class: "mark", "aria-hidden": "true" });
  const word = h("span");
  const spark = makeSpark();
  const why = h("span");
  const since = h("span");
  const tile = h("a", {}, h("span", { class: "top" }, name, h("span", { class: "word" }, mark, word)), spark, h("span", { class: "foot" }, why, since));
  tile.parts = { name, mark, word, spark, why, since };
  return tile;
}

function updateTile(tile, asset) {
  const { name, mark, word, spark, why, since } = tile.parts;
  attribute(tile, "class", `tile ${asset.state}`);
  attribute(tile, "data-asset", asset.asset_id);
  attribute(tile, "href", asset.worst ? anomalyUrl(asset.worst) : assetUrl(asset.asset_id));
  write(name, asset.asset_id);
  write(mark, MARKS[asset.state]);
  write(word, WORDS[asset.state]);
  write(why, reason(asset));
  const begin = asset.since_ts && Date.parse(asset.since_ts);
  write(since, begin ? `for ${duration((Date.now() - begin) / 1000)}` : "");
  attribute(since, "title", begin ? `since ${utc(begin)}` : null);
  drawSpark(spark, asset.sparkline);
}

function reason(asset) {
  if (asset.worst) return clause(asset.worst);
  if (asset.state === "sensor") return `${asset.unhealthy.sensor_id.split("/").at(-1)} ${asset.unhealthy.state.replaceAll("_", " ")}`;
  if (asset.state === "silent") return "no readings";
  return shortName(asset.sparkline.sensor_id, asset.asset_id);
}
