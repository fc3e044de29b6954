// One stream of events for the whole page, opened anew where the view wants other sensors.

const SILENT_AFTER_MS = 8000;
const handlers = new Map([["anomalies", new Set()], ["pipeline", new Set()], ["points", new Set()], ["models", new Set()], ["drift", new Set()], ["retraining", new Set()], ["state", new Set()]]);
let source = null;
let sensors = "";
let heard = performance.now();
let connected = true;
let wasLost = false;

/** Call `handler` with the data of each event; returns what takes it away. State is "open", "back" or "lost". */
export function on(name, handler) {
  handlers.get(name).add(handler);
  return () => handlers.get(name).delete(handler);
}

function tell(name, data) {
  for (const handler of handlers.get(name)) handler(data);
}

function hear() {
  heard = performance.now();
  if (!connected || wasLost) {
    const back = wasLost;
    connected = true;
    wasLost = false;
    tell("state", back ? "back" : "open");
  }
}

function lose() {
  if (connected) {
    connected = false;
    wasLost = true;
    tell("state", "lost");
  }
}

/** Follow the points of these sensors too. */
export function follow(ids) {
  const wanted = ids.slice(0, 40).map((id) => `sensor=${encodeURIComponent(id)}`).join("&");
  if (source && wanted === sensors && source.readyState !== EventSource.CLOSED) return;
  sensors = wanted;
  source?.close();
  const topics = ["anomalies", "pipeline", "models", "drift", "retraining", ...(ids.length ? ["points"] : [])].map((topic) => `topics=${topic}`);
  source = new EventSource(`/api/v1/stream?${[...topics, wanted].filter(Boolean).join("&")}`);
  source.addEventListener("hello", hear);
  source.addEventListener("error", lose);
  for (const name of [...handlers.keys()].filter((each) => each !== "state")) {
    source.addEventListener(name, (event) => {
      hear();
      tell(name, JSON.parse(event.data));
    });
  }
}

export function startLive() {
  setInterval(() => {
    if (performance.now() - heard > SILENT_AFTER_MS) lose();
    // A browser gives up for good where it was answered by an error.
    if (source?.readyState === EventSource.CLOSED) {
      const ids = [...new URLSearchParams(sensors).getAll("sensor")];
      source = null;
      follow(ids);
    }
  }, 1000);
}
