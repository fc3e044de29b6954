// Of an anomaly in sound: its picture against normal, and its clip where one is kept.
import { path } from "./api.js";
import { h, write } from "./dom.js";
import { giveToken, token } from "./role.js";

/** The part of an anomaly's card that is about its sound; none for other lanes. */
export function heard(anomaly) {
  if (anomaly.lane !== "audio") return null;
  const at = `/api/v1/anomalies/${path(anomaly.anomaly_id)}`;
  const text = h("p", { class: "quiet small", role: "status" });
  const picture = h("img", {
    class: "logmel", src: `${at}/logmel.png`, alt: `Spectrograms of ${anomaly.sensor_id}: normal, at the anomaly, and their difference`,
    error: () => {
      picture.hidden = true;
      write(text, "There is no picture: the sound is not held any more.");
    },
  });
  const player = h("audio", { controls: true, hidden: true });
  const secret = h("input", { type: "password", placeholder: "Token of those who may hear", "aria-label": "Token of those who may hear", autocomplete: "off", hidden: true });
  const button = h("button", { type: "button", click: play }, "Play its sound");

  async function play() {
    if (!secret.hidden) await giveToken(secret.value).catch(() => {});
    const known = token();
    const response = await fetch(`${at}/clip.wav`, { headers: known ? { Authorization: `Bearer ${known}` } : {} }).catch(() => null);
    if (!response?.ok) {
      const problem = await response?.json().catch(() => null);
      secret.hidden = response?.status !== 401;
      write(text, problem ? `${problem.what}: ${problem.why}.` : "The server does not answer.");
      return;
    }
    secret.hidden = button.hidden = true;
    write(text, "");
    player.src = URL.createObjectURL(await response.blob());
    player.hidden = false;
    player.play().catch(() => {});
  }

  return h("div", { class: "heard" }, h("a", { href: `${at}/logmel.png`, target: "_blank", rel: "noopener" }, picture), h("p", {}, button, secret), player, text);
}
