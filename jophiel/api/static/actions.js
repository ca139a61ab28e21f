// What can be done with an item, wherever it is shown: each action says what it did and can be taken back.

import { h, $, button, toast, plural } from "./dom.js";
import { uuid } from "./api.js";
import * as model from "./state.js";
import { shown } from "./errors.js";

// Whoever shows feeds or boards is told after each action.
const listeners = new Set();
export const onAction = listener => { listeners.add(listener); return () => listeners.delete(listener); };
const done = what => Promise.all([...listeners].map(listener => listener(what)));

// What is done is one user's. The answer may come when another is looked at: whoever that is hears nothing of it, and
// undoes nothing.
const isStill = user => model.state.user === user;

// What is under way: a second press, before the answer to the first has come, is none.
const pending = new Set();
const once = (what, act) => {
  if (pending.has(what)) return null;
  pending.add(what);
  return shown(act).finally(() => pending.delete(what));
};

const mark = (item, type, back, text) => once(`${type} ${item.item_id} ${model.state.user}`, async () => {
  const { user } = model.state;
  await model.record(item.item_id, type);
  if (type === "skip") model.skip(user, item.item_id, true);
  if (!isStill(user)) return;
  toast(text, () => shown(async () => {
    if (type === "skip") {
      model.skip(user, item.item_id, false);
      toast("It is shown again. That it was skipped stays in the log.");
    } else await model.record(item.item_id, back);
    if (isStill(user)) await done({ item, type: back });
  }));
  await done({ item, type });
});

export const like = item => mark(item, "like", "unlike", `Liked “${item.title}”.`);
export const dislike = item => mark(item, "dislike", "undislike", `Disliked “${item.title}”.`);
export const skip = item =>
  mark(item, "skip", "unskip", `Skipped “${item.title}”. Skips count a little: the feed follows after five, or with the next batch.`);

export const takeBack = (item, type) => shown(async () => {
  const { user } = model.state;
  await model.record(item.item_id, `un${type}`);
  if (!isStill(user)) return;
  toast(`“${item.title}” is no longer ${type}d.`);
  await done({ item, type: `un${type}` });
});

export const open = item => shown(async () => {
  const { user } = model.state;
  await model.view(item.item_id);
  if (isStill(user)) await done({ item, type: "view" });
});

const setFollow = (item, follows) => shown(async () => {
  const { user } = model.state, creator = item.creator_id;
  await model.setFollow(creator, follows);
  if (!isStill(user)) return;
  toast(follows ? `You follow creator ${creator}.` : `You no longer follow creator ${creator}.`, () => setFollow(item, !follows));
  await done({ item, type: follows ? "follow" : "unfollow" });
});
export const toggleFollow = item => setFollow(item, !model.follows(item.creator_id));

const add = (board, title, item) => shown(async () => {
  const { user } = model.state;
  // First, so that what goes wrong is not said behind it.
  $("#dialog").close();
  await model.setOnBoard(board, item.item_id, true);
  if (!isStill(user)) return;
  toast(`“${item.title}” is on ${title || `board ${board}`}.`, () => remove(board, title, item));
  await done({ item, type: "add_to_board" });
});

export const remove = (board, title, item) => shown(async () => {
  const { user } = model.state;
  await model.setOnBoard(board, item.item_id, false);
  if (!isStill(user)) return;
  toast(`“${item.title}” is off ${title || `board ${board}`}.`);
  await done({ item, type: "remove_from_board" });
});

// A dialog to choose a board, or to make one.
export const save = item => shown(async () => {
  const { user } = model.state, { hash } = location;
  const boards = await model.boards();
  // Asked for where it was pressed, and nowhere else.
  if (location.hash !== hash) return;
  const name = h("input", { id: "board-name", type: "text", required: true, maxlength: 100, autocomplete: "off" });
  const make = h("form", { class: "row", on: { submit: submitted => {
    submitted.preventDefault();
    const board = `board-${uuid().slice(0, 8)}`;
    shown(async () => {
      await model.putBoard(board, name.value.trim());
      if (isStill(user)) await add(board, name.value.trim(), item);
    });
  } } }, h("label", { for: "board-name" }, "A new board"), name, h("button", { class: "strong" }, "Save there"));
  dialog("Save to a board",
    h("p", { class: "quiet" }, item.title),
    boards.length > 0 && h("ul", { class: "choices" }, boards.map(board => h("li", {}, button(
      `${board.title || `Board ${board.board_id}`} · ${plural(board.item_ids.length, "item")}`,
      () => add(board.board_id, board.title, item),
      { disabled: board.item_ids.some(key => String(key) === String(item.item_id)) })))),
    make);
  $("#dialog").querySelector(".choices button:enabled, #board-name").focus();
});

// The one dialog of the page; Escape closes it and gives the focus back.
export const dialog = (title, ...content) => {
  const box = $("#dialog");
  box.replaceChildren(
    h("header", {}, h("h2", { id: "dialog-title" }, title), button("Close", () => box.close(), { class: "quiet-button" })),
    ...content.filter(Boolean));
  if (!box.open) box.showModal();
};
