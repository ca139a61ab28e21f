// The taste as a chart: what is liked and disliked of every feature, and the numbers that are preferred.

import { h, button, ago, renew } from "./dom.js";
import { bars, range } from "./chart.js";
import { clearest, featureName } from "./words.js";
import { onAction, takeBack } from "./actions.js";
import * as model from "./state.js";
import { View } from "./view.js";

const sorted = terms => Object.entries(terms).map(([term, weight]) => ({ term, weight }))
  .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));

const numbers = taste => {
  const found = Object.entries(taste.numeric).filter(([, value]) => value.mean !== undefined);
  return found.length > 0 && h("div", { class: "ranges" }, found.map(([name, value]) => range(featureName(name), value)));
};

const nothing = () => h("p", { class: "quiet" }, "No taste yet: a like is enough to begin one.");

// Beside the feed.
export const brief = taste => {
  const rows = clearest(taste, 12);
  return h("div", { class: "panel" },
    h("h2", {}, "Taste"),
    rows.length ? bars(rows, "The clearest preferences") : nothing(),
    numbers(taste) || "");
};

// What it is made of: the newest things that the user did, and the way back from those that can be taken back.
const past = history => history.length > 0 && h("div", { class: "panel" },
  h("h3", {}, "What was done last"),
  h("ol", { class: "history" }, history.map(done => {
    // What is not in the catalogue, or not yet, can be taken back as well.
    const title = model.itemOf(done.item_id)?.title || `Item ${done.item_id}`, item = { item_id: done.item_id, title };
    return h("li", { class: done.counts ? "" : "cancelled" },
      h("span", { class: "did" }, done.type.replaceAll("_", " ")), h("span", { class: "what" }, title),
      h("span", { class: "quiet" }, ago(done.happened_at)),
      done.counts && ["like", "dislike"].includes(done.type) &&
        button("Take back", () => takeBack(item, done.type), { class: "link", "aria-label": `Take back: ${done.type} ${title}` }));
  })));

export class Taste extends View {
  constructor(root) {
    super();
    this.body = h("div", { class: "features" });
    root.replaceChildren(h("section", { "aria-labelledby": "taste-title" },
      h("div", { class: "heading" }, h("h2", { id: "taste-title" }, "Taste"),
        h("p", { class: "quiet" }, "Bars to the right are liked, to the left disliked; each feature's weights are shares of its whole.")),
      this.body));
    this.leave = onAction(() => this.refresh());
  }

  async read() {
    const [history] = await Promise.all([model.history(), model.readTaste(), model.readProfile()]);
    await model.readItems(history.map(done => done.item_id));
    if (this.isClosed) return;
    const taste = model.state.taste;
    const features = Object.entries(taste.terms).map(([feature, terms]) => [feature, sorted(terms)])
      .filter(([, rows]) => rows.length)
      .sort((a, b) => Math.abs(b[1][0].weight) - Math.abs(a[1][0].weight));
    renew(this.body,
      past(history),
      features.length ? "" : nothing(),
      ...features.map(([feature, rows]) => h("div", { class: "panel", data: { feature } },
        h("h3", {}, featureName(feature)), bars(rows.slice(0, 10), `Preferences in ${featureName(feature)}`))),
      numbers(taste) ? h("div", { class: "panel" }, h("h3", {}, "Numbers"), numbers(taste)) : "");
  }
}
