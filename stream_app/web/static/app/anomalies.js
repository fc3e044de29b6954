// All anomalies, the last raised first; the chosen one in full beside them.
import { anomaliesUrl, anomalyUrl, note, route } from "./router.js";
import { anomalyCard } from "./anomaly_card.js";
import { makeList, showList } from "./anomaly_list.js";
import { ask } from "./api.js";
import { attribute, h } from "./dom.js";
import { whole } from "./format.js";
import { empty, failed, skeletons } from "./states.js";
import { follow, on } from "./live.js";

const CHOICES = [["", "All"], ["true", "Open"], ["false", "Over"]];

export function showAnomalies(main, detail, { query }) {
  const total = h("span", { class: "quiet" });
  const chips = CHOICES.map(([value, name]) => h("a", { href: anomaliesUrl({ ...query, id: "", open: value }), "aria-current": (query.open ?? "") === value ? "true" : null }, name));
  const list = makeList(true);
  const body = h("section", { class: "card" }, ...skeletons("panel", 6));
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Anomalies"), h("div", { class: "counts" }, chips), total), body);
  detail.replaceChildren();
  follow([]);
  let anomalies = [];
  let chosen = query.id;
  let loaded = false;
  let closed = false;

  const href = (anomaly) => anomaliesUrl({ ...query, id: anomaly.anomaly_id });

  async function refresh() {
    try {
      const answer = await ask("anomalies", { limit: 300, open: query.open, sensor: query.sensor, asset: query.asset });
      if (closed) return;
      anomalies = answer.anomalies;
      total.textContent = `${whole(answer.total)} in all, ${whole(answer.open)} open`;
      body.replaceChildren(anomalies.length ? list : empty("No anomalies.", "All that was heard is as expected."));
      if (!loaded && !chosen && anomalies.length) chosen = anomalies[0].anomaly_id;
      loaded = true;
      show();
    } catch (problem) {
      if (!closed && !loaded) body.replaceChildren(failed(problem));
    }
  }

  function show() {
    showList(list, anomalies, href, chosen);
    const one = anomalies.find((anomaly) => anomaly.anomaly_id === chosen);
    const now = one && `${one.anomaly_id} ${one.end_ts}`;
    if (detail.shown === now && detail.firstChild) return;
    detail.shown = now;
    detail.replaceChildren(...(one ? [anomalyCard(one, h("p", { class: "facts" }, h("a", { href: anomalyUrl(one) }, one.lane === "audio" ? "Hear its microphone" : "See it in its asset")))] : []));
  }

  // Choosing one needs no new view.
  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.metaKey || event.ctrlKey) return;
    event.preventDefault();
    choose(new URL(link.href).searchParams.get("id"));
  });

  function choose(id) {
    chosen = id;
    note(anomaliesUrl({ ...route().query, id }));
    show();
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  const offs = [on("anomalies", refresh), on("state", (state) => state !== "lost" && refresh())];
  const timer = setInterval(() => {
    if (!loaded) return;
    show();
    detail.firstChild?.tick?.();
  }, 1000);
  refresh();
  return {
    title: "Anomalies",
    step(by) {
      const at = anomalies.findIndex((anomaly) => anomaly.anomaly_id === chosen);
      const next = anomalies[Math.max(0, Math.min(anomalies.length - 1, at + by))];
      if (next) choose(next.anomaly_id);
    },
    close() {
      closed = true;
      clearInterval(timer);
      for (const off of offs) off();
      attribute(detail, "shown", null);
      detail.shown = null;
    },
  };
}
