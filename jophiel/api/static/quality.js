// How good the feeds are: what `jophiel evaluate` found, beside simpler feeds, and what trainings were validated at.

import { h, ago, count, plural, renew, say } from "./dom.js";
import { get } from "./api.js";
import { shown } from "./errors.js";
import { intervals } from "./chart.js";
import { command } from "./empty.js";
import { View } from "./view.js";

const METRICS = {
  ndcg: ["NDCG@10", "how near the top of the list what users chose next stands"],
  recall: ["Recall@20", "how much of what users chose next is among the first twenty"],
  hit_rate: ["Hit rate@10", "how many users find something that they chose next among the first ten"],
  mrr: ["MRR@20", "one over the place of the first hit"],
};
const KINDS = {
  hybrid: ["These feeds", "the blend that feeds are made by"],
  "in use": ["Model in use", "the model in use, fitted anew on the same part"],
  popularity: ["Popularity", "the same for everybody"],
  content: ["Content alone", "what items say of themselves"],
  collaborative: ["Collaborative alone", "what people who acted alike have in common"],
};
const SPLITS = {
  temporal: "the newest part of the log was held out", "leave-one-out": "everybody's newest event was held out",
  "k-shot": "all but everybody's oldest few events were held out",
};
const VERDICTS = { better: "better", worse: "worse", mixed: "one better, one worse", "no difference": "unclear" };

const kindName = kind => KINDS[kind]?.[0] ?? kind;
const inSentence = kind => (kind === "in use" ? "the model in use" : kindName(kind).toLowerCase());
const share = value => value.toFixed(3);
const listed = names => (names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`);

// The hybrid first, the others from the best to the worst: so in every chart and table.
const order = found => Object.keys(found.qualities).sort((a, b) =>
  (b === "hybrid") - (a === "hybrid") || found.qualities[b].ndcg.mean - found.qualities[a].ndcg.mean);

// In a sentence what the differences say.
const verdict = found => {
  const of = wanted => Object.entries(found.differences).filter(([, one]) => one.verdict === wanted).map(([kind]) => inSentence(kind));
  const parts = [["better", "better than "], ["mixed", "better by one metric and worse by the other than "], ["no difference", "not clearly different from "], ["worse", "worse than "]]
    .map(([wanted, words]) => [of(wanted), words]).filter(([kinds]) => kinds.length).map(([kinds, words]) => words + listed(kinds));
  return parts.length ? `These feeds are ${parts.join(", and ")}.` : "There is nothing to compare these feeds with.";
};

const table = (caption, head, rows) => h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": caption },
  h("table", {}, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, head.map(text => h("th", { scope: "col" }, text)))),
    h("tbody", {}, rows.map(([name, ...cells]) => h("tr", {}, h("th", { scope: "row" }, name), cells.map(cell => h("td", {}, cell)))))));

const between = one => (one ? `${share(one.mean)} (${share(one.low)} to ${share(one.high)})` : "–");

const figures = found => {
  const kinds = order(found), quality = kind => found.qualities[kind];
  return h("details", { class: "panel wide" }, h("summary", {}, "All figures as tables"),
    table("Accuracy, with intervals of 95 %", ["feeds", ...Object.values(METRICS).map(([name]) => name)],
      kinds.map(kind => [kindName(kind), ...Object.keys(METRICS).map(metric => between(quality(kind)[metric]))])),
    table("These feeds less the others, user by user", ["against", "NDCG@10", "Recall@20", "these are"],
      kinds.filter(kind => found.differences[kind]).map(kind => [kindName(kind), between(found.differences[kind].ndcg),
        between(found.differences[kind].recall), VERDICTS[found.differences[kind].verdict]])),
    Object.entries(METRICS).map(([metric, [name]]) => table(`${name} by length of history`,
      [`${name}, events`, ...kinds.map(kindName)],
      Object.entries(quality("hybrid").by_history).filter(([, one]) => one.users).map(([history, one]) =>
        [`${history} (${plural(one.users, "user")})`, ...kinds.map(kind => between(quality(kind).by_history[history]?.[metric]))]))),
    table("Of the first twenty items of the lists", ["feeds", "coverage", "novelty, bits", "diversity", "Gini", "unseen items, NDCG@10", "without a feed"],
      kinds.map(kind => [kindName(kind), share(quality(kind).coverage), quality(kind).novelty.toFixed(2), share(quality(kind).diversity),
        share(quality(kind).gini), quality(kind).cold_items.ndcg === undefined ? "–" : share(quality(kind).cold_items.ndcg), count(quality(kind).without_feed)])));
};

// The name of a training for as long as validation has not chosen.
const modelName = name => (name === "choice" ? "chosen by validation" : name);
const STATES = { queued: "waits", building: "runs", ready: "not in use", active: "in use", retired: "was in use", discarded: "gone", failed: "failed" };

const trainings = history => {
  const validated = history.filter(one => one.metrics.chosen);
  const most = Math.max(...validated.map(one => one.metrics.chosen.ndcg), 0.001);
  const bar = one => h("td", { class: "meter", "aria-hidden": "true" }, one.metrics.chosen &&
    h("span", { class: one.state === "active" ? "" : "dim", style: { width: `${Math.max(2, (one.metrics.chosen.ndcg / most) * 100)}%` } }));
  return h("div", { class: "panel wide", id: "trainings" }, h("h3", {}, "Trainings"),
    h("p", { class: "quiet" }, "What validation saw on a held-out part when each model was chosen; parts differ, so compare models by an evaluation."),
    history.some(one => one.state === "queued") && command("jophiel batch run",
      "begins the training that waits, in a shell or from cron; the operator's button does not: the server's database role may not train"),
    history.length ? h("div", { class: "scrolls", tabindex: 0, role: "region", "aria-label": "Trainings" }, h("table", {},
      h("thead", {}, h("tr", {}, ["model", "state", "NDCG@10"].map(text => h("th", { scope: "col" }, text)),
        h("th", { scope: "col" }, h("span", { class: "unseen" }, "beside the best")),
        ["recall@20", "learnt from", "fitted in", "when"].map(text => h("th", { scope: "col" }, text)))),
      h("tbody", {}, history.map(one => h("tr", { data: { state: one.state } },
        h("th", { scope: "row" }, modelName(one.name)), h("td", { class: one.state === "failed" ? "waits" : "" }, STATES[one.state]),
        one.error ? h("td", { colspan: 5, class: "why" }, one.error) : [
          h("td", {}, one.metrics.chosen ? share(one.metrics.chosen.ndcg) : "–"), bar(one),
          h("td", {}, one.metrics.chosen ? share(one.metrics.chosen.recall) : "–"),
          h("td", {}, one.interactions === null ? "–" : plural(one.interactions, "event")),
          h("td", {}, one.fit_seconds === null ? "–" : `${one.fit_seconds.toFixed(1)} s`)],
        h("td", {}, ago(one.created_at)))))))
      : h("p", {}, "Nothing was trained yet: feeds are made of content. ", h("code", {}, "jophiel train"), " learns from everybody."));
};

const nothing = () => h("div", { class: "panel wide empty" },
  h("h3", {}, "No evaluation yet"),
  h("p", {}, "Whether these feeds foretell what people do next, and better than simpler ones would:"),
  command("jophiel evaluate", "trains on the older part of the log in a database beside, and compares with the newer one; what is served is not touched"));

export class Quality extends View {
  constructor(root) {
    super();
    this.metric = "ndcg";
    this.chosen = null;
    this.which = h("select", { id: "evaluation", on: { change: () => { this.chosen = this.which.value; this.render(); } } });
    this.choice = h("form", { class: "row", hidden: true }, h("label", { for: "evaluation" }, "Evaluation"), this.which);
    this.body = h("div", { class: "operator" });
    root.replaceChildren(h("section", { "aria-labelledby": "quality-title" },
      h("div", { class: "heading" }, h("h2", { id: "quality-title" }, "Quality"),
        h("p", { class: "quiet" }, "How well feeds foretell what people do next."), this.choice), this.body));
  }

  async read() {
    let found;
    try {
      found = await Promise.all([get("v1/evaluations"), get("v1/training")]);
    } catch (error) {
      if (error.status !== 403) throw error;
      this.body.replaceChildren(h("div", { class: "panel wide" }, h("h3", {}, "This token does not show how good the feeds are"),
        h("p", {}, "It needs the scope ", h("code", {}, "admin"), ".")));
      return;
    }
    if (this.isClosed) return;
    this.evaluations = found[0].evaluations;
    this.history = found[1].history;
    this.which.replaceChildren(...this.evaluations.map(one => h("option", { value: one.evaluation_id, selected: one.evaluation_id === this.chosen },
      `${new Date(one.created_at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" })}, ${one.split}, ${one.model}`)));
    this.choice.hidden = this.evaluations.length < 2;
    this.render();
  }

  render() {
    const found = this.evaluations.find(one => one.evaluation_id === this.chosen) ?? this.evaluations[0];
    renew(this.body, ...(found ? [this.summary(found), this.accuracy(found), this.differences(found), this.beyond(found), this.histories(found), figures(found)]
      : [nothing()]), trainings(this.history));
  }

  summary(found) {
    const facts = [`${SPLITS[found.split] ?? found.split}`, `trained: ${found.model}`, `${plural(found.users, "user")}`,
      `${plural(found.train_events, "event")} learnt from, ${count(found.test_events)} to foretell`, ago(found.created_at)];
    return h("div", { class: "panel wide", id: "verdict" }, h("p", { class: "sentence" }, verdict(found)), h("p", { class: "quiet" }, facts.join(" · ")));
  }

  // Which metric the charts below show.
  switch() {
    const pick = metric => () => { this.metric = metric; this.render(); say(`${METRICS[metric][0]}.`); };
    return h("fieldset", { class: "switch" }, h("legend", { class: "unseen" }, "Metric"), Object.entries(METRICS).map(([metric, [name]]) => [
      h("input", { type: "radio", name: "metric", id: `metric-${metric}`, value: metric, checked: metric === this.metric, on: { change: pick(metric) } }),
      h("label", { for: `metric-${metric}` }, name)]));
  }

  rows(found, of) {
    return order(found).map(kind => ({ name: kindName(kind), title: KINDS[kind]?.[1], tone: kind === "hybrid" ? "ours" : "other", ...of(found.qualities[kind]) }));
  }

  accuracy(found) {
    const [name, words] = METRICS[this.metric];
    return h("div", { class: "panel wide", id: "accuracy" },
      h("div", { class: "line wraps" }, h("h3", {}, `${name}, and simpler feeds beside it`), this.switch()),
      h("p", { class: "quiet" }, `${words[0].toUpperCase()}${words.slice(1)}: the dot is the mean, the bar where it lies with a probability of 95 %.`),
      intervals(this.rows(found, quality => quality[this.metric]), `${name} by kind of feeds`));
  }

  differences(found) {
    const rows = order(found).filter(kind => found.differences[kind]).map(kind => {
      const { verdict: says, ndcg } = found.differences[kind];
      return { name: kindName(kind), tone: { better: "good", worse: "bad" }[says] ?? "other", note: VERDICTS[says], isSigned: true, ...ndcg };
    });
    return h("div", { class: "panel", id: "differences" }, h("h3", {}, "These feeds against each of the others"),
      h("p", { class: "quiet" }, "By how much the NDCG@10 of these feeds is higher, user by user: above 0 they are better, below 0 worse. Where the bar crosses 0, which is better is unclear."),
      rows.length ? h("div", { class: "multiples" }, intervals(rows, "Differences in NDCG@10")) : h("p", {}, "Nothing to compare with."));
  }

  beyond(found) {
    const ours = found.qualities.hybrid;
    const figure = (name, value, note) => h("div", { class: "figure" }, h("dt", {}, name), h("dd", {}, value), h("dd", { class: "quiet" }, note));
    return h("div", { class: "panel", id: "beyond" }, h("h3", {}, "Beyond accuracy"),
      h("dl", { class: "figures" },
        figure("Coverage", `${(100 * ours.coverage).toFixed(0)} %`, `of the catalogue is shown to somebody; popularity: ${(100 * (found.qualities.popularity?.coverage ?? 0)).toFixed(0)} %`),
        figure("Diversity", ours.diversity.toFixed(2), "how unlike the items of a list are, 0 to 1"),
        figure("Novelty", ours.novelty.toFixed(1), "bits: how little known the items are"),
        figure("Gini", ours.gini.toFixed(2), "0: all items shown alike, 1: one"),
        figure("Unseen items", ours.cold_items.ndcg === undefined ? "–" : share(ours.cold_items.ndcg), "NDCG@10 of what nobody had acted on"),
        figure("Without a feed", count(ours.without_feed), "users")));
  }

  histories(found) {
    const [name] = METRICS[this.metric];
    const lengths = Object.entries(found.qualities.hybrid.by_history).filter(([, one]) => one.users);
    const most = Math.max(...Object.values(found.qualities).flatMap(quality => lengths.map(([length]) => quality.by_history[length]?.[this.metric]?.high ?? 0)));
    return h("div", { class: "panel wide", id: "histories" }, h("h3", {}, `${name} by length of history`),
      h("p", { class: "quiet" }, "Users by how many events could be learnt from. Under five is what the engine calls cold."),
      h("div", { class: "multiples" }, lengths.map(([length, one]) => h("div", {},
        h("h4", {}, `${length} events · ${plural(one.users, "user")}`),
        intervals(this.rows(found, quality => quality.by_history[length]?.[this.metric] ?? { mean: 0, low: 0, high: 0 }),
          `${name}, users with ${length} events`, most)))));
  }
}
