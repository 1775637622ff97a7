/**
 * The outbox: an answer is written to this browser before anything else, sent at once, and
 * forgotten only when the server says that it is stored. Closing the page loses nothing.
 */

import { ApiError, OfflineError, post } from "./api.js";

const AT_ONCE = 50;
const PAUSES = [1, 2, 4, 8, 15];

export class Outbox {
  #prefix;
  #url;
  #inFlight = new Set();
  #tried = new Set();
  #acknowledged = new Map();
  #sending = false;
  #failures = 0;
  #timer = null;
  #order = 0;

  /** `told(state)` is called at every change; state is `ok`, `offline`, `trouble` or `signed out`. */
  constructor({ project, project_id, person }, told) {
    this.#prefix = `tenfold:${project_id}:${person}:`;
    this.#url = `/api/projects/${project}/answers/batch`;
    this.told = told;
    this.state = "ok";
    addEventListener("online", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => document.hidden || this.#soon(0));
    addEventListener("storage", (event) => event.key?.startsWith(this.#prefix) && this.told(this.state));
    this.#soon(0);
  }

  #keys(kind) {
    const start = `${this.#prefix}${kind}:`;
    return Object.keys(localStorage).filter((name) => name.startsWith(start)).sort();
  }

  #read(kind) {
    return this.#keys(kind).map((name) => [name, JSON.parse(localStorage.getItem(name))]);
  }

  /** Answers that the server has not acknowledged, in their order. */
  pending() {
    return this.#read("answer").map(([, answer]) => answer);
  }

  get count() {
    return this.#keys("answer").length;
  }

  /** Answers that the server refused, each with its reason. */
  refused() {
    return this.#read("refused").map(([, entry]) => entry);
  }

  add(answer) {
    const order = `${Date.now()}`.padStart(15, "0") + `${this.#order++ % 1000}`.padStart(3, "0");
    localStorage.setItem(`${this.#prefix}answer:${order}:${answer.key}`, JSON.stringify(answer));
    this.told(this.state);
    this.#soon(0);
  }

  #name(key) {
    return this.#keys("answer").find((name) => name.endsWith(`:${key}`));
  }

  /** Take an answer back that was never sent. Returns whether that was so. */
  withdraw(key) {
    const name = this.#name(key);
    if (!name || this.#tried.has(key)) return false;
    localStorage.removeItem(name);
    this.told(this.state);
    return true;
  }

  /** The annotation that an answer became; null while the server has not acknowledged it. */
  annotation(key) {
    return this.#acknowledged.get(key) ?? null;
  }

  sendRefusedAgain() {
    for (const [name, entry] of this.#read("refused")) {
      localStorage.removeItem(name);
      this.add(entry.answer);
    }
  }

  dropRefused() {
    for (const name of this.#keys("refused")) localStorage.removeItem(name);
    this.told(this.state);
  }

  #soon(seconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#pump(), seconds * 1000);
  }

  async #pump() {
    if (this.#sending) return;
    this.#sending = true;
    try {
      for (let batch = this.pending().slice(0, AT_ONCE); batch.length; batch = this.pending().slice(0, AT_ONCE)) {
        await this.#send(batch);
        this.#failures = 0;
        this.#say("ok");
      }
      if (this.state !== "ok" && !this.count) this.#say(this.state);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#sending = false;
      if (this.count && this.state === "ok") this.#soon(0);
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
  }

  #settle(batch, { key, annotation, error }) {
    const name = this.#name(key);
    const answer = batch.find((each) => each.key === key);
    if (error) {
      localStorage.setItem(`${this.#prefix}refused:${Date.now()}:${key}`, JSON.stringify({ answer, error }));
    } else {
      this.#acknowledged.set(key, annotation);
    }
    if (name) localStorage.removeItem(name);
  }

  #failed(error) {
    const pause = PAUSES[Math.min(this.#failures++, PAUSES.length - 1)];
    if (error instanceof OfflineError) this.#say("offline");
    else if (error.status === 401 || error.status === 403) this.#say("signed out");
    else this.#say("trouble");
    this.#soon(pause);
  }

  #say(state) {
    this.state = state;
    this.told(state);
  }

  /** The server answered something else: whatever waits may go now. */
  reached() {
    if (this.state !== "offline") return;
    if (this.count) this.#soon(0);
    else this.#say("ok");
  }

  /** Something else found the server gone. */
  lost() {
    if (this.state === "ok") this.#say("offline");
  }
}
