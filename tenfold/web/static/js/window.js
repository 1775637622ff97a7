/**
 * A grid of thousands of cells of which only the rows on the screen, and a few beside them, are in
 * the document. The rows are moved by the compositor; a scroll never lays out more than it shows.
 */

const GAP = 8;
const NARROWEST = 164;
const BESIDE = 3;
/** Rows a frame from which cells wait until the scrolling slows down: nobody can see them. */
const FAST = 1.2;
const SETTLED = 90;
/** Milliseconds between two looks after which a jump is a jump, and no scrolling. */
const STILL = 200;

export class CellWindow {
  #rows = new Map();
  #frame = 0;
  #last = { top: 0, at: 0 };
  #settling = 0;

  /**
   * `make(index)` gives the element of a cell, `fill(element)` loads its picture, `near(index)` is told the
   * last cell that may soon be seen. `count()` says how many cells there are, `text` their height below the picture.
   */
  constructor({ place, make, fill, near, count, text = 62 }) {
    Object.assign(this, { place, make, fill, near, count, text });
    this.space = document.createElement("div");
    this.space.className = "cells-space";
    this.space.setAttribute("role", "presentation");
    place.append(this.space);
    place.addEventListener("scroll", () => this.#soon(), { passive: true });
    new ResizeObserver(() => this.measure()).observe(place);
  }

  #soon() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  measure() {
    const width = this.place.clientWidth - 2 * GAP;
    const columns = Math.max(2, Math.floor((width + GAP) / (NARROWEST + GAP)));
    const cell = Math.floor((width - (columns - 1) * GAP) / columns);
    const height = Math.round(cell * 0.75) + this.text;
    if (columns === this.columns && height === this.height) return this.#draw();
    const first = this.columns ? Math.floor(this.place.scrollTop / this.pitch) * this.columns : 0;
    Object.assign(this, { columns, cell, height, pitch: height + GAP });
    this.place.style.setProperty("--columns", columns);
    this.place.style.setProperty("--cell-height", `${height}px`);
    this.#clear();
    this.grown();
    this.place.scrollTop = Math.floor(first / columns) * this.pitch;
    return this.#draw();
  }

  #clear() {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
  }

  /** There are other cells now: begin anew at the top. */
  reset() {
    this.#clear();
    this.place.scrollTop = 0;
    this.grown();
  }

  /** There are more cells than before. */
  grown() {
    if (!this.columns) return;
    const rows = Math.ceil(this.count() / this.columns);
    this.space.style.height = `${rows * this.pitch + GAP}px`;
    const last = rows - 1;
    for (const [number, row] of this.#rows) {
      if (number >= last - 1 && row.built && row.childElementCount < Math.min(this.columns, this.count() - number * this.columns)) {
        row.remove();
        this.#rows.delete(number);
      }
    }
    this.#soon();
  }

  /** Make a cell anew, if it is there. */
  refresh(index) {
    const row = this.#rows.get(Math.floor(index / this.columns));
    const old = row?.children[index % this.columns];
    if (!old) return;
    const cell = this.make(index);
    old.replaceWith(cell);
    this.fill(cell);
  }

  element(index) {
    return this.#rows.get(Math.floor(index / this.columns))?.children[index % this.columns] ?? null;
  }

  /** Elements that are in the document, with their indices. */
  * shown() {
    for (const [number, row] of this.#rows) for (const [place, cell] of [...row.children].entries()) yield [number * this.columns + place, cell];
  }

  reveal(index) {
    const top = Math.floor(index / this.columns) * this.pitch;
    const { scrollTop, clientHeight } = this.place;
    if (top < scrollTop) this.place.scrollTop = top;
    else if (top + this.pitch + GAP > scrollTop + clientHeight) this.place.scrollTop = top + this.pitch + GAP - clientHeight;
    this.#draw();
  }

  get rowsOnScreen() {
    return Math.max(1, Math.floor(this.place.clientHeight / this.pitch));
  }

  #draw() {
    if (!this.columns) return;
    const { scrollTop, clientHeight } = this.place;
    const total = Math.ceil(this.count() / this.columns);
    const first = Math.max(0, Math.floor(scrollTop / this.pitch) - BESIDE);
    const end = Math.min(total, Math.ceil((scrollTop + clientHeight) / this.pitch) + BESIDE);
    for (const [number, row] of this.#rows) {
      if (number >= first && number < end) continue;
      for (const image of row.querySelectorAll("img")) image.removeAttribute("src"); // a load under way is given up
      row.remove();
      this.#rows.delete(number);
    }
    const wait = this.#isFast(scrollTop);
    for (let number = first; number < end; number += 1) {
      const row = this.#rows.get(number) ?? this.#make(number);
      if (!wait) this.#build(row);
    }
    this.near(end * this.columns);
  }

  #isFast(top) {
    const now = performance.now();
    const fast = now - this.#last.at < STILL && Math.abs(top - this.#last.top) > FAST * this.pitch;
    this.#last = { top, at: now };
    clearTimeout(this.#settling);
    if (fast) this.#settling = setTimeout(() => this.#rows.forEach((row) => this.#build(row)), SETTLED);
    return fast;
  }

  #make(number) {
    const row = document.createElement("div");
    row.className = "cells-row";
    row.setAttribute("role", "row");
    row.setAttribute("aria-rowindex", number + 1);
    row.style.transform = `translateY(${number * this.pitch + GAP}px)`;
    row.number = number;
    this.#rows.set(number, row);
    this.space.append(row);
    return row;
  }

  #build(row) {
    if (row.built) return;
    row.built = true;
    const from = row.number * this.columns;
    for (let index = from; index < Math.min(this.count(), from + this.columns); index += 1) {
      const cell = this.make(index);
      row.append(cell);
      this.fill(cell);
    }
  }
}
