// Loading, empty and error, the same everywhere.
import { h } from "./dom.js";

export const empty = (title, ...more) => h("div", { class: "empty" }, h("b", {}, title), ...more);

export const noReadings = () =>
  empty("No readings yet.", "Publish to ", h("code", {}, "pdm.readings.v1"), ", or run ", h("code", {}, "stream-app simulate"), ".");

export const failed = (problem) =>
  h("div", { class: "error", role: "alert" }, h("b", {}, problem.what ?? "The page has a defect"), `${problem.why ?? problem.message}. `, problem.remedy ? `To do: ${problem.remedy}.` : "");

/** Grey shapes in the size of what is to come. */
export const skeletons = (name, count) =>
  Array.from({ length: count }, () => h("div", { class: `${name} skeleton`, "aria-hidden": "true" }, " "));
