/**
 * What is drawn or chosen on an image and not sent: kept in this browser, so that a reload, a crash
 * or a lease that ends loses nothing, and a little later by the server, so that its person finds it
 * on another device. It is there again when the image is shown to them.
 */

import { OfflineError, call } from "./api.js";
import { Drawer } from "./drawer.js";
import { sameValue } from "./values.js";

const PAUSE = 200;
/** Milliseconds of work after which the server is told of it. */
const TOLD_AFTER = 1500;
const AGAIN_AFTER = 15_000;
/** Milliseconds after which nobody comes back to it: the image was somebody else's long ago. */
const OLD = 30 * 24 * 3600 * 1000;
/** Bytes that a browser still sends of a page that is left. */
const LAST_WORDS = 60_000;
const AT_ONCE = 200;

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class Drafts {
  #drawer;
  #url;
  #under;
  #kept = new Map();
  #timer = null;
  #telling = null;

  /**
   * `drawn()` gives what is there now, `[item, value, unfinished]` for each image that somebody has
   * begun: the corners of an outline that isn't closed are kept in this browser alone;
   * `under(value)` the list of classes that a value is given under.
   */
  constructor({ project, project_id, person }, { drawn, under }) {
    this.drawn = drawn;
    this.#under = under;
    this.#url = `/api/projects/${project}/drafts?person=${person}`;
    this.#drawer = new Drawer(`tenfold:${project_id}:${person}:draft:`, () => {});
    /** Resolves when what an earlier page left is here. */
    this.ready = this.#load();
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => document.hidden && this.#leave());
  }

  async #load() {
    for (const draft of await this.#drawer.all()) {
      if (Date.now() - draft.at > OLD) this.#drawer.delete(draft.id);
      else this.#kept.set(draft.sha256, draft);
    }
    this.#tellIn(TOLD_AFTER);
  }

  /** Something may have changed. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), PAUSE);
  }

  #keep() {
    clearTimeout(this.#timer);
    for (const [{ sha256, round_id }, value, unfinished = null] of this.drawn()) {
      const before = this.#kept.get(sha256);
      if (!value && !before) continue;
      // What was taken back is kept as such, so that what the server was told before doesn't come back.
      const told = !value || (same(before?.value, value) && before.told);
      if (same([before?.value, before?.unfinished ?? null], [value, unfinished])) continue;
      this.#put({ sha256, round_id, value, unfinished, at: Date.now(), known: before?.known ?? null, told });
      this.#tellIn(TOLD_AFTER);
    }
  }

  /** `told`: whether the server has it; `known`: when the latest that is known of was kept there. */
  #put(draft) {
    const record = { id: this.#drawer.prefix + draft.sha256, ...draft };
    this.#kept.set(draft.sha256, record);
    this.#drawer.put(record);
  }

  /* The server, for the person's other devices */

  #tellIn(pause) {
    this.#telling ??= setTimeout(() => this.#tell(), pause);
  }

  async #tell(leaving = false) {
    clearTimeout(this.#telling);
    this.#telling = null;
    const news = [...this.#kept.values()].filter(({ told, round_id }) => round_id && !told).slice(0, AT_ONCE);
    if (!news.length) return;
    const body = news.map(({ round_id, sha256, value }) => ({ round_id, sha256, value, classes_version: this.#under(value) }));
    const keepalive = leaving && new Blob([JSON.stringify(body)]).size < LAST_WORDS;
    try {
      const { at } = await call("POST", this.#url, body, { keepalive });
      this.#told(news, at);
    } catch (error) {
      // What is refused is no use there; here it is kept all the same.
      if (error instanceof OfflineError || error.status === 401) this.#tellIn(AGAIN_AFTER);
      else this.#told(news, null);
    }
  }

  #told(news, at) {
    for (const draft of news) {
      const now = this.#kept.get(draft.sha256);
      if (!now) continue;
      this.#put({ ...now, told: now === draft || !now.value, known: at ?? now.known });
    }
    this.#tellIn(TOLD_AFTER);
  }

  #leave() {
    this.#keep();
    this.#tell(true);
  }

  /** Take over what the person has begun on another device, where that is later than what is here. */
  #hear(item) {
    const { sha256, round_id, begun } = item;
    delete item.begun;
    const here = this.#kept.get(sha256);
    const at = Date.parse(begun.at);
    const later = here?.told ? at > Date.parse(here.known) : at > here?.at;
    if (!here || (later && begun.at !== here.known)) this.#put({ sha256, round_id, value: begun.value, unfinished: sameValue(here?.value, begun.value) ? here.unfinished : null, at, known: begun.at, told: true });
  }

  /* The page */

  /** Whether something was begun on an image and not sent. */
  has({ sha256, begun }) {
    return Boolean(begun ?? this.#kept.get(sha256)?.value);
  }

  /** Give images what was begun on them; returns whether there was something. */
  restore(items) {
    for (const item of items) if (item.begun) this.#hear(item);
    const begun = items.filter(({ sha256 }) => this.#kept.get(sha256)?.value);
    for (const item of begun) {
      const { value, unfinished } = this.#kept.get(item.sha256);
      Object.assign(item, { restored: value, unfinished, draft: true });
    }
    return begun.length > 0;
  }

  /** Images are answered. */
  drop(items) {
    for (const item of items) {
      delete item.begun;
      delete item.unfinished;
      const draft = this.#kept.get(item.sha256);
      if (this.#kept.delete(item.sha256)) this.#drawer.delete(draft.id);
    }
  }
}
