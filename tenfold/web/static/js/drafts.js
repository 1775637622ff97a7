/**
 * What is drawn or chosen on an image and not sent: kept in this browser, so that a reload, a crash
 * or a lease that ends loses nothing. It is there again when the image is shown to this person.
 */

import { Drawer } from "./drawer.js";

const PAUSE = 200;
/** Milliseconds after which nobody comes back to it: the image was somebody else's long ago. */
const OLD = 30 * 24 * 3600 * 1000;

export class Drafts {
  #drawer;
  #kept = new Map();
  #timer = null;

  /** `drawn()` gives what is there now, `[item, value]` for each image that somebody has begun. */
  constructor({ project_id, person }, drawn) {
    this.drawn = drawn;
    this.#drawer = new Drawer(`tenfold:${project_id}:${person}:draft:`, () => {});
    /** Resolves when what an earlier page left is here. */
    this.ready = this.#load();
    addEventListener("pagehide", () => this.#keep());
    document.addEventListener("visibilitychange", () => document.hidden && this.#keep());
  }

  async #load() {
    for (const draft of await this.#drawer.all()) {
      if (Date.now() - draft.at > OLD) this.#drawer.delete(draft.id);
      else this.#kept.set(draft.sha256, draft);
    }
  }

  /** Something may have changed. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), PAUSE);
  }

  #keep() {
    clearTimeout(this.#timer);
    for (const [{ sha256 }, value] of this.drawn()) {
      if (JSON.stringify(this.#kept.get(sha256)?.value) === JSON.stringify(value)) continue;
      const draft = { id: this.#drawer.prefix + sha256, sha256, value, at: Date.now() };
      this.#kept.set(sha256, draft);
      this.#drawer.put(draft);
    }
  }

  /** Whether something was begun on an image and not sent. */
  has({ sha256 }) {
    return this.#kept.has(sha256);
  }

  /** Give images what was begun on them; returns whether there was something. */
  restore(items) {
    const begun = items.filter(({ sha256 }) => this.#kept.has(sha256));
    for (const item of begun) Object.assign(item, { restored: this.#kept.get(item.sha256).value, draft: true });
    return begun.length > 0;
  }

  /** Images are answered. */
  drop(items) {
    for (const { sha256 } of items) {
      const draft = this.#kept.get(sha256);
      if (this.#kept.delete(sha256)) this.#drawer.delete(draft.id);
    }
  }
}
