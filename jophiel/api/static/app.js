// The frame: which view is shown, whose, and what the keys do.

import { h, $, button, say } from "./dom.js";
import { follow, setToken, token, tokenSubject } from "./api.js";
import { dialog } from "./actions.js";
import { clear, onUnauthenticated, show } from "./errors.js";
import * as model from "./state.js";
import { Feed } from "./feed.js";
import { Taste } from "./taste.js";
import { Boards } from "./boards.js";
import { Search } from "./search.js";
import { Operator } from "./operator.js";
import { Quality } from "./quality.js";
import { noSuchUser } from "./empty.js";
import { People, addressOf, suggest } from "./people.js";

const GLOBAL = { operator: Operator, quality: Quality };
const VIEWS = { "": Feed, taste: Taste, boards: Boards, search: Search };
const QUIET_KEYS = "jophiel.no-shortcuts";

// What a later attempt cannot change: the token, and a request that is wrong.
const FINAL = [401, 403, 422];
const AGAIN = 5000;

let view = null, stopFollowing = () => {}, again;

const decoded = text => {
  try { return decodeURIComponent(text); } catch { return text; }
};
const route = () => {
  const [address, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [kind, key, name = ""] = address.split("/").map(decoded);
  return kind === "user" && key ? { user: key, name: name in VIEWS ? name : "", query: new URLSearchParams(query) }
    : { user: null, name: kind in GLOBAL ? kind : "people", query: new URLSearchParams(query) };
};

const isThere = () => model.readProfile().then(() => true, error => error.status !== 404);

// In place of the view of a user who is not there; if the user comes, so does the view.
const missing = () => {
  clear("reading");
  if (view.isMissing) return;
  view.close?.();
  view = { isMissing: true, refresh: async () => { await model.readProfile(); go(); } };
  delete $("#main").dataset.user;
  tabs(null, "");
  $("#main").replaceChildren(noSuchUser(model.state.user));
};

// Reads what is shown anew; again and again while the server or its database is away. How reading a view went that was left meanwhile, is no matter
// of the one that is shown.
const refresh = async () => {
  clearTimeout(again);
  const asked = view;
  try {
    await view.refresh();
    if (view === asked) clear("reading");
  } catch (error) {
    if (view !== asked) return;
    if (error.status === 404 && model.state.user !== null && !await isThere()) {
      if (view !== asked) return;
      missing();
      again = setTimeout(refresh, AGAIN);
      return;
    }
    const isTriedAgain = !FINAL.includes(error.status);
    show(error, "reading", isTriedAgain);
    if (isTriedAgain) again = setTimeout(refresh, AGAIN);
  }
};

const listen = user => {
  stopFollowing();
  stopFollowing = user === null ? () => {} : follow(user, refresh, liveState);
  if (user === null) liveState("none");
};

const LIVE = { live: "Live: changes appear by themselves", connecting: "Connecting", waiting: "Not connected, trying again", off: "Not live", none: "" };
const liveState = state => {
  $("#live").dataset.state = state;
  $("#live").title = $("#live-text").textContent = LIVE[state];
};

const tabs = (user, name) => {
  const link = (text, href, isHere) => h("a", { href, "aria-current": isHere ? "page" : null }, text);
  $("#tabs").replaceChildren(
    ...(user === null ? [link("People", "#/", name === "people")] : [
      link("Feed", addressOf(user), name === ""), link("Taste", addressOf(user, "taste"), name === "taste"),
      link("Boards", addressOf(user, "boards"), name === "boards"), link("Search", addressOf(user, "search"), name === "search")]),
    link("Operator", "#/operator", name === "operator"), link("Quality", "#/quality", name === "quality"));
};

const go = () => {
  const { user, name, query } = route();
  view?.close?.();
  clear();
  // What it says is of the view that was left, and an undo could be another user's.
  $("#toast").replaceChildren();
  if (user !== model.state.user || user === null) {
    model.choose(user);
    listen(user);
  }
  $("#user").value = user ?? "";
  tabs(user ?? ($("#main").dataset.user || null), name);
  if (user !== null) $("#main").dataset.user = user;
  document.title = `${user === null ? "" : `User ${user} · `}Jophiel`;
  const View = GLOBAL[name] ?? (name === "people" ? People : VIEWS[name]);
  $("#main").dataset.view = name || "feed";
  view = new View($("#main"), query.get("q"));
  return refresh();
};

// The token, where the server wants one.

const askToken = why => {
  const field = h("input", { id: "token", type: "password", value: token(), autocomplete: "off", spellcheck: "false" });
  const keep = text => {
    setToken(text.trim());
    $("#dialog").close();
    model.choose(null);
    if (text.trim() && tokenSubject() !== null && route().user === null && route().name === "people") location.hash = addressOf(tokenSubject());
    go();
    suggest();
  };
  dialog("Bearer token",
    why && h("p", {}, why),
    h("form", { class: "row", on: { submit: submitted => { submitted.preventDefault(); keep(field.value); } } },
      h("label", { for: "token" }, "Token"), field, h("button", { class: "strong" }, "Use it"),
      token() && button("Forget it", () => keep(""), { class: "quiet-button" })),
    h("p", { class: "quiet" }, "It stays in this tab and goes to this server only. For development: ",
      h("code", {}, "jophiel token --service --scope admin")));
  field.focus();
};
onUnauthenticated(problem => { if (!$("#dialog").open) askToken(problem.detail); });

// Keys: each does what a button does.

const KEYS = [
  ["j, k", "the next and the previous card"], ["o", "open the card: the sum behind its score, similar items"],
  ["l, d, s", "like, dislike, skip it"], ["b", "save it to a board"], ["f", "follow its creator, or end that"],
  ["u", "the field for the user"], ["/", "search"], ["1 to 6", "Feed, Taste, Boards, Search, Operator, Quality"],
  ["?", "this list"], ["Escape", "close what is open"],
];

const help = () => {
  const off = h("input", { id: "keys-off", type: "checkbox", on: { change: () =>
    (off.checked ? localStorage.setItem(QUIET_KEYS, "yes") : localStorage.removeItem(QUIET_KEYS)) } });
  off.checked = Boolean(localStorage.getItem(QUIET_KEYS));
  dialog("Keys",
    h("dl", { class: "keys" }, KEYS.map(([keys, text]) => h("div", {}, h("dt", {}, keys.split(", ").map(key => h("kbd", {}, key))), h("dd", {}, text)))),
    h("p", {}, off, " ", h("label", { for: "keys-off" }, "Letters do nothing (for speech input)")));
};

const cards = () => [...document.querySelectorAll("#cards > .card")];
const here = () => document.activeElement?.closest?.(".card");
const step = by => {
  const all = cards(), place = all.indexOf(here());
  const card = all[place < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(place + by, 0), all.length - 1)];
  card?.querySelector(".title").focus();
  card?.scrollIntoView({ block: "nearest" });
};
const press = act => (here() ?? cards()[0])?.querySelector(`[data-act="${act}"]`)?.click();

const DOES = {
  j: () => step(1), k: () => step(-1), o: () => press("open"), l: () => press("like"), d: () => press("dislike"),
  s: () => press("skip"), b: () => press("save"), f: () => press("follow"), u: () => $("#user").select(),
  "/": () => { const user = $("#main").dataset.user; if (user) location.hash = addressOf(user, "search"); },
  "?": help,
};

document.addEventListener("keydown", event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || $("#dialog").open) return;
  if (event.target.matches("input, textarea, select") || localStorage.getItem(QUIET_KEYS)) return;
  const tab = /^[1-6]$/.test(event.key) && $("#tabs").children[event.key - 1];
  if (!tab && !(event.key in DOES)) return;
  event.preventDefault();
  if (tab) tab.click();
  else DOES[event.key]();
});

$("#whose").addEventListener("submit", event => {
  event.preventDefault();
  const user = $("#user").value.trim();
  if (user) location.hash = addressOf(user);
  else say("Type a user's key first.");
});
// A choice from the list is one, without another key.
$("#user").addEventListener("input", event => {
  if (event.inputType === "insertReplacementText" || !("inputType" in event)) $("#whose").requestSubmit();
});
$("#ask-token").addEventListener("click", () => askToken());
$("#ask-help").addEventListener("click", help);
$("#skip-link").addEventListener("click", event => { event.preventDefault(); $("#main").focus(); });
// What a dialog asks, it asks of the view that is left.
addEventListener("hashchange", () => { $("#dialog").close(); go(); });

if (route().user !== null) suggest();
go();
