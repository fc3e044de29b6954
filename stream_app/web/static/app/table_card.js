// A table in a card, with what stands there while it has no rows.
import { h } from "./dom.js";

/** `head` and each row are lists of texts or elements; columns whose number stands in `numbers` are set to the right. */
export function tableCard(title, note, head, rows, none, numbers = []) {
  const side = (i) => (numbers.includes(i) ? "number" : null);
  return h("section", { class: "card", id: title.toLowerCase().replaceAll(" ", "-") }, h("h2", {}, title, h("small", {}, note)),
    rows.length
      ? h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, h("table", {}, head.some(Boolean) ? h("thead", {}, h("tr", {}, head.map((name, i) => h("th", { scope: "col", class: side(i) }, name)))) : null, h("tbody", {}, rows.map((row) => h("tr", {}, row.map((cell, i) => h("td", { class: side(i) }, cell)))))))
      : h("p", { class: "quiet" }, none));
}
