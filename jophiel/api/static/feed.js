// The feed: cards in their order, which move when the order does, and the taste beside them.

import { h, ago, button, calm, plural, say } from "./dom.js";
import { get, path } from "./api.js";
import { Card, loading } from "./cards.js";
import { onAction } from "./actions.js";
import { shown } from "./errors.js";
import * as model from "./state.js";
import { frequencies, sharedTerms } from "./words.js";
import { brief } from "./taste.js";
import { View } from "./view.js";
import { noItems } from "./empty.js";

const STEP = 20, MOST = 100;

export class Feed extends View {
  constructor(root) {
    super();
    this.cards = new Map();
    this.limit = STEP;
    this.isFirst = true;
    this.list = h("ol", { class: "cards", id: "cards" });
    this.note = h("p", { class: "quiet", id: "feed-note" });
    this.aside = h("aside", { "aria-label": "Taste" });
    this.more = button("Show more", () => { this.limit = Math.min(this.limit + STEP, MOST); return shown(() => this.refresh()); }, { hidden: true });
    this.waiting = loading();
    root.replaceChildren(h("div", { class: "columns" },
      h("section", { "aria-labelledby": "feed-title" },
        h("div", { class: "heading" }, h("h2", { id: "feed-title" }, `Feed of ${model.state.user}`), this.note),
        this.waiting, this.list, this.more),
      this.aside));
    this.leave = onAction(what => this.acted(what));
  }

  async acted({ item, type }) {
    const card = this.cards.get(String(item.item_id));
    // What is dealt with goes at once; the list that comes from the server decides about all the rest.
    if (card && ["like", "dislike", "skip"].includes(type)) this.drop(card);
    await this.refresh();
  }

  drop(card) {
    const holdsFocus = card.node.contains(document.activeElement);
    const next = card.node.nextElementSibling || card.node.previousElementSibling;
    this.cards.delete(card.node.dataset.item);
    card.node.remove();
    if (holdsFocus) (next?.querySelector(".title") || document.getElementById("cards")).focus();
  }

  async read() {
    try {
      const query = new URLSearchParams({ limit: this.limit, reasons: "true" });
      if (model.state.skipped.length) query.set("exclude", model.listed(model.state.skipped));
      const [feed] = await Promise.all([
        get(`${path`v1/users/${model.state.user}/feeds/main`}?${query}`), model.readProfile(), model.readTaste(),
      ]);
      await model.readItems(feed.items.map(item => item.item_id));
      if (this.isClosed) return;
      this.render(feed);
    } catch (error) {
      this.waiting.remove();
      throw error;
    }
  }

  render(feed) {
    const isFirst = this.isFirst;
    this.isFirst = false;
    this.waiting.remove();
    const old = new Map([...this.cards].map(([key, card]) => [key, card.node.getBoundingClientRect().top]));
    const frequency = frequencies(feed.items.map(item => model.itemOf(item.item_id)).filter(Boolean));
    Card.best = Math.max(...feed.items.map(item => item.score));
    const moves = isFirst ? new Map() : movesOf([...this.cards.keys()], feed.items.map(item => String(item.item_id)));
    const entered = [...moves.values()].filter(by => by === null).length;
    const moved = [...moves.values()].filter(Boolean).length;
    const cards = new Map();
    for (const row of feed.items) {
      const key = String(row.item_id);
      const card = this.cards.get(key) || new Card(row);
      card.update(row, sharedTerms(model.itemOf(key), model.state.taste, frequency));
      // What moved stays marked until something moves again: the same list read twice says nothing.
      if (entered || moved) card.mark(moves.get(key));
      cards.set(key, card);
    }
    this.arrange([...cards.values()].map(card => card.node));
    this.cards = cards;
    this.animate(old);
    this.more.hidden = !feed.next_cursor || this.limit >= MOST;
    this.note.textContent = feed.generation > 0 ? `made ${ago(feed.generated_at)}` : "made just now, for what you did";
    this.list.dataset.generation = feed.generation;
    this.aside.replaceChildren(brief(model.state.taste));
    if (!feed.items.length) this.list.replaceChildren(h("li", {}, noItems()));
    if (!isFirst && (entered || moved)) say(`The feed has changed: ${plural(entered, "item")} came in, ${moved} moved.`);
  }

  // In the new order with as few moves as possible, so that whoever holds the focus keeps it.
  arrange(nodes) {
    const wanted = new Set(nodes);
    for (const node of [...this.list.children]) if (!wanted.has(node)) node.remove();
    let place = this.list.firstChild;
    for (const node of nodes) {
      if (node === place) place = place.nextSibling;
      else if (node.contains(document.activeElement)) {
        // Moving it would take the focus away: what stands before it goes behind it instead.
        while (place && place !== node) {
          const next = place.nextSibling;
          this.list.append(place);
          place = next;
        }
        place = node.nextSibling;
      } else this.list.insertBefore(node, place);
    }
  }

  animate(old) {
    if (calm()) return;
    for (const [key, card] of this.cards) {
      const before = old.get(key);
      const by = before === undefined ? 0 : before - card.node.getBoundingClientRect().top;
      if (before !== undefined && Math.abs(by) > 2)
        card.node.animate([{ transform: `translateY(${by}px)` }, { transform: "none" }], { duration: 350, easing: "cubic-bezier(.2,.7,.2,1)" });
      else if (before === undefined && old.size)
        card.node.animate([{ opacity: 0, transform: "translateY(12px)" }, { opacity: 1, transform: "none" }], { duration: 350 });
    }
  }
}

// By how much each item rose among those that were there before (null: it was not). That all go up by one, because one
// above them is gone, is no news.
const movesOf = (before, after) => {
  const stayed = before.filter(key => after.includes(key));
  const places = new Map(stayed.map((key, place) => [key, place]));
  let place = 0;
  return new Map(after.map(key => [key, places.has(key) ? places.get(key) - place++ : null]));
};
