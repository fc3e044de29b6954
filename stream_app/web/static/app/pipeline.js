// Can I trust the system? Figures, each with where it comes from.
import { ask } from "./api.js";
import { h } from "./dom.js";
import { clock, duration, milliseconds, number, utc, whole } from "./format.js";
import { failed, skeletons } from "./states.js";
import { follow, on } from "./live.js";
import { tableCard } from "./table_card.js";

export function showPipeline(main, detail) {
  const figures = h("div", { class: "figures" }, skeletons("figure", 6));
  const tables = h("div", { class: "stack" });
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Pipeline")), figures, tables);
  detail.replaceChildren();
  follow([]);
  let closed = false;
  const show = (pipeline) => {
    figures.replaceChildren(...figuresOf(pipeline));
    tables.replaceChildren(workers(pipeline), letters(pipeline), page(pipeline), models(pipeline));
  };
  ask("pipeline").then((pipeline) => !closed && show(pipeline), (problem) => !closed && figures.replaceChildren(failed(problem)));
  const off = on("pipeline", show);
  return {
    title: "Pipeline",
    close() {
      closed = true;
      off();
    },
  };
}

function figuresOf(pipeline) {
  const source = pipeline.workers.length === 1 ? `${pipeline.workers[0].url}/metrics` : "/api/v1/pipeline";
  const { p50, p99 } = pipeline.latency_ms;
  const refused = Object.values(pipeline.dead_letters).reduce((sum, n) => sum + n, 0);
  const ready = pipeline.workers.filter((worker) => worker.ready).length;
  const checkpoint = pipeline.last_checkpoint_ts && Date.parse(pipeline.last_checkpoint_ts);
  const age = checkpoint ? (Date.parse(pipeline.ts) - checkpoint) / 1000 : null;
  return [
    figure("Readings", whole(pipeline.readings_per_s), "/s", "applied by the workers", source),
    figure("Lag", whole(pipeline.lag_records), "records", Object.entries(pipeline.lag_by_topic).map(([topic, n]) => `${topic} ${whole(n)}`).join(", ") || "no worker told it", source),
    figure("Latency p50", milliseconds(p50), "", "record to decision", source),
    figure("Latency p99", milliseconds(p99), "", "record to decision", source, p99 > 5000),
    figure("Dead letters", whole(refused), "", refused ? "since the workers started" : "nothing was refused", source, refused > 0),
    figure("Workers", `${ready}/${pipeline.workers.length}`, "ready", !pipeline.workers.length ? "none was found" : ready === pipeline.workers.length ? "all answer" : "see below", "#workers", ready < pipeline.workers.length || !ready),
    figure("Last checkpoint", age == null ? "–" : duration(age), age == null ? "" : "ago", checkpoint ? `${clock(checkpoint)}, ${utc(checkpoint)}` : "none so far", source, age > 60),
    figure("Open anomalies", whole(pipeline.open_anomalies), "", "of all assets", "/anomalies?open=true"),
  ];
}

function figure(name, value, unit, about, link, wrong = false) {
  const text = [value, unit ? h("small", {}, ` ${unit}`) : null].filter(Boolean);
  return h("section", { class: `figure${wrong ? " wrong" : ""}` }, h("h2", {}, name), h("a", { class: "value", href: link, target: link.startsWith("http") || link.startsWith("/api") ? "_blank" : null, rel: "noopener" }, text), h("p", {}, wrong ? "● " : "", about));
}

function workers(pipeline) {
  const rows = pipeline.workers.map((worker) => [
    h("a", { href: `${worker.url}/sensors/`, target: "_blank", rel: "noopener" }, worker.url),
    worker.ready ? "ready" : worker.alive ? "◆ starting" : "● not found",
    whole(Object.values(worker.partitions).reduce((sum, held) => sum + held.length, 0)),
    h("span", { title: Object.entries(worker.sensors_by_lane).map(([lane, n]) => `${lane} ${whole(n)}`).join(", ") }, whole(worker.sensors)),
    worker.checkpoint_age_s == null ? "none yet" : `${number(worker.checkpoint_age_s, 2)} s ago`,
    h("a", { href: `${worker.url}/metrics`, target: "_blank", rel: "noopener" }, "metrics"),
  ]);
  return tableCard("Workers", "role monitor", ["Address", "State", "Partitions", "Sensors", "Checkpoint", "Source"], rows, "No worker was found; start one by stream-app worker monitor.");
}

function letters(pipeline) {
  const rows = Object.entries(pipeline.dead_letters).map(([reason, n]) => [h("code", {}, reason), whole(n), h("code", {}, "stream-app dlq list")]);
  return tableCard("Dead letters", "refused input, by reason", ["Reason", "Count", "To look at them"], rows, "Nothing was refused since the workers started.");
}

function page(pipeline) {
  const { following, records_per_s, lag_records, skipped_records, sensors, points, trouble } = pipeline.page;
  const rows = [
    ["Follows the readings", following ? "yes" : `● no${trouble ? `: ${trouble}` : ""}`],
    ["Records read", `${whole(records_per_s)} /s, ${whole(lag_records)} behind`],
    ["Records skipped", skipped_records ? `● ${whole(skipped_records)}: this page could not keep up, its charts have gaps; detection is not touched` : "none"],
    ["In memory", `${whole(points)} points of ${whole(sensors)} sensors`],
  ].map(([name, value]) => [name, name === "In memory" ? h("a", { href: "/metrics", target: "_blank", rel: "noopener" }, value) : value]);
  return tableCard("This page", "its own reader", ["", ""], rows, "");
}

function models(pipeline) {
  return tableCard("Models", "that raised what is listed here", ["Name", "Version"], pipeline.models.map((model) => [model.name, model.version]), "No anomaly was raised yet, so none has spoken.");
}
