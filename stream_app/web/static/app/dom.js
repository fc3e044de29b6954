// Elements from plain values: text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** h("a", {class: "tile", href}, child, …): properties that are functions become listeners. */
export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child != null && child !== false));
  return element;
}

/** Write a text only where it changes, so that nothing is painted anew for nothing. */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export function attribute(element, name, value) {
  if (value == null || value === false) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value === true ? "" : value);
}

/** Let `parent` have a child for each item, kept by key: `make(item)` once, `update(child, item)` always. */
export function keyed(parent, items, keyOf, make, update) {
  const known = parent.kept ?? (parent.kept = new Map());
  const wanted = new Set();
  let before = parent.firstChild;
  for (const item of items) {
    const key = keyOf(item);
    wanted.add(key);
    let child = known.get(key);
    if (!child) known.set(key, (child = make(item)));
    update(child, item);
    if (child === before) before = before.nextSibling;
    else parent.insertBefore(child, before);
  }
  for (const [key, child] of known) {
    if (!wanted.has(key)) {
      child.remove();
      known.delete(key);
    }
  }
}
