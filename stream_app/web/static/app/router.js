// A URL for every state of the page; back and forward work.

let shown = null;

/** The state that the address names: place, asset and the rest of the query. */
export function route() {
  const [, place, ...rest] = location.pathname.split("/");
  const query = Object.fromEntries(new URLSearchParams(location.search));
  if (place === "asset") return { place: "asset", asset: decodeURIComponent(rest.join("/")), query };
  if (place === "sound") return { place, microphone: decodeURIComponent(rest.join("/")), query };
  if (place === "models") return { place, model: decodeURIComponent(rest.join("/")), query };
  return { place: place || "fleet", query };
}

export const fleetUrl = (query) => url("/", query);
export const assetUrl = (asset, query) => url(`/asset/${asset.split("/").map(encodeURIComponent).join("/")}`, query);
export const soundUrl = (microphone, query) => url(`/sound/${microphone.split("/").map(encodeURIComponent).join("/")}`, query);
export const modelUrl = (model, query) => url(`/models${model ? `/${encodeURIComponent(model)}` : ""}`, query);
export const driftUrl = (query) => url("/drift", query);
export const anomaliesUrl = (query) => url("/anomalies", query);

/** Where an anomaly is seen in its context. */
export const anomalyUrl = (anomaly) =>
  anomaly.lane === "audio" ? soundUrl(anomaly.sensor_id, { anomaly: anomaly.anomaly_id }) : assetUrl(anomaly.asset_id, { sensor: anomaly.sensor_id, anomaly: anomaly.anomaly_id });

function url(path, query) {
  const given = Object.entries(query ?? {}).filter(([, value]) => value != null && value !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `${path}?${text}` : path;
}

/** Go to an address of this page; `replace` where going back should not stop there. */
export function go(where, { replace = false } = {}) {
  if (where === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", where);
  shown(route());
}

/** Change what the address says without showing anything anew. */
export function note(where) {
  history.replaceState(null, "", where);
}

export function startRouter(show) {
  shown = show;
  addEventListener("popstate", () => shown(route()));
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const target = new URL(link.href);
    if (target.origin !== location.origin || target.pathname.startsWith("/api/") || target.hash || link.target) return;
    event.preventDefault();
    go(target.pathname + target.search);
  });
  shown(route());
}
