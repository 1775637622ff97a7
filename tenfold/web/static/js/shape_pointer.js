/** What a pointer does to shapes: draws with the pen, marks what lies under it, lets a drag begin anew. */

const CLICK = 4;
/** A finger never stays quite where it is. */
const TAP = 10;
const HANDLES = ".a9s-handle, .a9s-edge-handle, .a9s-corner-handle, .a9s-touch-handle, [class*=midpoint]";

export class ShapePointer {
  #down = null;
  #clickedAt = null;

  /**
   * `canvas`, `pen` and `drag` are worked with, `around` is the place about the picture; `clicks()`
   * says whether boxes are drawn by clicks, `marked()` which shape is; `select(id)` marks one,
   * `begun()` is called when a box is being dragged and `dragged(points)` when it is there,
   * `settled(held)` after each stroke, with the shape that was moved or sized, `takeBack()` where a stroke that made a shape wasn't meant.
   */
  constructor({ canvas, pen, drag, around, clicks, marked, select, begun, dragged, settled, takeBack }) {
    Object.assign(this, { canvas, pen, drag, around, clicks, marked, select, begun, dragged, settled, takeBack });
    this.hearing = new AbortController();
    const hear = (place, name, heard, capture = true) => place.addEventListener(name, (event) => heard(event), { capture, signal: this.hearing.signal });
    hear(canvas.element, "pointerdown", (event) => this.#comes(event));
    hear(canvas.element, "pointermove", (event) => this.#moves(event));
    hear(canvas.element, "pointerup", (event) => this.#goes(event));
    hear(canvas.element, "pointercancel", () => this.#stop());
    hear(around, "pointerdown", (event) => this.#comesBeside(event), false);
  }

  /** Forget a stroke that has begun: it was the first of two fingers. */
  interrupt() {
    if (this.#down?.penned && this.pen.busy) this.pen.back();
    else if (this.#down?.penned) this.takeBack();
    this.#stop();
  }

  /** Let go of a box that is being dragged; returns whether there was one. */
  #stop() {
    const dragging = this.drag.going && this.#down?.moved;
    this.drag.cancel();
    this.#down = null;
    return Boolean(dragging);
  }

  escape() {
    return this.#stop();
  }

  leave() {
    this.gone = true;
    this.hearing.abort();
  }

  #comes(event) {
    // Only the first button draws; the others are the browser's, and the page's to move the picture.
    if (event.button !== 0) return event.stopPropagation();
    if (!event.isTrusted) return undefined;
    this.#down = { x: event.clientX, y: event.clientY, held: this.#held(event), penned: this.#penned(event) };
    if (this.#down.penned) return event.stopPropagation();
    return this.#drags(event) ? this.#begin(event) : undefined;
  }

  /** A box at the edge may be begun outside of the picture. */
  #comesBeside(event) {
    const { around, canvas } = this;
    const box = around.getBoundingClientRect();
    const bars = event.clientX >= box.x + around.clientWidth || event.clientY >= box.y + around.clientHeight;
    if (event.button !== 0 || !event.isTrusted || event.defaultPrevented || bars || event.composedPath().includes(canvas.element) || !canvas.boxes || this.clicks()) return;
    this.#down = { x: event.clientX, y: event.clientY, held: null, penned: false, beside: true };
    this.#begin(event);
  }

  /** Whether a pointer draws a box: not what is held, a selected shape or its handle. */
  #drags(event) {
    return this.canvas.boxes && !event.target.closest(`.a9s-annotation.selected, .a9s-shape-handle, ${HANDLES}`);
  }

  #begin(event) {
    event.stopPropagation();
    this.drag.begin(event);
  }

  #moves(event) {
    if (!this.drag.going || !this.#down) return;
    event.stopPropagation();
    if (!this.#down.moved && this.#isStill(event)) return;
    if (!this.#down.moved) this.begun();
    this.#down.moved = true;
    this.drag.move(event);
  }

  #isStill(event) {
    return Math.hypot(event.clientX - this.#down.x, event.clientY - this.#down.y) < (event.pointerType === "touch" ? TAP : CLICK);
  }

  #goes(event) {
    const begun = this.#down;
    if (!begun) return event.button > 0 ? event.stopPropagation() : undefined;
    const still = !begun.moved && this.#isStill(event);
    const dragged = this.drag.going;
    if (dragged || begun.penned) event.stopPropagation();
    const points = dragged && !still ? this.drag.end(event) : null;
    this.drag.cancel();
    this.#down = null;
    if (begun.penned) return undefined;
    if (dragged && still) this.canvas.unselect();
    if (still && !begun.beside && !event.target.closest(HANDLES)) this.#clicked(event);
    if (points) return this.dragged(points);
    return setTimeout(() => this.#released(still ? null : begun.held), 0);
  }

  /** The shape that a pointer takes hold of. */
  #held(event) {
    return event.target.closest(`.a9s-annotation.selected, ${HANDLES}`) ? this.canvas.selected : null;
  }

  /** Annotorious takes a quick drag for a click beside the shape, and lets go of it. */
  #released(held) {
    if (this.gone) return;
    if (held && !this.canvas.selected && this.canvas.find(held)) this.select(held);
    this.settled(held);
  }

  /** Whether the pen took this pointer: it draws, or begins to. */
  #penned(event) {
    const { boxes } = this.canvas;
    const drawing = boxes ? this.clicks() : this.pen.busy;
    if (!drawing && (boxes || event.target.closest(HANDLES) || (this.canvas.under(event).length && !event.shiftKey))) return false;
    if (!this.pen.busy) this.canvas.unselect();
    event.preventDefault();
    this.pen.add(event);
    return true;
  }

  /** A click marks the smallest shape under it; again at the same place, the next larger one. */
  #clicked(event) {
    const hits = this.canvas.under(event);
    const selected = this.canvas.selected ?? this.marked();
    if (!hits.length) return;
    const again = this.#clickedAt && Math.hypot(event.clientX - this.#clickedAt.x, event.clientY - this.#clickedAt.y) < CLICK;
    const next = again && hits.includes(selected) ? hits[(hits.indexOf(selected) + 1) % hits.length] : hits[0];
    this.#clickedAt = { x: event.clientX, y: event.clientY };
    setTimeout(() => this.gone || this.select(next), 0);
  }
}
