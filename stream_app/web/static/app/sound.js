// What do the microphones hear? One of them live, and what was strange in it.
import { anomalyCard } from "./anomaly_card.js";
import { makeList, showList } from "./anomaly_list.js";
import { ask } from "./api.js";
import { h, write } from "./dom.js";
import { number } from "./format.js";
import { follow, on } from "./live.js";
import { go, soundUrl } from "./router.js";
import { empty, failed, skeletons } from "./states.js";
import { Waterfall } from "./waterfall.js";

const EVERY_MS = 3000;
// A list lets the server read the sound of all microphones for a moment: not often.
const LIST_EVERY_MS = 15_000;

export function showSound(main, detail, { microphone, query }) {
  const choice = h("select", { "aria-label": "Microphone", change: () => go(soundUrl(choice.value)), focus: () => list().catch(() => {}) });
  const level = h("span", { class: "quiet" });
  const body = h("div", {}, skeletons("panel plot main", 1));
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Sound"), choice, level), body);
  const reason = h("div");
  const found = makeList(false);
  const none = h("p", { class: "quiet small" }, "None is remembered.");
  detail.replaceChildren(reason, h("section", { class: "card" }, h("h2", {}, "Anomalies of this microphone"), found, none));
  follow([]);
  let chosen = microphone;
  let named = null;
  let fall = null;
  let listed = 0;
  let closed = false;

  async function refresh() {
    try {
      if (!fall || performance.now() - listed > LIST_EVERY_MS) await list();
      if (closed || !chosen) return;
      const { anomalies } = await ask("anomalies", { sensor: chosen, limit: 50 });
      if (!closed) show(anomalies);
    } catch (problem) {
      if (!closed && !fall) body.replaceChildren(failed(problem));
    }
  }

  async function list() {
    const { microphones } = await ask("microphones");
    if (closed) return;
    listed = performance.now();
    chosen ||= microphones[0]?.microphone_id;
    if (!chosen) {
      body.replaceChildren(empty("No sound yet.", "Publish frames to ", h("code", {}, "pdm.audio.frames.v1"), ", or run ", h("code", {}, "stream-app simulate --microphones 3"), "."));
      choice.hidden = true;
      return;
    }
    const names = microphones.map((one) => one.microphone_id);
    if (!names.includes(chosen)) names.unshift(chosen);
    if (named !== names.join("\n")) {
      named = names.join("\n");
      choice.hidden = false;
      choice.replaceChildren(...names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
    }
    if (!fall && microphones.some((one) => one.microphone_id === chosen)) {
      fall = new Waterfall(chosen, (now) => write(level, `${number(now.level_db, 3)} dB of full scale, ${number(now.rate_hz / 1000)} kHz`));
      body.replaceChildren(fall.element);
    }
    if (!fall) body.replaceChildren(empty("Not heard now.", "No frame of it came in the last seconds."));
  }

  function show(anomalies) {
    const one = anomalies.find((each) => each.anomaly_id === query.anomaly) ?? anomalies[0];
    showList(found, anomalies, (each) => soundUrl(chosen, { anomaly: each.anomaly_id }), one?.anomaly_id);
    none.hidden = anomalies.length > 0;
    const now = one && `${one.anomaly_id} ${one.end_ts}`;
    if (reason.shown === now) return;
    reason.shown = now;
    reason.replaceChildren(...(one ? [anomalyCard(one)] : []));
  }

  const off = on("anomalies", (anomalies) => anomalies.some((one) => one.sensor_id === chosen) && refresh());
  const timer = setInterval(refresh, EVERY_MS);
  refresh();
  return {
    title: "Sound",
    close() {
      closed = true;
      clearInterval(timer);
      off();
      fall?.close();
    },
  };
}
