// Who is at the page: a viewer, or whoever gave the token of a role. It is kept until the tab is closed.
import { ask } from "./api.js";
import { h, write } from "./dom.js";

const TOKEN = "token";
const NAME = "name";
const listeners = new Set();
let access = { role: "viewer", writing: false };

export const token = () => sessionStorage.getItem(TOKEN);
export const isEngineer = () => access.role === "engineer";
export const name = () => sessionStorage.getItem(NAME) ?? "";
export const rememberName = (text) => sessionStorage.setItem(NAME, text);

/** Take the token out of an address that `up` gave, and out of sight and history at once, now and whenever one comes. */
export function startRole() {
  const take = () => {
    const found = /^#token=(.+)$/.exec(location.hash);
    if (found) {
      sessionStorage.setItem(TOKEN, decodeURIComponent(found[1]));
      history.replaceState(null, "", location.pathname + location.search);
    }
    learnRole().catch(() => {});
  };
  addEventListener("hashchange", take);
  take();
}

/** Ask what the token allows; one that allows nothing is forgotten. */
export async function learnRole() {
  const known = token();
  const before = JSON.stringify(access);
  access = await ask("access", {}, { token: known });
  if (known && access.writing && access.role !== "engineer") await learnListener(known);
  if (JSON.stringify(access) !== before) for (const listener of listeners) listener();
  return access;
}

async function learnListener(known) {
  // A listener's token is kept: where all may hear, that role needs none.
  const without = await ask("access");
  if (without.role === access.role && token() === known) sessionStorage.removeItem(TOKEN);
}

export function onRole(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Try a token; tells whether it allows more than none. */
export async function giveToken(text) {
  sessionStorage.setItem(TOKEN, text);
  await learnRole();
  return token() !== null;
}

export function forgetToken() {
  sessionStorage.removeItem(TOKEN);
  return learnRole();
}

/** What stands where engineers have buttons: how to become one, or how to be none any more. */
export function roleBox() {
  if (isEngineer()) {
    return h("p", { class: "quiet small role" }, "You are engineer until this tab is closed. ", h("button", { type: "button", click: forgetToken }, "Be a viewer again"));
  }
  if (!access.writing) {
    return h("p", { class: "quiet small role" }, "Nothing can be changed from here: no token of role engineer is configured. Set ", h("code", {}, "STREAM_APP_WEB__ENGINEER_TOKEN"), ", or decide by ", h("code", {}, "stream-app models promote"), ".");
  }
  const secret = h("input", { type: "password", "aria-label": "Token of role engineer", placeholder: "Token of role engineer", autocomplete: "off", required: true });
  const said = h("span", { role: "status" });
  const form = h("form", { class: "role small", submit: async (event) => {
    event.preventDefault();
    try {
      if (!(await giveToken(secret.value))) write(said, "That is not the token.");
    } catch (problem) {
      write(said, `${problem.what}: ${problem.why}.`);
    }
  } }, h("p", { class: "quiet" }, "Engineers may change which version scores."), secret, h("button", {}, "Become engineer"), said);
  return form;
}
