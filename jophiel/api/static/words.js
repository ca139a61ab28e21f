// Scores in words: what the API says in figures, said as one would to a friend.

import { figure } from "./dom.js";

// Below this a contribution changes no place and would only make the sentence longer.
const LEAST = 0.005;

// As the engine folds terms: no case, no accents.
const fold = text => String(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

const texts = value =>
  typeof value === "string" ? [value] : value && typeof value === "object" ? Object.values(value).flatMap(texts) : [];

// What an item says about itself, by folded word: {melancolico: "melancólico"}.
const wordsOf = item => new Map([...item.tags, ...texts(item.metadata)].map(word => [fold(word), word]));

// How often each word is among these items. What all of them share explains none of them.
export const frequencies = items => {
  const found = { items: items.length, of: new Map() };
  for (const item of items)
    for (const word of wordsOf(item).keys()) found.of.set(word, (found.of.get(word) || 0) + 1);
  return found;
};

// The words of an item that the taste likes, those first that say most.
export const sharedTerms = (item, taste, frequency, most = 3) => {
  if (!item || !taste) return [];
  const words = wordsOf(item), found = new Map();
  for (const terms of Object.values(taste.terms)) {
    // What weighs little beside another term of its feature is not what is liked.
    const least = Math.max(0.01, Math.max(...Object.values(terms)) / 5);
    for (const [term, weight] of Object.entries(terms)) {
      const word = words.get(term);
      if (!word || weight < least) continue;
      const rare = Math.log((frequency.items + 1) / (frequency.of.get(term) || 1));
      found.set(word, Math.max(found.get(word) || 0, weight * rare));
    }
  }
  return [...found].sort((a, b) => b[1] - a[1]).slice(0, most).map(([word]) => word);
};

const sentence = (reason, terms, isCold) => {
  const because = terms.length ? `: ${terms.join(", ")}` : "";
  switch (reason.component) {
    case "similarity":
      if (reason.contribution < 0) return "unlike what you liked";
      return (isCold ? "close to your interests" : "similar to what you liked") + because;
    case "collaborative": return reason.contribution < 0 ? "not for people with your taste" : "liked by people with your taste";
    case "neighbours": return "goes with what you liked last";
    case "following": return "from a creator you follow";
    case "novelty": return reason.value >= 0.25 ? "new" : "recent";
    case "popularity": return "popular";
    case "category": return "popular among what interests you";
    case "penalty": return "you have dealt with it already";
    default: return reason.component;
  }
};

// The reasons that count, the greatest first: {component, contribution, text, figure}.
export const inWords = (reasons, terms, isCold) => {
  const ranked = [...reasons].sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
  return ranked.filter(reason => Math.abs(reason.contribution) >= LEAST).map(reason => ({
    ...reason, text: sentence(reason, terms, isCold), figure: figure(reason.contribution),
  }));
};

const NAMES = {
  similarity: "Similarity to your taste", collaborative: "People with your taste", neighbours: "Liked together",
  following: "Creator you follow", novelty: "Newness", popularity: "Popularity", category: "Popular in your interests", penalty: "Dealt with already",
};
export const componentName = component => NAMES[component] || component;

// emocion_es and genero are an application's own names: they are shown as they are, without the underscores.
export const featureName = feature => feature.replaceAll("_", " ");

// The terms of all features together, the clearest first; texts repeat what tags say, and come last.
export const clearest = (taste, most) => {
  const found = new Map();
  for (const [feature, terms] of Object.entries(taste.terms))
    for (const [term, weight] of Object.entries(terms)) {
      const known = found.get(term);
      if (!known || Math.abs(known.weight) < Math.abs(weight)) found.set(term, { feature, term, weight });
    }
  return [...found.values()].sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)).slice(0, most);
};
