// Bars from a middle line in inline SVG, liked to the right and disliked to the left, with the same in words for who
// does not see them.

import { h, svg } from "./dom.js";

const WIDTH = 100;

// rows: [{term, weight}]; the widest bar is the greatest weight of them, or `most`.
export const bars = (rows, name, most = Math.max(...rows.map(row => Math.abs(row.weight)), 0.01)) => {
  const hasNegative = rows.some(row => row.weight < 0);
  const middle = hasNegative ? 30 : 0, span = WIDTH - middle;
  const list = h("ol", { class: "bars", "aria-label": name });
  for (const { term, weight } of rows) {
    const length = Math.max((Math.abs(weight) / most) * (weight < 0 ? middle : span), 0.6);
    const picture = svg("svg", { viewBox: `0 0 ${WIDTH} 8`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
      svg("rect", { class: "track", x: 0, y: 0, width: WIDTH, height: 8 }),
      svg("rect", {
        class: weight < 0 ? "disliked" : "liked", x: weight < 0 ? middle - length : middle, y: 0, width: length, height: 8,
      }));
    list.append(h("li", { data: { term } },
      h("span", { class: "term" }, term),
      picture,
      h("span", { class: "value" }, `${weight < 0 ? "−" : ""}${Math.round(Math.abs(weight) * 100)}%`,
        h("span", { class: "unseen" }, weight < 0 ? " disliked" : " liked"))));
  }
  return list;
};

// A number that is liked: its mean, and the spread around it on a line from three spreads below to three above.
export const range = (name, { mean, spread }) => {
  const text = `${Number(mean.toPrecision(4))} ± ${Number((spread ?? 0).toPrecision(2))}`;
  return h("div", { class: "range" },
    h("span", { class: "term" }, name),
    h("span", { class: "big" }, text),
    svg("svg", { viewBox: "0 0 120 26", role: "img", "aria-label": `${name}: ${text}` },
      svg("path", { class: "bell", d: bell() }),
      svg("line", { class: "mean", x1: 60, x2: 60, y1: 2, y2: 25 })));
};

const bell = () => {
  let d = "M0 25";
  for (let x = 0; x <= 120; x += 4) d += `L${x} ${(25 - 21 * Math.exp(-(((x - 60) / 22) ** 2) / 2)).toFixed(1)}`;
  return `${d}L120 25Z`;
};

// Means with the interval around each, on one scale with its ticks below; what it says is in words beside each.
// rows: [{name, title, mean, low, high, tone: ours|other|good|bad, note, isSigned}].
export const intervals = (rows, name, most = Math.max(...rows.map(row => row.high), 0)) => {
  const least = Math.min(...rows.map(row => row.low), 0);
  const [from, to, step] = scale(least, Math.max(most, least + 1e-6));
  const at = value => ((value - from) / (to - from)) * WIDTH;
  const ticks = [];
  for (let tick = from; tick <= to + step / 2; tick += step) ticks.push(Math.abs(tick) < step / 2 ? 0 : tick);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const line = (kind, x1, x2, y1, y2) => svg("line", { class: kind, x1: at(x1), x2: at(x2), y1, y2, "vector-effect": "non-scaling-stroke" });
  const sign = (row, value) => (value < 0 ? "−" : row.isSigned && value > 0 ? "+" : "") + Math.abs(value).toFixed(3);
  return h("div", { class: "intervals" },
    h("ol", { "aria-label": name }, rows.map(row => h("li", { class: row.tone, title: row.title },
      h("span", { class: "term" }, row.name),
      svg("svg", { viewBox: `0 0 ${WIDTH} 10`, preserveAspectRatio: "none", "aria-hidden": "true", focusable: "false" },
        ticks.map(tick => line(tick === 0 ? "zero" : "tick", tick, tick, 0, 10)),
        line("band", row.low, row.high, 5, 5),
        line("halo", row.mean, row.mean, 5, 5), line("dot", row.mean, row.mean, 5, 5)),
      h("span", { class: "value" }, h("strong", {}, sign(row, row.mean)), row.note && h("span", { class: "note" }, row.note),
        h("span", { class: "quiet" }, h("span", { class: "unseen" }, "between "), `${sign(row, row.low)} to ${sign(row, row.high)}`))))),
    h("div", { class: "axis", "aria-hidden": "true" }, h("div", {},
      ticks.map(tick => h("span", { style: { left: `${at(tick)}%` } }, `${tick < 0 ? "−" : ""}${Math.abs(tick).toFixed(digits)}`)))));
};

// Three to six round steps that hold both ends.
const scale = (least, most) => {
  const rough = (most - least) / 4, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= rough);
  return [Math.floor(least / step + 1e-9) * step, Math.ceil(most / step - 1e-9) * step, step];
};
