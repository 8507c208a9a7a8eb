// Small tools for the page: elements, shapes, lists that keep their nodes, times.

const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Make an element: properties, then children (text or nodes; null and false are left out). */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name === "on") for (const [kind, act] of Object.entries(value)) node.addEventListener(kind, act);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && !name.includes("-")) node[name] = value;
    else node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const CIRCLE = ["circle", { cx: 12, cy: 12, r: 9, fill: "none", "stroke-width": 2.5 }];
const DRAWN = {
  quiet: [CIRCLE],
  heated: [CIRCLE, ["path", { d: "M12 3a9 9 0 0 1 9 9h-9z", fill: "currentColor", stroke: "none" }]],
  abusive: [CIRCLE, ["path", { d: "M12 3a9 9 0 0 1 0 18z", fill: "currentColor", stroke: "none" }]],
  severe: [["circle", { cx: 12, cy: 12, r: 10, fill: "currentColor", stroke: "none" }]],
  threat: [["path", { d: "M12 2.5 22.5 21h-21z", fill: "currentColor", stroke: "none" }]],
  care: [["path", { d: "M12 21C5 15.5 2 12 2 8.300A5 5 0 0 1 12 6.500 5 5 0 0 1 22 8.300C22 12 19 15.500 12 21z", fill: "currentColor", stroke: "none" }]],
  not_guarded: [CIRCLE, ["path", { d: "M5.600 18.400 18.400 5.600", fill: "none", "stroke-width": 2.5 }]],
  degraded: [["circle", { cx: 12, cy: 12, r: 9, fill: "none", "stroke-width": 2.5, "stroke-dasharray": "3.500 3.500" }]],
};

/** The shape of a state; its word always stands beside it, so that readers skip the drawing. */
export function shape(state) {
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: "0 0 24 24", class: "shape", "aria-hidden": "true", stroke: "currentColor" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  for (const [tag, drawn] of DRAWN[state] ?? DRAWN.quiet) {
    const part = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(drawn)) part.setAttribute(name, value);
    svg.append(part);
  }
  return svg;
}

/** Show `keys` in order inside `parent`, keeping the node of each key: nothing jumps, and focus stays where it is. */
export function keyed(parent, keys, nodes, make) {
  const wanted = new Set(keys);
  for (const [key, node] of nodes) {
    if (!wanted.has(key)) {
      node.remove();
      nodes.delete(key);
    }
  }
  let place = parent.firstElementChild;
  for (const key of keys) {
    let node = nodes.get(key);
    if (!node) {
      node = make(key);
      nodes.set(key, node);
    }
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}

/** Replace children only when what they say has changed: focus and reading position survive. */
export function refill(node, says, ...children) {
  if (node.dataset.says === says) return false;
  node.dataset.says = says;
  node.replaceChildren(...children.flat().filter(Boolean));
  return true;
}

export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Seconds as 4:07 or 1:02:09. */
export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const rest = `${pad(Math.floor((whole % 3600) / 60))}:${pad(whole % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

/** How long ago, in words that stay short. */
export function ago(seconds) {
  if (seconds < 1) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

/** A time of day in the reader's zone, with the zone. */
export const clockTime = (iso) =>
  new Date(iso).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
