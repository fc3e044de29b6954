// What the keys do.
import { h } from "./dom.js";
import { MARKS, WORDS } from "./format.js";
import { driftUrl, fleetUrl, go, modelUrl } from "./router.js";

const KEYS = [
  [["/"], "Search assets and sensors"],
  [["j", "k"], "Next and previous anomaly, or drift"],
  [["f"], "Fleet"],
  [["m"], "Models"],
  [["d"], "Drift"],
  [["l"], "Live: back to the right edge"],
  [["←", "→", "+", "−"], "Move and zoom in time, on a chart"],
  [["?"], "This list"],
];

export function startKeys(dialog, search, view) {
  dialog.append(
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", {}, KEYS.flatMap(([keys, what]) => [h("dt", {}, keys.map((key) => h("kbd", {}, key))), h("dd", {}, what)])),
    h("h2", {}, "Signs"),
    h("dl", {}, Object.keys(MARKS).filter((state) => state !== "normal").flatMap((state) => [h("dt", { class: state }, h("span", { class: "mark" }, MARKS[state])), h("dd", {}, WORDS[state])])),
    h("form", { method: "dialog" }, h("button", { autofocus: true }, "Close")),
  );
  addEventListener("keydown", (event) => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && document.activeElement === search) search.blur();
    if (event.target.matches("input, textarea, select") || document.querySelector("dialog[open]")) return;
    const action = {
      "/": () => {
        search.focus();
        search.select();
      },
      j: () => view().step?.(1),
      k: () => view().step?.(-1),
      f: () => go(fleetUrl()),
      m: () => go(modelUrl()),
      d: () => go(driftUrl()),
      l: () => view().live?.(),
      "?": () => dialog.showModal(),
    }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}
