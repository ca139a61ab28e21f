// Whose feed: a list to pick from, and a field to type a key into.

import { h, $, button, plural } from "./dom.js";
import { get, tokenSubject } from "./api.js";
import { noData } from "./empty.js";
import { shown } from "./errors.js";

export const addressOf = (user, view = "") => `#/user/${encodeURIComponent(user)}${view && `/${view}`}`;

// A page of the users; null where the token is a user's own and names nobody else.
const list = async cursor => {
  try {
    return await get(`v1/users?limit=60${cursor ? `&cursor=${cursor}` : ""}`);
  } catch (error) {
    if (error.status === 403 && tokenSubject() !== null) return null;
    throw error;
  }
};

// The suggestions of the field in the header.
export const suggest = async () => {
  const found = await list().catch(() => null);
  $("#users").replaceChildren(...(found?.users ?? []).map(user =>
    h("option", { value: user.user_id }, plural(user.events, "event"))));
};

const LOOK = 4000;

export class People {
  constructor(root) { this.root = root; }

  close() { this.isClosed = true; clearTimeout(this.timer); }

  async refresh() {
    this.root.replaceChildren();
    let found = await list();
    if (this.isClosed) return;
    if (found === null) { location.replace(addressOf(tokenSubject())); return; }
    if (!found.users.length) {
      this.root.replaceChildren(noData());
      this.timer = setTimeout(() => this.look(), LOOK);
      return;
    }
    const people = h("ul", { class: "people" });
    const more = button("Show more", () => shown(async () => {
      // Who has gone to somebody meanwhile needs no more of them, and no word of it.
      const next = await list(found.next_cursor).catch(error => { if (!this.isClosed) throw error; });
      if (this.isClosed) return;
      found = next;
      add();
    }));
    const add = () => {
      people.append(...found.users.map(user => h("li", {}, h("a", { href: addressOf(user.user_id) },
        h("strong", {}, String(user.user_id)),
        h("span", { class: "quiet" }, plural(user.events, "event")),
        h("span", { class: "interests" }, user.interests.slice(0, 4).join(", "))))));
      more.hidden = !found.next_cursor;
    };
    add();
    this.root.replaceChildren(h("section", { "aria-labelledby": "people-title" },
      h("div", { class: "heading" }, h("h2", { id: "people-title" }, "Whose feed?"),
        h("p", { class: "quiet" }, "Pick somebody, or type a user's key at the top.")), people, more));
    suggest();
  }

  // Whether somebody has come meanwhile.
  async look() {
    const found = await list().catch(() => null);
    if (this.isClosed) return;
    if (found?.users.length) await this.refresh();
    else this.timer = setTimeout(() => this.look(), LOOK);
  }
}
