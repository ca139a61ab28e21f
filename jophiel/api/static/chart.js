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
