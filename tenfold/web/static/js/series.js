/** Images that a reviewer looks at one after the other: loaded a page at a time, with a strip of those around. */

import { toast } from "./page.js";

const byId = (id) => document.getElementById(id);
const AHEAD = 20;
const BEFORE = 6;
const SHOWN = 24;
const SOON = 3;

export class Series {
  #more = "";
  #loading = null;

  /**
   * `load(more)` fetches `{ items, more }`, from where the page before ended, null at the end; `show(item)` shows
   * one, `last(item)` is told when there is none after it, `frame(item)` gives its place in the strip:
   * `{ src, text, name, done }`.
   */
  constructor({ load, show, last = () => {}, frame }) {
    Object.assign(this, { load, show, last, frame, items: [], at: 0 });
    byId("next").addEventListener("click", () => this.step(1));
    byId("previous").addEventListener("click", () => this.step(-1));
  }

  get item() {
    return this.items[this.at];
  }

  /** Those whose pictures are wanted next. */
  get coming() {
    return this.items.slice(this.at + 1, this.at + 1 + SOON);
  }

  step(by) {
    return this.go(this.at + by);
  }

  go(to) {
    return this.#go(to).catch((error) => toast(error.message));
  }

  async #go(to) {
    const { items } = this;
    this.at = Math.max(0, Math.min(to, items.length));
    if (this.at + AHEAD >= items.length) {
      const coming = this.#load().then(() => this.draw());
      if (this.at >= items.length) await coming;
      else coming.catch((error) => toast(error.message));
    }
    byId("work").hidden = !items.length;
    byId("nothing").hidden = items.length > 0;
    if (!items.length) return undefined;
    const past = !this.item;
    if (past) this.at = items.length - 1, toast("That was the last one.");
    this.draw();
    return past ? this.last(this.item) : this.show(this.item);
  }

  #load() {
    if (this.#more === null) return Promise.resolve();
    this.#loading ??= this.load(this.#more).then(({ items, more }) => {
      this.items.push(...items);
      this.#more = more;
    }).finally(() => (this.#loading = null));
    return this.#loading;
  }

  draw() {
    const from = Math.max(0, this.at - BEFORE);
    byId("strip").replaceChildren(...this.items.slice(from, from + SHOWN).map((item, place) => this.#frame(item, from + place)));
  }

  #frame(item, index) {
    const { src, text, name = text, done } = this.frame(item);
    const current = index === this.at;
    const button = Object.assign(document.createElement("button"), { type: "button", className: `frame ${current ? "current" : ""} ${done ? "done" : ""}` });
    button.setAttribute("aria-label", name);
    if (current) button.setAttribute("aria-current", "true");
    button.append(Object.assign(document.createElement("img"), { src, alt: "" }), Object.assign(document.createElement("span"), { className: "frame-text", textContent: text }));
    button.addEventListener("click", () => this.go(index));
    return button;
  }
}
