/** The images that this person holds: leased ahead, loaded ahead, renewed while at work. */

import { OfflineError, post, postLast } from "./api.js";

const LOADED_AHEAD = 12;

export class Queue {
  #url;
  #filling = null;
  #pictures = new Map();
  /** The latest end of a lease that this page knows of. */
  #until = null;

  /** `keep` holds what is needed to go on after a reload while the server is down. */
  constructor(start, outbox, keep) {
    this.keep = keep;
    this.#url = `/api/projects/${start.project}`;
    this.outbox = outbox;
    this.items = [];
    this.round = null;
    this.remaining = 0;
    this.classesVersion = start.classes_version;
    setInterval(() => this.#renew(), Math.max(5, start.lease_seconds / 3) * 1000);
  }

  /** Hold up to `count` unanswered images. Returns whether the server could be asked. */
  async fill(count) {
    this.#filling ??= this.#fill(count).finally(() => (this.#filling = null));
    return this.#filling;
  }

  async #fill(count) {
    await this.outbox.ready;
    const before = this.outbox.pending();
    let lease;
    try {
      lease = await post(`${this.#url}/lease`, { count: Math.min(200, count + before.length) });
    } catch (error) {
      if (!(error instanceof OfflineError) && error.status !== 401) throw error;
      this.outbox.lost(error);
      if (error instanceof OfflineError && !this.items.length) await this.#restore();
      return false;
    }
    this.outbox.reached();
    this.#take(lease, new Set([...before, ...this.outbox.pending()].map((answer) => answer.sha256)));
    return true;
  }

  /** After a reload without a server: what was held before, without what was answered since. */
  async #restore() {
    const held = await this.keep.held();
    const answered = new Set(this.outbox.pending().map((answer) => answer.sha256));
    this.items = held.filter((item) => !answered.has(item.sha256));
  }

  #take(lease, answered) {
    const offered = lease.items.filter((item) => !answered.has(item.sha256));
    for (const item of offered) if (item.returned) item.restored = item.returned.value;
    const held = new Map(offered.map((item) => [item.sha256, item]));
    const kept = this.items.filter((item) => held.has(item.sha256) || item.shown);
    for (const item of kept) if (!item.shown) item.begun = held.get(item.sha256).begun;
    const known = new Set(kept.map((item) => item.sha256));
    this.items = [...kept, ...offered.filter((item) => !known.has(item.sha256))];
    for (const item of lease.items) this.#heldUntil(item.leased_until);
    this.round = lease.round;
    this.remaining = Math.max(0, lease.remaining - answered.size);
    this.classesVersion = lease.classes_version;
    this.keep.items(this.items);
  }

  remove(items) {
    const gone = new Set(items.map((item) => item.sha256));
    this.items = this.items.filter((item) => !gone.has(item.sha256));
    this.remaining = Math.max(0, this.remaining - items.length);
    this.keep.items(this.items);
  }

  putBack(items) {
    const back = new Set(items.map((item) => item.sha256));
    this.items = [...items, ...this.items.filter((item) => !back.has(item.sha256))];
    this.remaining += items.length;
    this.keep.items(this.items);
  }

  first(sha256) {
    const found = this.items.find((item) => item.sha256 === sha256);
    if (found) this.items = [found, ...this.items.filter((item) => item !== found)];
    return found;
  }

  /** A loaded picture of an item; loading is begun where it was not. */
  picture(item, size = "screen") {
    const url = item.urls[size];
    if (!this.#pictures.has(url)) {
      const image = new Image();
      image.decoding = "async";
      image.src = url;
      const ready = image.decode().catch(() => {
        this.#pictures.delete(url);
        throw new Error("The picture can’t be loaded.");
      });
      ready.catch(() => {});
      this.#pictures.set(url, { image, ready });
    }
    return this.#pictures.get(url);
  }

  loadAhead(size, count = LOADED_AHEAD) {
    const wanted = this.items.slice(0, count);
    for (const item of wanted) this.picture(item, size);
    Promise.allSettled(wanted.map((item) => this.picture(item, size).ready)).then(() => this.keep.pictures(wanted.map(({ urls }) => urls[size])));
    const keep = new Set(wanted.map((item) => item.urls[size]));
    for (const url of this.#pictures.keys()) {
      if (this.#pictures.size > 4 * count && !keep.has(url)) this.#pictures.delete(url);
    }
  }

  async #renew() {
    if (document.hidden || !this.items.length) return;
    const shas = this.items.map((item) => item.sha256);
    const renewed = await post(`${this.#url}/renew`, { shas }).catch(() => null);
    if (!renewed) return;
    this.#heldUntil(renewed.until);
    this.outbox.reached();
  }

  #heldUntil(moment) {
    if (!this.#until || Date.parse(moment) >= Date.parse(this.#until)) this.#until = moment;
  }

  /**
   * The page is left: others may have the images at once, but for those that `begun(item)` says
   * something waits for. What the next page has leased by the time that this arrives is newer.
   */
  release(begun) {
    const shas = this.items.filter((item) => !begun(item)).map((item) => item.sha256);
    if (shas.length) postLast(`${this.#url}/release`, { shas, until: this.#until });
  }
}
