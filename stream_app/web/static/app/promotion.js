// Which version scores, and who may change that.
import { send } from "./api.js";
import { h, write } from "./dom.js";
import { utc, when } from "./format.js";
import { isEngineer, name, rememberName, roleBox, token } from "./role.js";
import { failed } from "./states.js";

const MOVES = ["ModelPromoted", "ModelRolledBack", "ModelRegistered"];

/** {element, role}: the card; `role` tells what its buttons depend on. `done` is called when something was changed. */
export function serviceCard(found, events, done) {
  const { rows, champion, former, challenger, registry_trouble } = found;
  const since = events.find((event) => MOVES.includes(event.type) && event.version === champion && event.alias !== "challenger");
  const serving = rows.find((row) => row.version === champion);
  const facts = [
    ["Champion", champion ? `version ${champion}` : "none"],
    ["Since", since ? when(since.ts) : "–", since && utc(Date.parse(since.ts))],
    ["By", since?.by ?? (since ? "training" : "–")],
    ["Challenger", challenger ? `version ${challenger}` : "none"],
    ["Served by", serving ? Object.keys(serving.loaded_by).filter((worker) => serving.loaded_by[worker] === "champion").join(", ") || "no worker told it" : "–"],
  ];
  const role = roleBox();
  const others = rows.filter((row) => row.version !== champion);
  const able = isEngineer() && !registry_trouble;
  const choice = h("select", { "aria-label": "Version to promote" }, others.map((row) => h("option", { value: row.version, selected: row.version === challenger }, `version ${row.version}${row.aliases.length ? ` (${row.aliases.join(", ")})` : ""}`)));
  const promote = others.length ? h("p", { class: "choices" }, choice, h("button", { type: "button", class: "strong", click: () => confirm(found, "promote", choice.value, done) }, "Promote…")) : null;
  const back = former ? h("p", { class: "choices" }, h("button", { type: "button", click: () => confirm(found, "rollback", former, done) }, `Roll back to version ${former}…`)) : null;
  const element = h("section", { class: "card", id: "service" }, h("h2", {}, "In service"),
    h("dl", { class: "facts" }, facts.flatMap(([term, text, title]) => [h("dt", {}, term), h("dd", { title }, text)])),
    ...(able ? [promote, back] : []), role);
  return { element, role: `${able} ${role.textContent}` };
}

/** Ask once more, naming the version; what is done is written down with name and reason. */
function confirm({ model, champion }, what, version, done) {
  const promotes = what === "promote";
  const verb = promotes ? `Promote version ${version}` : `Roll back to version ${version}`;
  const by = h("input", { name: "by", required: true, maxlength: "80", value: name(), autocomplete: "name" });
  const reason = h("input", { name: "reason", required: true, maxlength: "400", autocomplete: "off" });
  const said = h("div", { role: "status" });
  const go = h("button", { class: "strong" }, verb);
  const cancel = h("button", { type: "button", autofocus: true, click: () => dialog.close() }, "Cancel");
  const form = h("form", { class: "decision", submit: decide },
    h("label", {}, "Your name", by), h("label", {}, "Reason", reason), said, h("p", { class: "choices" }, cancel, go));
  const place = champion ? `It takes the place of version ${champion}` : "There is no champion so far";
  const dialog = h("dialog", { "aria-labelledby": "decision-title", close: () => dialog.remove() },
    h("h2", { id: "decision-title" }, `${verb} of ${model}?`),
    h("p", {}, `${place}: every worker scores with version ${version} within seconds. Your name and reason go to pdm.audit.v1.`), form);

  async function decide(event) {
    event.preventDefault();
    rememberName(by.value);
    go.disabled = cancel.disabled = true;
    write(said, "Asking the registry; this takes a few seconds…");
    try {
      await send(`models/${encodeURIComponent(model)}/${what}`, { version: Number(version), champion: champion ? Number(champion) : null, by: by.value, reason: reason.value }, token());
      dialog.close();
      write(document.getElementById("said"), promotes ? `Version ${version} is the champion now` : `Version ${version} is the champion again`);
      await done();
    } catch (problem) {
      go.disabled = cancel.disabled = false;
      said.replaceChildren(failed(problem));
    }
  }

  document.body.append(dialog);
  dialog.showModal();
}
