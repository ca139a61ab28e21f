// Problems, where they are seen: title, detail, hint, and the id that leads to the server's log.

import { h, $, button } from "./dom.js";
import { Problem } from "./api.js";

let unauthenticated = () => {};
export const onUnauthenticated = handler => { unauthenticated = handler; };

export const problemBox = (problem, isTriedAgain = false) => h("div", { class: "problem" },
  h("strong", {}, problem.title || "Something went wrong"),
  h("p", {}, problem.detail || problem.message),
  problem.hint && h("p", {}, problem.hint),
  isTriedAgain && h("p", {}, "Trying again every five seconds …"),
  problem.request && h("p", { class: "quiet" }, "Request ", h("code", {}, problem.request)));

// `from`: what it was that failed. A feed that could be read again does not take away what is said of an action.
export const show = (error, from = "action", isTriedAgain = false) => {
  const problem = error instanceof Problem ? error : new Problem({ title: "The page has a fault", detail: String(error) });
  if (!(error instanceof Problem)) console.error(error);
  const box = $("#problems");
  box.dataset.from = from;
  box.replaceChildren(problemBox(problem, isTriedAgain), button("Dismiss", () => box.replaceChildren(), { class: "quiet-button" }));
  if (problem.status === 401) unauthenticated(problem);
};

let views = 0;
// Without a name: everything, as another view begins.
export const clear = from => {
  if (!from) views += 1;
  const box = $("#problems");
  if (!from || box.dataset.from === from) box.replaceChildren();
};

// Does something of which the outcome is seen either way; returns whether it succeeded. What could not be read stays said, and so does
// everything of another view than that of the action.
export const shown = async act => {
  const view = views;
  try {
    await act();
    if (view === views) clear("action");
    return true;
  } catch (error) {
    show(error);
    return false;
  }
};
