// Light, dark, or as the system has it; and the tokens as colours for canvases.
const CHOICES = ["", "light", "dark"];
const NAMES = { "": "System", light: "Light", dark: "Dark" };
const listeners = new Set();
let resolved = new Map();
let probe = null;

/** The colour that a token has now, in a form that a canvas understands. */
export function token(name) {
  if (!resolved.has(name)) {
    if (!probe) {
      probe = document.createElement("span");
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(--${name})`;
    resolved.set(name, getComputedStyle(probe).color);
  }
  return resolved.get(name);
}

/** Call `listener` whenever colours have changed; returns what takes it away. */
export function onTheme(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function changed() {
  resolved = new Map();
  for (const listener of listeners) listener();
}

export function startTheme(button) {
  const show = () => {
    const now = localStorage.getItem("theme") ?? "";
    button.textContent = `Theme: ${NAMES[now]}`;
    button.title = "Change between system, light and dark";
  };
  button.addEventListener("click", () => {
    const now = localStorage.getItem("theme") ?? "";
    const next = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
    if (next) {
      localStorage.setItem("theme", next);
      document.documentElement.dataset.theme = next;
    } else {
      localStorage.removeItem("theme");
      delete document.documentElement.dataset.theme;
    }
    show();
    changed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
}
