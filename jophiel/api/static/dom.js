// Elements without markup: text stays text, whatever is in it.

const SVG = "http://www.w3.org/2000/svg";

const fill = (node, properties, children) => {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, handler] of Object.entries(value)) node.addEventListener(event, handler);
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "style") for (const [key, part] of Object.entries(value)) node.style.setProperty(key, part);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return node;
};

export const h = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
export const svg = (tag, properties, ...children) => fill(document.createElementNS(SVG, tag), properties, children);
export const $ = selector => document.querySelector(selector);

export const button = (text, act, properties = {}) => h("button", { type: "button", ...properties, on: { click: act } }, text);

// Said to screen readers. What comes soon after something else is said with it, not in its place.
let saidAt = 0;
export const say = text => {
  const region = $("#said"), before = performance.now() - saidAt < 2000 ? region.textContent : "";
  saidAt = performance.now();
  region.textContent = `${before} ${text}`.trim();
};

// A line at the bottom that goes by itself, with a way back where there is one.
let passing;
export const toast = (text, undo) => {
  clearTimeout(passing);
  const box = $("#toast");
  box.replaceChildren(h("span", {}, text), undo ? button("Undo", () => { box.replaceChildren(); undo(); }) : "");
  say(text);
  passing = setTimeout(() => { if (!box.contains(document.activeElement)) box.replaceChildren(); }, 8000);
};

// A button that asks once more.
export const confirmable = (text, sure, act, properties = {}) => {
  const ask = isAsked => { node.textContent = isAsked ? sure : text; node.toggleAttribute("data-asked", isAsked); };
  const node = button(text, () => {
    const isSure = "asked" in node.dataset;
    ask(!isSure);
    return isSure ? act() : null;
  }, properties);
  node.addEventListener("blur", () => ask(false));
  return node;
};

// New content for a part of the page; who had the focus in it keeps it, on the button that does the same.
export const renew = (root, ...children) => {
  const active = root.contains(document.activeElement) ? document.activeElement : null;
  root.replaceChildren(...children.flat().filter(Boolean));
  if (!active) return;
  const label = active.getAttribute("aria-label");
  const same = active.id ? `#${CSS.escape(active.id)}` : `[aria-label="${CSS.escape(label ?? "")}"]`;
  (root.querySelector(same) ?? $("#main")).focus();
};

export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

const number = new Intl.NumberFormat("en");
export const count = value => number.format(value);
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;
export const figure = value => value.toFixed(2).replace("-", "−");

export const seconds = value => {
  if (value === null || value === undefined) return "–";
  if (value < 1) return `${Math.max(value * 1000, 0.1).toFixed(value < 0.01 ? 1 : 0)} ms`;
  if (value < 120) return `${value.toFixed(1)} s`;
  if (value < 7200) return `${Math.round(value / 60)} min`;
  if (value < 172800) return `${Math.round(value / 3600)} h`;
  return `${Math.round(value / 86400)} days`;
};

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
export const ago = time => {
  const past = (new Date(time) - Date.now()) / 1000;
  for (const [unit, size] of [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]])
    if (Math.abs(past) >= size) return relative.format(Math.trunc(past / size), unit);
  return "just now";
};
