// The operator's view: what waits, how long things took, how old the feeds are, the broker, the caches, the batch.

import { h, button, confirmable, ago, count, plural, renew, say, seconds, toast } from "./dom.js";
import { get, send } from "./api.js";
import { clear, show, shown } from "./errors.js";
import { Letters } from "./letters.js";

const EVERY = 5000, WHILE_RUNNING = 700;

const tile = (name, value, note) => h("div", { class: "figure", data: { figure: name } },
  h("dt", {}, name), h("dd", {}, value), note && h("dd", { class: "quiet" }, note));

// What waits at a stage; of the others there is one each, or a part of one.
const NOUNS = { items: "item", match: "new item", taste: "taste", feeds: "feed" };
const inNouns = ([stage, pending]) => (stage in NOUNS ? plural(pending, NOUNS[stage]) : stage);

// A name that begins with a dash is for those only who do not see what is below it.
const table = (head, rows, name) => h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": name },
  h("table", {}, h("thead", {}, h("tr", {}, head.map(text => h("th", { scope: "col" },
    text[0] === "-" ? h("span", { class: "unseen" }, text.slice(1)) : text)))),
    h("tbody", {}, rows)));

export class Operator {
  constructor(root) {
    this.figures = h("dl", { class: "figures" });
    this.state = h("p", { class: "quiet", id: "batch-state" });
    this.run = button("Run the batch now", () => this.start(), { class: "strong", id: "run-batch" });
    this.stages = h("div");
    this.broker = h("div");
    this.caches = h("div");
    this.letters = new Letters(() => this.refreshBroker());
    this.body = h("div", { class: "operator" },
      h("div", { class: "panel wide" }, this.figures),
      h("div", { class: "panel wide" }, h("div", { class: "line" }, h("h3", {}, "Stages of the batch"), this.run), this.state,
        h("p", { class: "quiet" }, "A training that waits is begun by ", h("code", {}, "jophiel batch run"), " in a shell or from cron, not by this button."), this.stages),
      h("div", { class: "panel" }, h("h3", {}, "Queue of events"), this.broker),
      h("div", { class: "panel" }, h("h3", {}, "Cached answers"), this.caches),
      this.letters.node);
    this.outer = h("section", { "aria-labelledby": "operator-title" },
      h("div", { class: "heading" }, h("h2", { id: "operator-title" }, "Operator"),
        h("p", { class: "quiet" }, "Read anew every five seconds. ", h("a", { href: "metrics" }, "Metrics"), " for Prometheus.")),
      this.body);
    root.replaceChildren(this.outer);
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  async refresh() {
    clearTimeout(this.timer);
    this.hasEnded = false;
    let isRunning = false;
    try {
      const [status, timings, caches, batch] = await Promise.all([
        get("v1/admin/status"), get("v1/admin/timings"), get("v1/admin/caches"), get("v1/admin/batch"),
      ]);
      if (this.isClosed) return;
      isRunning = batch.state === "running";
      this.render(status, timings, caches, batch);
      this.refreshBroker();
    } catch (error) {
      if (this.isClosed) return;
      if (error.status === 403) {
        // Without the scope there is nothing to look at, now or later.
        this.isRefused = true;
        this.body.replaceChildren(h("div", { class: "panel wide" }, h("h3", {}, "This token does not show the operator's view"),
          h("p", {}, "It needs the scope ", h("code", {}, "admin"), ". For development:"),
          h("div", { class: "command" }, h("code", {}, "jophiel token --service --scope admin"))));
        return;
      }
      throw error;
    } finally {
      // What else was read may be of before the end: once more, at once.
      const wait = this.hasEnded ? 0 : isRunning ? WHILE_RUNNING : EVERY;
      if (!this.isClosed && !this.isRefused) this.timer = setTimeout(() => this.look(), wait);
    }
  }

  // Takes away what was said of reading only: why an action failed stays until it is read.
  async look() {
    try {
      await this.refresh();
      if (!this.isClosed) clear("reading");
    } catch (error) {
      show(error, "reading", true);
    }
  }

  // Beside the rest, and once at a time: a broker that says nothing must not keep back what the database says.
  async refreshBroker() {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const broker = await get("v1/admin/broker");
      if (!this.isClosed) this.renderBroker(broker);
    } catch (error) {
      if (!this.isClosed) show(error, "reading", true);
    } finally {
      this.isAsking = false;
    }
  }

  render(status, timings, caches, batch) {
    // By stage, the last first: whoever waits for a taste waits for feeds as well, so a sum would count twice.
    const [waiting = "nothing", ...also] = Object.entries(status.pending).filter(([, pending]) => pending).map(inNouns).reverse();
    this.figures.replaceChildren(
      tile("Users", count(status.users)), tile("Items", count(status.items)), tile("Feeds", count(status.feeds.count)),
      tile("Age of feeds", status.feeds.count ? seconds(status.feeds.age_mean_seconds) : "–",
        status.feeds.count > 0 && `the oldest ${seconds(status.feeds.age_max_seconds)}`),
      tile("Waiting", waiting, also.length > 0 && `and ${also.join(", ")}`));
    this.renderStages(status, timings);
    this.renderBatch(batch);
    // Who is being asked whether to clear is not interrupted.
    if (this.caches.querySelector("[data-asked]")) return;
    renew(this.caches, caches.caches.length
      ? table(["answers to", "how many", "newest", "-clear"], caches.caches.map(cache => h("tr", {},
        h("th", { scope: "row" }, cache.kind), h("td", {}, count(cache.answers)), h("td", {}, ago(cache.newest_at)),
        h("td", {}, this.clearButton(cache.kind)))), "Cached answers")
      : h("p", { class: "quiet" }, "Nothing is cached: answers are, once somebody asks for similar items or ideas."));
  }

  // What imports, exports and trainings took is timed too, and waits for no batch: it has a table of its own.
  renderStages(status, timings) {
    const known = new Map(timings.stages.map(stage => [stage.stage, stage]));
    const longest = Math.max(...timings.stages.map(stage => stage.seconds), 0.001);
    const row = (name, waits) => {
      const stage = known.get(name);
      return h("tr", { data: { stage: name } },
        h("th", { scope: "row" }, name),
        waits,
        h("td", {}, stage ? seconds(stage.seconds) : "–"),
        h("td", { class: "meter", "aria-hidden": "true" }, stage && h("span", { style: { width: `${Math.max(2, (stage.seconds / longest) * 100)}%` } })),
        h("td", {}, stage ? count(stage.processed) : "–"),
        h("td", {}, stage?.per_second ? count(Math.round(stage.per_second)) : "–"),
        h("td", {}, stage ? seconds(stage.first_100_seconds) : "–"),
        h("td", {}, stage ? ago(stage.finished_at) : "–"));
    };
    const others = [...known.keys()].filter(name => !(name in status.pending));
    const columns = ["took", "-beside the longest", "done", "a second", "first 100", "ended"];
    this.stages.replaceChildren(
      table(["stage", "waiting", ...columns], Object.entries(status.pending).map(([name, pending]) =>
        row(name, h("td", { class: pending ? "waits" : "" }, count(pending)))), "Stages of the batch"),
      ...(others.length ? [h("h4", {}, "Other work"), table(["step", ...columns], others.map(name => row(name)), "Other work")] : []));
  }

  renderBatch(batch) {
    const did = Object.entries(batch.done).map(([stage, done]) => `${stage} ${count(done)}`).join(", ");
    this.run.disabled = batch.state === "running";
    this.state.textContent = {
      idle: "No cycle was asked for here since the server started.",
      running: `Running: ${did || "looking for work"} …`,
      done: `The last cycle ended ${batch.finished_at ? ago(batch.finished_at) : ""}: ${did || "there was nothing to do"}.`,
      failed: `The last cycle failed: ${batch.error}. The log has the reason.`,
    }[batch.state];
    this.hasEnded = this.wasRunning && batch.state !== "running";
    if (this.hasEnded) say(this.state.textContent);
    this.wasRunning = batch.state === "running";
  }

  renderBroker(broker) {
    this.letters.update(broker.dead_letters);
    renew(this.broker, broker.queue
      ? h("dl", { class: "figures" },
        tile("Messages", count(broker.queue.messages), "wait to be applied"),
        tile("Consumers", count(broker.queue.consumers), broker.queue.consumers ? "" : "start one: jophiel consume"),
        tile("Dead letters", broker.dead_letters === null ? "–" : count(broker.dead_letters),
          broker.dead_letters ? "could not be used, see below" : ""))
      : h("p", { class: "quiet" }, broker.reason ? `${broker.reason[0].toUpperCase()}${broker.reason.slice(1)}.` : "No broker configured."),
    !broker.queue && h("p", { class: "quiet" }, "Events come over HTTP and SQL all the same; ", h("code", {}, "JOPHIEL_AMQP_URL"), " names a broker."));
  }

  clearButton(kind) {
    return confirmable("Clear", "Really clear?", () => shown(async () => {
      const { cleared } = await send("DELETE", `v1/admin/caches?kind=${encodeURIComponent(kind)}`);
      toast(`${plural(cleared, "answer")} cleared.`);
      await this.refresh();
    }), { class: "quiet-button", id: `clear-${kind}`, data: { clear: kind } });
  }

  start() {
    return shown(async () => {
      await send("POST", "v1/admin/batch");
      this.wasRunning = true;
      await this.refresh();
    });
  }
}
