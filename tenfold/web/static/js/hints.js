/** The keys of the images in a grid: a letter each; where there are more images than letters, the last ones have two. */

/** Without those that are keys of the page: C, G, I, S, X and Z. */
const LETTERS = [..."abdefhjklmnopqrtuvwy"];

/** So many hints of which none begins with another: as many of one letter as can be, and those first. */
export function hintsFor(count) {
  const begin = Math.max(0, Math.ceil((count - LETTERS.length) / (LETTERS.length - 1)));
  const alone = LETTERS.slice(0, LETTERS.length - begin);
  const pairs = LETTERS.slice(alone.length).flatMap((first) => LETTERS.map((second) => first + second));
  return [...alone, ...pairs].slice(0, count);
}

/** What is typed of hints. */
export class Hints {
  /** The first letter of a hint that has two, until its second comes. */
  begun = "";

  /** `changed()` is called when the first letter of two was typed, or is forgotten. */
  constructor(all, changed) {
    Object.assign(this, { all, changed });
  }

  /** Rows of the sheet of keys; `text` says what a hint does. */
  rows(text) {
    const range = (hints) => [...new Set([hints[0], hints.at(-1)])].join(" … ").toUpperCase();
    const [alone, pairs] = [1, 2].map((length) => this.all.filter((hint) => hint.length === length));
    const more = pairs.length ? [[range(pairs), "the same, with two letters one after the other; Escape forgets the first"]] : [];
    return alone.length ? [[range(alone), text], ...more] : [];
  }

  /** The place of the hint that a key completes; -1 where it only begins one; null where it is none's. */
  type({ key, ctrlKey, metaKey, repeat }) {
    const letter = key.toLowerCase();
    if (ctrlKey || metaKey || !LETTERS.includes(letter)) return null;
    if (repeat) return -1;
    const typed = this.begun + letter;
    const place = this.all.indexOf(typed);
    const begins = this.all.some((hint) => hint.startsWith(typed));
    if (place < 0 && !begins && !this.begun) return null;
    this.#begin(place < 0 && begins ? typed : "");
    return place;
  }

  /** Forget the first letter; returns whether there was one. */
  forget() {
    const there = Boolean(this.begun);
    this.#begin("");
    return there;
  }

  #begin(typed) {
    if (typed === this.begun) return;
    this.begun = typed;
    this.changed();
  }
}
