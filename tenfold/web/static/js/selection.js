/** Which cells of a long list are selected: some of them, or all that the filter finds. */

export class Selection {
  #chosen = new Set();
  #from = 0;

  /** `told(indices)` is called with the cells whose look changed, or with null for all. */
  constructor(told) {
    this.told = told;
    this.all = false;
    this.current = 0;
  }

  has(index) {
    return this.all || this.#chosen.has(index);
  }

  get indices() {
    return [...this.#chosen].sort((a, b) => a - b);
  }

  get size() {
    return this.#chosen.size;
  }

  /** Select as a click does: alone, with Ctrl or the mark added or taken away, with Shift up to here. */
  click(index, { add = false, upTo = false } = {}) {
    const before = this.#touched();
    if (upTo) {
      const [low, high] = [Math.min(this.#from, index), Math.max(this.#from, index)];
      if (!add) this.#chosen.clear();
      for (let each = low; each <= high; each += 1) this.#chosen.add(each);
    } else if (add) {
      if (!this.#chosen.delete(index)) this.#chosen.add(index);
      this.#from = index;
    } else {
      this.#chosen = new Set([index]);
      this.#from = index;
    }
    this.#changed(before, index);
  }

  /** Put the cursor somewhere without selecting. */
  move(index) {
    const before = this.#touched();
    this.#from = index;
    this.#changed(before, index, false);
  }

  clear() {
    const before = this.#touched();
    this.#chosen.clear();
    this.#changed(before, this.current);
  }

  everything() {
    this.#chosen.clear();
    this.all = true;
    this.told(null);
  }

  reset() {
    Object.assign(this, { all: false, current: 0 });
    this.#chosen.clear();
    this.#from = 0;
    this.told([]);
  }

  #touched() {
    return this.all ? null : new Set([...this.#chosen, this.current]);
  }

  #changed(before, index, unselects = true) {
    const all = unselects && this.all;
    if (unselects) this.all = false;
    this.current = index;
    if (all || !before) return this.told(null);
    return this.told([...new Set([...before, ...this.#chosen, index])]);
  }
}
