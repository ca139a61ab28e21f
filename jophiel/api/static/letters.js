// Dead letters: messages that could not be used, with the reason. Read when somebody asks: meanwhile they are out of their
// queue.

import { h, button, confirmable, ago, count, plural, renew, say, toast } from "./dom.js";
import { get, send } from "./api.js";
import { shown } from "./errors.js";

const MOST = 20;

const letter = found => h("li", {},
  h("strong", {}, found.reason),
  h("p", { class: "quiet byline" }, h("code", {}, found.routing_key),
    found.dead_lettered_at && h("span", {}, ago(found.dead_lettered_at)), h("span", {}, plural(found.bytes, "byte")),
    found.event_id && h("span", {}, `event ${found.event_id}`)),
  h("pre", { tabindex: 0, role: "group", "aria-label": `The message: ${found.reason}` },
    h("code", {}, found.body || "(empty)"), found.bytes > found.body.length && h("span", { class: "quiet" }, " …")));

export class Letters {
  constructor(changed) {
    this.changed = changed;
    this.note = h("p", { class: "quiet", id: "letters-note" });
    this.acts = h("div", { class: "acts" });
    this.list = h("ol", { class: "letters" });
    this.node = h("div", { class: "panel wide", id: "letters", hidden: true },
      h("div", { class: "line" }, h("h3", {}, "Dead letters"), this.acts), this.note, this.list);
  }

  // What the broker says of their number; null: it does not say.
  update(total) {
    if (total === null) return;
    this.node.hidden = !total && !this.node.contains(document.activeElement) && !this.isShown;
    if (total !== this.total) this.render(total);
  }

  render(total) {
    this.total = total;
    const shownNow = this.list.children.length;
    this.note.textContent = !total ? "There are none any more."
      : `${plural(total, "message")} could not be used${shownNow && shownNow < total ? `; the oldest ${count(shownNow)} are shown` : ""}. `
        + "They wait until what was wrong is mended and they are sent again, or until they are thrown away.";
    // Who is being asked whether to throw them away is not interrupted.
    if (this.acts.querySelector("[data-asked]")) return;
    renew(this.acts, ...(total ? [
      button(this.isShown ? "Read again" : "Show them", () => shown(() => this.read()), { id: "letters-read" }),
      button("Send again", () => shown(() => this.replay()), { id: "letters-replay", class: "strong" }),
      confirmable("Throw away", `Throw ${plural(total, "message")} away?`, () => shown(() => this.purge()), { id: "letters-purge", class: "quiet-button" }),
    ] : []));
  }

  async read() {
    const found = await get(`v1/admin/dead-letters?limit=${MOST}`);
    this.isShown = true;
    this.list.replaceChildren(...found.dead_letters.map(letter));
    this.render(found.total);
    say(`${plural(found.dead_letters.length, "dead letter")} shown.`);
  }

  async replay() {
    const { replayed, left } = await send("POST", "v1/admin/dead-letters/replay");
    toast(`${plural(replayed, "message")} sent again${left ? `, ${count(left)} left` : ""}. What is still malformed comes back.`);
    await this.again(left);
  }

  async purge() {
    const { purged } = await send("DELETE", "v1/admin/dead-letters");
    toast(`${plural(purged, "message")} thrown away.`);
    await this.again(0);
  }

  async again(total) {
    if (this.isShown) await this.read();
    else this.render(total);
    this.changed();
  }
}
