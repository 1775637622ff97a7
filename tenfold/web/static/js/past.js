/** The answers given at this page: taken back, given again, gone back to. */

import { get, post } from "./api.js";

const REMEMBERED = 200;
const WAITS = 20;

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

export class Past {
  #groups = [];
  #taken = [];

  /** `send(answers)` gives answers again; `project` is the name in addresses. */
  constructor({ project, outbox, queue, send }) {
    Object.assign(this, { project, outbox, queue, send });
  }

  /** Remember answers that were sent together. */
  add(answers, again = false) {
    this.#groups.push([...answers]);
    if (this.#groups.length > REMEMBERED) this.#groups.shift();
    if (!again) this.#taken = [];
  }

  latest(count) {
    return this.#groups.flat().slice(-count);
  }

  /**
   * Take the last answers back; their images are the next ones. Throws where some stand: those are
   * the last answers still, and the rest is taken back all the same.
   */
  async undo(ahead) {
    const group = this.#groups.pop();
    if (!group) return this.#undoEarlier(ahead);
    const left = [...group].sort((a, b) => this.outbox.tried(b.key) - this.outbox.tried(a.key));
    try {
      // Those that may be on the server go first: where one stands, none is dropped here.
      for (; left.length; left.shift()) {
        if (!this.outbox.withdraw(left[0].key)) await this.#takeBack(left[0]);
      }
    } catch (error) {
      this.#groups.push(left);
      this.#took(group.filter((answer) => !left.includes(answer)));
      throw error;
    }
    return this.#took(group);
  }

  /** Give the answers again that were taken back last. Returns whether there were any. */
  redo() {
    const group = this.#taken.pop();
    if (!group) return false;
    const held = group.filter(({ item }) => this.queue.items.some(({ sha256 }) => sha256 === item.sha256));
    if (held.length) this.send(held);
    return held.length > 0;
  }

  /** Go back to one image: its answer is taken back, the others stand. */
  async reopen(answer) {
    if (!this.outbox.withdraw(answer.key)) await this.#takeBack(answer);
    this.#groups = this.#groups.map((group) => group.filter((each) => each !== answer)).filter((group) => group.length);
    this.#taken = [[answer]];
    this.#open([answer]);
  }

  #took(answers) {
    if (!answers.length) return;
    this.#taken.push(answers);
    this.#open(answers);
  }

  #open(answers) {
    for (const { item, value } of answers) Object.assign(item, { restored: value, draft: false });
    this.queue.putBack(answers.map(({ item }) => item));
  }

  async #takeBack({ key }) {
    for (let tries = 0; tries < WAITS && !this.outbox.annotation(key); tries += 1) await pause(100);
    const stored = this.outbox.annotation(key);
    if (!stored) throw new Error("This answer may be on its way already. It can be taken back once the server answers.");
    const undone = await post(`/api/annotations/${stored.id}/undo`);
    if (!undone) throw new Error("The round is closed: this answer stands. A reviewer can correct it in the data view.");
  }

  /** After a reload: the last answer is the server's to tell. */
  async #undoEarlier(ahead) {
    const [last] = (await get(`/api/projects/${this.project}/mine?limit=1`)) ?? [];
    if (!last) throw new Error("There is nothing to take back.");
    const undone = await post(`/api/annotations/${last.id}/undo`);
    if (!undone) throw new Error("The round is closed: this answer stands.");
    await this.queue.fill(ahead);
    const item = this.queue.first(last.sha256);
    if (!item) return;
    Object.assign(item, { restored: last.value, draft: false, comment: last.comment });
    this.#taken.push([{ item, value: last.value, skip: last.skip, actions: last.actions }]);
  }
}
