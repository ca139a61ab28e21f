// What is seen where there is nothing to see yet: what to type.

import { h } from "./dom.js";

export const command = (text, what) => h("div", { class: "command" }, h("code", {}, text), h("p", { class: "quiet" }, what));

export const noData = () => h("section", { class: "panel empty", "aria-labelledby": "empty-title" },
  h("h2", { id: "empty-title" }, "There is nobody here yet"),
  h("p", {}, "This database has no users, so there are no feeds to show. In a terminal, one of:"),
  command("jophiel db seed", "generates a catalogue and people with planted tastes"),
  command("jophiel import --items items.csv --interactions train.csv", "brings your own: CSV or JSON lines"),
  h("p", {}, "and then, for their tastes and feeds:"),
  command("jophiel batch run", "one cycle of the batch; with --watch 60 it stays and runs one a minute"),
  h("p", { class: "quiet" }, "This page looks again every few seconds. Programs send users, items and events over HTTP: ",
    h("a", { href: "docs" }, "the API's documentation"), "."));

export const noSuchUser = user => h("section", { class: "panel empty", "aria-labelledby": "empty-title" },
  h("h2", { id: "empty-title" }, `There is nobody of the key ${user}`),
  h("p", {}, "Pick somebody: ", h("a", { href: "#/" }, "People"), ". Or type another key at the top."),
  h("p", { class: "quiet" }, "Somebody of this key who comes meanwhile is shown by itself."));

export const noItems = () => h("div", { class: "panel empty" },
  h("h3", {}, "Nothing to recommend"),
  h("p", {}, "There is no item that this user has not dealt with. New ones may wait for the batch:"),
  command("jophiel batch run", "one cycle of it"),
  h("p", {}, "or have to be brought:"),
  command("jophiel import --items items.csv", "your own; jophiel db seed generates a catalogue"));
