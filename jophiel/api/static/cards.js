// Cards: an item with its place, its reasons and what can be done with it; and tiles, the same without a place.

import { h, button, ago, figure } from "./dom.js";
import { get, path } from "./api.js";
import * as actions from "./actions.js";
import * as model from "./state.js";
import { componentName, inWords, featureName } from "./words.js";
import { problemBox } from "./errors.js";

const tags = item => item?.tags.length > 0 &&
  h("ul", { class: "tags", "aria-label": "Tags" }, item.tags.slice(0, 6).map(tag => h("li", {}, tag)));

const byline = (item, withFollow) => {
  const parts = [];
  if (item.creator_id !== null && item.creator_id !== undefined) {
    const isFollowed = model.follows(item.creator_id);
    parts.push(h("span", {}, `Creator ${item.creator_id}`));
    const text = isFollowed ? "Following" : "Follow";
    if (withFollow) parts.push(button(text, () => actions.toggleFollow(item), {
      class: "link", "aria-label": `${text} creator ${item.creator_id}`, data: { act: "follow", is: isFollowed ? "on" : "off" },
    }));
  }
  const full = model.itemOf(item.item_id);
  if (full) parts.push(h("time", { datetime: full.created_at }, ago(full.created_at)));
  return h("p", { class: "byline" }, parts);
};

// The pictures are decoration, the words say it.
const ICONS = { like: "♥", dislike: "✕", skip: "»", save: "+" };
const act = (text, name, item) => h("button", {
  type: "button", class: "act", "aria-label": `${text}: ${item.title}`, data: { act: name },
  on: { click: () => actions[name](item) },
}, h("span", { class: "icon", "aria-hidden": "true" }, ICONS[name]), text);

export class Card {
  constructor(row) {
    this.row = row;
    this.place = h("span", { class: "place" });
    this.moved = h("span", { class: "moved" });
    this.score = h("span", { class: "score", title: "Score" });
    this.head = h("div", { class: "head" });
    this.reasons = h("ul", { class: "reasons", "aria-label": "Why" });
    this.share = h("div", { class: "share", "aria-hidden": "true" });
    this.details = h("div", { class: "details", hidden: true });
    this.title = button(row.title || `Item ${row.item_id}`, () => this.toggle(), {
      class: "title", "aria-expanded": "false", data: { act: "open" },
    });
    this.node = h("li", { class: "card", data: { item: row.item_id } },
      h("div", { class: "rank" }, this.place, this.moved),
      h("div", { class: "body" },
        h("div", { class: "line" }, h("h3", {}, this.title), this.score),
        this.head, this.reasons, this.share,
        h("div", { class: "acts" },
          act("Like", "like", row), act("Dislike", "dislike", row), act("Skip", "skip", row), act("Save", "save", row))),
      this.details);
  }

  // How many places it rose (null: it was not there), 0 for none.
  mark(by) {
    this.moved.textContent = by === null ? "new here" : by > 0 ? `↑ ${by}` : by < 0 ? `↓ ${-by}` : "";
    this.moved.className = `moved ${by === null || by > 0 ? "up" : "down"}`;
  }

  // A newer row of the same item.
  update(row, terms) {
    this.row = row;
    this.place.textContent = row.rank;
    this.score.textContent = figure(row.score);
    const focused = this.head.contains(document.activeElement);
    this.head.replaceChildren(byline(row, true), tags(model.itemOf(row.item_id)) || "");
    if (focused) this.head.querySelector("button")?.focus();
    const reasons = inWords(row.reasons, terms, model.isCold());
    this.reasons.replaceChildren(...reasons.map(reason => h("li", {
      data: { component: reason.component, contribution: reason.contribution },
    }, h("i", { class: `dot ${reason.component}` }), h("span", {}, reason.text), h("span", { class: "value" }, reason.figure))));
    const positive = reasons.filter(reason => reason.contribution > 0);
    this.share.replaceChildren(...positive.map(reason =>
      h("span", { class: reason.component, style: { "flex-grow": reason.contribution } })));
    this.share.style.setProperty("width", `${Math.min(100, (row.score / (Card.best || row.score)) * 100)}%`);
  }

  async toggle() {
    const isOpen = this.details.hidden;
    this.details.hidden = !isOpen;
    this.title.setAttribute("aria-expanded", String(isOpen));
    if (!isOpen) return;
    const { user } = model.state;
    this.details.replaceChildren(h("p", { class: "quiet" }, "Loading …"));
    await actions.open(this.row);
    try {
      const [explained, similar] = await Promise.all([
        get(path`v1/users/${user}/explain/${this.row.item_id}`),
        get(`${path`v1/items/${this.row.item_id}/similar`}?limit=6`),
      ]);
      await model.readItems(similar.items.map(item => item.item_id));
      this.details.replaceChildren(facts(model.itemOf(this.row.item_id)), sum(explained), alike(similar.items));
    } catch (error) {
      this.details.replaceChildren(problemBox(error));
    }
  }
}

const facts = item => item && h("section", {},
  h("h4", {}, "About it"),
  item.description && h("p", {}, item.description),
  h("dl", {}, Object.entries(item.metadata).filter(([, value]) => value !== null).slice(0, 12).map(([name, value]) =>
    h("div", {}, h("dt", {}, featureName(name)),
      h("dd", {}, Array.isArray(value) ? value.join(", ") : typeof value === "object" ? JSON.stringify(value) : String(value))))));

const sum = explained => h("section", {},
  h("h4", {}, "The sum behind its score, as of now"),
  h("table", {},
    h("thead", {}, h("tr", {}, ["of", "value", "weight", "gives"].map(text => h("th", { scope: "col" }, text)))),
    h("tbody", {}, explained.reasons.map(reason => h("tr", { data: { component: reason.component } },
      h("th", { scope: "row" }, componentName(reason.component)),
      h("td", {}, reason.value.toFixed(3)), h("td", {}, `× ${reason.weight}`), h("td", {}, reason.contribution.toFixed(3))))),
    h("tfoot", {}, h("tr", {}, h("th", { scope: "row", colspan: 3 }, "Together"), h("td", {}, explained.score.toFixed(3))))));

const alike = items => h("section", { class: "wide" },
  h("h4", {}, "Similar items"),
  items.length ? h("ul", { class: "tiles" }, items.map(item => tile(item, "h5", likeness(item))))
    : h("p", { class: "quiet" }, "Nothing is like it yet."));

export const likeness = item => `${Math.round(item.score * 100)}% alike`;

// An item outside the feed, below a heading of one level less; `instead` is a button in place of Save.
export const tile = (item, level, note, instead = act("Save", "save", item)) => {
  const full = model.itemOf(item.item_id) ?? item;
  return h("li", { class: "tile", data: { item: item.item_id } },
    h(level, { class: "name" }, item.title || `Item ${item.item_id}`),
    byline(item, false), tags(full) || "",
    note && h("p", { class: "quiet note" }, note),
    h("div", { class: "acts" }, act("Like", "like", item), instead));
};

export const loading = () => h("ul", { class: "cards", "aria-hidden": "true" },
  [1, 2, 3, 4].map(() => h("li", { class: "card ghost" }, h("div", { class: "rank" }), h("div", { class: "body" }, h("span"), h("span"), h("span")))));
