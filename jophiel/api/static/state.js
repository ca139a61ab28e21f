// What the views share about the user who is looked at: profile, taste, items by key, what was passed over.

import { get, path, send, event } from "./api.js";

export const state = { user: null, profile: null, taste: null, items: new Map(), skipped: [] };

const skippedKey = user => `jophiel.skipped.${user}`;

export const isCold = () => (state.profile?.events ?? 0) === 0;
export const follows = creator => state.profile?.follows.some(key => String(key) === String(creator)) ?? false;

const skippedBy = user => JSON.parse(sessionStorage.getItem(skippedKey(user)) || "[]");

export const choose = user => Object.assign(state, { user, profile: null, taste: null, skipped: skippedBy(user) });

export const skip = (user, item, isSkipped) => {
  const others = skippedBy(user).filter(key => key !== String(item));
  const skipped = isSkipped ? [...others, String(item)].slice(-200) : others;
  sessionStorage.setItem(skippedKey(user), JSON.stringify(skipped));
  if (state.user === user) state.skipped = skipped;
};

// What comes late, for a user who is no longer looked at, is nobody's.
const read = async (name, address) => {
  const { user } = state;
  const answer = await get(address);
  if (state.user === user) state[name] = answer;
};
export const readProfile = () => read("profile", path`v1/users/${state.user}`);
export const readTaste = () => read("taste", `${path`v1/taste/${state.user}`}?limit=60`);

// So many items are remembered beside those that are being looked at.
const REMEMBERED = 500;

// A list of keys as the API takes it apart.
export const listed = keys => keys.map(key => String(key).replace(/[,\\]/g, "\\$&")).join(",");

// The items of these keys, in their order; those that are not known yet come in one request for a hundred.
export const readItems = async keys => {
  const wanted = keys.map(String);
  const missing = [...new Set(wanted)].filter(key => !state.items.has(key));
  for (let from = 0; from < missing.length; from += 100) {
    const ids = encodeURIComponent(listed(missing.slice(from, from + 100)));
    for (const item of (await get(`v1/items?ids=${ids}`)).items) state.items.set(String(item.item_id), item);
  }
  // What was asked for last is forgotten last.
  for (const key of wanted) {
    const item = state.items.get(key);
    if (item && state.items.delete(key)) state.items.set(key, item);
  }
  const kept = Math.max(REMEMBERED, new Set(wanted).size);
  for (const key of state.items.keys()) {
    if (state.items.size <= kept) break;
    state.items.delete(key);
  }
  return wanted.map(key => state.items.get(key)).filter(Boolean);
};
export const itemOf = key => state.items.get(String(key)) ?? null;

// What a user does. The server counts it in the same transaction in which it answers.
const user = () => (/^(0|[1-9]\d{0,14})$/.test(state.user) ? Number(state.user) : state.user);
export const record = (item, type) => send("POST", "v1/interactions", { user_id: user(), item_id: item, type });
export const view = item => event("user.interaction.view", { user_id: user(), sample_id: item });
export const history = async () => (await get(`${path`v1/users/${state.user}/interactions`}?limit=8`)).interactions;
export const setFollow = (creator, follows_) => send(follows_ ? "PUT" : "DELETE", path`v1/users/${state.user}/follows/${creator}`);
export const boards = async () => (await get(path`v1/users/${state.user}/boards`)).boards;
export const putBoard = (board, title) => send("PUT", path`v1/users/${state.user}/boards/${board}`, { title });
export const setOnBoard = (board, item, isOn) =>
  send(isOn ? "PUT" : "DELETE", path`v1/users/${state.user}/boards/${board}/items/${item}`);
