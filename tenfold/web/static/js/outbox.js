/**
 * The outbox: an answer is kept in this browser before anything else, sent at once, and forgotten
 * only when the server says that it is stored. Closing the page loses nothing; a key of its own
 * makes each answer count once, however often it is sent.
 */

import { ApiError, OfflineError, post } from "./api.js";
import { Drawer } from "./drawer.js";

const AT_ONCE = 50;
const PAUSES = [1, 2, 4, 8, 15];
/** Milliseconds after which an answer of another tab is taken for left behind. */
const LEFT_BEHIND = 10_000;

export class Outbox {
  #url;
  #drawer;
  #entries = new Map();
  #own = new Set();
  #tried = new Set();
  #acknowledged = new Map();
  #writing = 0;
  #sending = false;
  #failures = 0;
  #timer = null;
  #order = 0;

  /** `told(state)` is called at every change; state is `ok`, `offline`, `trouble` or `signed out`. */
  constructor({ project, project_id, person }, told) {
    this.prefix = `tenfold:${project_id}:${person}:`;
    this.#url = `/api/projects/${project}/answers/batch?person=${person}`;
    this.told = told;
    /** Called with the version of the list of classes that comes with each reply. */
    this.heard = null;
    this.state = "ok";
    this.#drawer = new Drawer(`${this.prefix}kept:`, () => this.#load());
    addEventListener("online", () => this.#soon(0));
    addEventListener("pageshow", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => document.hidden || this.#soon(0));
    /** Resolves when what an earlier page left is here. */
    this.ready = this.#load(true).then(() => this.#adopt()).finally(() => this.#soon(0));
  }

  async #load(first = false) {
    const kept = await this.#drawer.all();
    if (this.#writing && !first) return;
    for (const key of [...this.#entries.keys()]) if (!first && !kept.some((entry) => entry.key === key)) this.#entries.delete(key);
    for (const entry of kept) {
      this.#entries.set(entry.key, entry);
      if (first) this.#own.add(entry.key);
    }
    this.told(this.state);
  }

  /** Take over what an older version of the page kept. */
  #adopt() {
    for (const kind of ["answer", "refused"]) {
      for (const name of Object.keys(localStorage).filter((each) => each.startsWith(`${this.prefix}${kind}:`)).sort()) {
        const found = JSON.parse(localStorage.getItem(name));
        const { answer, error = null } = kind === "answer" ? { answer: found } : found;
        this.#keep({ answer, error }).then(() => localStorage.removeItem(name));
      }
    }
  }

  #all(refused) {
    return [...this.#entries.values()].filter((entry) => Boolean(entry.error) === refused).sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** Answers that the server has not acknowledged, in their order. */
  pending() {
    return this.#all(false).map(({ answer }) => answer);
  }

  get count() {
    return this.#all(false).length;
  }

  /** Answers that the server refused, each with its reason. */
  refused() {
    return this.#all(true);
  }

  add(answer) {
    this.#keep({ answer, error: null });
    this.told(this.state);
    this.#soon(0);
  }

  async #keep({ answer, error }) {
    const { key } = answer;
    const at = Date.now();
    const order = `${at}`.padStart(15, "0") + `${this.#order++ % 1000}`.padStart(3, "0");
    const id = this.#entries.get(key)?.id ?? `${this.#drawer.prefix}${order}:${key}`;
    this.#entries.set(key, { id, key, at, answer, error });
    this.#own.add(key);
    await this.#written(this.#drawer.put(this.#entries.get(key)));
  }

  #forget(key) {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry) this.#written(this.#drawer.delete(entry.id));
  }

  /** While something is written, what is here is newer than what is kept. */
  async #written(writing) {
    this.#writing += 1;
    await writing.finally(() => (this.#writing -= 1));
  }

  /** Take an answer back that was never sent. Returns whether that was so. */
  withdraw(key) {
    if (!this.#entries.has(key) || this.#tried.has(key)) return false;
    this.#forget(key);
    this.told(this.state);
    return true;
  }

  /** Whether an answer may have reached the server. */
  tried(key) {
    return this.#tried.has(key);
  }

  /** The annotation that an answer became; null while the server has not acknowledged it. */
  annotation(key) {
    return this.#acknowledged.get(key) ?? null;
  }

  sendRefusedAgain() {
    for (const { answer } of this.refused()) this.add(answer);
  }

  dropRefused() {
    for (const { key } of this.refused()) this.#forget(key);
    this.told(this.state);
  }

  #soon(seconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pump(), seconds * 1000);
  }

  #batch() {
    const due = this.#all(false).filter(({ key, at }) => this.#own.has(key) || Date.now() - at > LEFT_BEHIND);
    return due.slice(0, AT_ONCE).map(({ answer }) => answer);
  }

  async #pump() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let batch = this.#batch(); batch.length; batch = this.#batch()) {
        await this.#send(batch);
        this.#failures = 0;
        this.#say("ok");
      }
      if (this.state !== "ok" && !this.count) this.#say(this.state);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#sending = false;
      if (this.#batch().length && this.state === "ok") this.#soon(0);
      else if (this.count && this.state === "ok") this.#soon(LEFT_BEHIND / 1000);
    }
  }

  async #send(batch) {
    for (const answer of batch) this.#tried.add(answer.key);
    let outcomes;
    try {
      outcomes = await post(this.#url, batch);
    } catch (error) {
      if (!(error instanceof ApiError) || ![400, 404, 409, 422].includes(error.status)) throw error;
      if (batch.length > 1) {
        for (const answer of batch) await this.#send([answer]);
        return;
      }
      outcomes = [{ key: batch[0].key, annotation: null, error: error.message }];
    }
    for (const outcome of outcomes) this.#settle(batch, outcome);
    this.heard?.(Math.max(...outcomes.map((outcome) => outcome.classes_version ?? 0)));
  }

  #settle(batch, { key, annotation, error }) {
    const answer = batch.find((each) => each.key === key);
    if (error) return this.#keep({ answer, error });
    this.#acknowledged.set(key, annotation);
    return this.#forget(key);
  }

  #failed(error) {
    const pause = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)];
    this.lost(error, true);
    this.#soon(pause);
  }

  #say(state) {
    this.state = state;
    this.told(state);
  }

  /** The server answered something else: whatever waits may go now. */
  reached() {
    if (this.state === "ok") return;
    if (this.count) this.#soon(0);
    else this.#say("ok");
  }

  /** A call found the server gone, or the person signed out. */
  lost(error, always = false) {
    if (this.state !== "ok" && !always) return;
    if (error instanceof OfflineError) this.#say("offline");
    else if (error.status === 401 || error.status === 403) this.#say("signed out");
    else this.#say("trouble");
  }
}
