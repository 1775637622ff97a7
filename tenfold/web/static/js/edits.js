/** What was done to the shapes of one image, step by step, to take it back and do it again. */

const TOGETHER = 700;

export class Edits {
  #done;
  #taken = [];
  #last = { what: null, at: 0 };

  constructor(begin) {
    this.#done = [begin];
  }

  get now() {
    return this.#done.at(-1);
  }

  get canUndo() {
    return this.#done.length > 1;
  }

  /** Keep a state. Steps of the same kind in quick succession, as of a held arrow key, are one. */
  keep(state, what = null) {
    if (JSON.stringify(state) === JSON.stringify(this.now)) return;
    const goesOn = what && what === this.#last.what && performance.now() - this.#last.at < TOGETHER;
    if (goesOn && this.canUndo) this.#done.pop();
    this.#done.push(state);
    this.#taken = [];
    this.#last = { what, at: performance.now() };
  }

  /** Change every state that is kept, as when classes are called otherwise. */
  each(change) {
    this.#done = this.#done.map(change);
    this.#taken = this.#taken.map(change);
  }

  /** The state before, or undefined. */
  undo() {
    if (!this.canUndo) return undefined;
    this.#taken.push(this.#done.pop());
    this.#last.what = null;
    return this.now;
  }

  redo() {
    const state = this.#taken.pop();
    if (state) this.#done.push(state);
    return state;
  }
}
