// Boards with what is on them, and ideas for what else belongs there.

import { h, button, plural, renew } from "./dom.js";
import { get, path, uuid } from "./api.js";
import { likeness, tile } from "./cards.js";
import { onAction, remove } from "./actions.js";
import { problemBox, shown } from "./errors.js";
import * as model from "./state.js";
import { View } from "./view.js";

const MOST = 24;

export class Boards extends View {
  constructor(root) {
    super();
    this.list = h("div", { class: "boards" });
    const name = h("input", { id: "new-board", type: "text", required: true, maxlength: 100, autocomplete: "off" });
    const form = h("form", { class: "row", on: { submit: submitted => {
      submitted.preventDefault();
      shown(async () => {
        await model.putBoard(`board-${uuid().slice(0, 8)}`, name.value.trim());
        name.value = "";
        await this.refresh();
      });
    } } }, h("label", { for: "new-board" }, "A new board"), name, h("button", { class: "strong" }, "Make it"));
    root.replaceChildren(h("section", { "aria-labelledby": "boards-title" },
      h("div", { class: "heading" }, h("h2", { id: "boards-title" }, "Boards"), form), this.list));
    this.leave = onAction(() => this.refresh());
  }

  async read() {
    const [boards] = await Promise.all([model.boards(), model.readProfile()]);
    await model.readItems(boards.flatMap(board => board.item_ids.slice(0, MOST)));
    if (this.isClosed) return;
    renew(this.list, ...(boards.length ? boards.map(board => this.board(board))
      : [h("p", { class: "quiet" }, "No board yet. Make one here, or save an item of the feed.")]));
    await Promise.all([...this.list.querySelectorAll("[data-ideas]")].map(node => this.ideas(node)));
  }

  board(board) {
    const title = board.title || `Board ${board.board_id}`;
    const items = board.item_ids.slice(0, MOST).map(key => model.itemOf(key)).filter(Boolean);
    return h("article", { class: "panel board", data: { board: board.board_id } },
      h("h3", {}, title, h("span", { class: "quiet" }, ` ${plural(board.item_ids.length, "item")}`)),
      items.length ? h("ul", { class: "tiles" }, items.map(item => tile(item, "h4", null,
        button("Take off", () => remove(board.board_id, board.title, item), { class: "act", "aria-label": `Take off: ${item.title}` }))))
        : h("p", { class: "quiet" }, "Nothing is on it yet."),
      items.length > 0 && h("div", { data: { ideas: board.board_id } }, h("p", { class: "quiet" }, "Looking for ideas …")));
  }

  async ideas(node) {
    try {
      const { items } = await get(`${path`v1/boards/${node.dataset.ideas}/ideas`}?limit=6`);
      await model.readItems(items.map(item => item.item_id));
      node.replaceChildren(h("h4", {}, "What else belongs here"),
        items.length ? h("ul", { class: "tiles" }, items.map(item => tile(item, "h5", likeness(item))))
          : h("p", { class: "quiet" }, "No ideas yet."));
    } catch (error) {
      node.replaceChildren(problemBox(error));
    }
  }
}
