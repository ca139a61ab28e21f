// Search: by text, in the order of text and taste.

import { h, count, renew, say } from "./dom.js";
import { get } from "./api.js";
import { tile } from "./cards.js";
import { onAction } from "./actions.js";
import { shown } from "./errors.js";
import * as model from "./state.js";
import { View } from "./view.js";

export class Search extends View {
  constructor(root, words) {
    super();
    this.input = h("input", { id: "search-words", type: "search", value: words ?? "", autocomplete: "off",
      placeholder: 'words, "phrases", or, -not', maxlength: 500 });
    this.result = h("div");
    const form = h("form", { class: "row", role: "search", on: { submit: submitted => {
      submitted.preventDefault();
      this.take();
      shown(() => this.refresh());
    } } }, h("label", { for: "search-words" }, "Search the catalogue"), this.input, h("button", { class: "strong" }, "Search"));
    root.replaceChildren(h("section", { "aria-labelledby": "search-title" },
      h("div", { class: "heading" }, h("h2", { id: "search-title" }, "Search"), form), this.result));
    this.leave = onAction(() => this.refresh());
    this.words = this.input.value.trim();
    if (!words) this.input.focus();
  }

  // What is searched for, here and after a reload; what is only half typed is not, whatever changes meanwhile.
  take() {
    this.words = this.input.value.trim();
    // A slow answer to other words is not waited for.
    this.running = null;
    const [address] = location.hash.split("?");
    history.replaceState(null, "", `${address}?q=${encodeURIComponent(this.input.value)}`);
  }

  async read() {
    const { words } = this;
    if (!words) {
      this.result.replaceChildren(h("p", { class: "quiet" }, "What is found comes in the order of your taste."));
      return;
    }
    let found, items;
    try {
      found = await get(`v1/search?${new URLSearchParams({ q: words, user_id: model.state.user, per_page: 24 })}`);
      [items] = await Promise.all([model.readItems(found.sample_ids), model.readProfile()]);
    } catch (error) {
      if (words === this.words) throw error;
    }
    if (this.isClosed || words !== this.words) return;
    const text = `${count(found.pagination.total)} found`;
    const hint = items.length ? "" : ". All words must match: leave one away, or write “or” between them.";
    renew(this.result, h("p", { class: "quiet found" }, text, hint), h("ul", { class: "tiles" }, items.map(item => tile(item, "h3"))));
    if (this.said !== words) say(text + hint);
    this.said = words;
  }
}
