/** What a pointer does to shapes: draws with the pen, marks what lies under it, lets a drag begin anew. */

const CLICK = 4;
/** A finger never stays quite where it is. */
const TAP = 10;
const HANDLES = ".a9s-handle, .a9s-edge-handle, .a9s-corner-handle, .a9s-touch-handle, [class*=midpoint]";

export class ShapePointer {
  #down = null;
  #clickedAt = null;

  /**
   * `canvas` and `pen` are worked with; `clicks()` says whether boxes are drawn by clicks,
   * `marked()` which shape is; `select(id)` marks one, `settled()` is called after each stroke,
   * `takeBack()` where a stroke that made a shape wasn't meant.
   */
  constructor({ canvas, pen, clicks, marked, select, settled, takeBack }) {
    Object.assign(this, { canvas, pen, clicks, marked, select, settled, takeBack });
    canvas.element.addEventListener("pointerdown", (event) => this.#comes(event), true);
    canvas.element.addEventListener("pointerup", (event) => this.#goes(event), true);
  }

  /** Forget a stroke that has begun: it was the first of two fingers. */
  interrupt() {
    if (this.#down?.penned && this.pen.busy) this.pen.back();
    else if (this.#down?.penned) this.takeBack();
    this.#down = null;
  }

  leave() {
    this.gone = true;
  }

  #comes(event) {
    const plain = event.button === 0 && event.isTrusted;
    if (plain) this.#down = { x: event.clientX, y: event.clientY, held: this.#held(event), penned: this.#penned(event) };
    if (this.#down?.penned) event.stopPropagation();
    else if (plain) this.#drawThroughSelection(event);
  }

  #goes(event) {
    const begun = this.#down;
    this.#down = null;
    if (!begun) return undefined;
    if (begun.penned) return event.stopPropagation();
    const still = Math.hypot(event.clientX - begun.x, event.clientY - begun.y) < (event.pointerType === "touch" ? TAP : CLICK);
    if (still && !event.target.closest(HANDLES)) this.#clicked(event);
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
    this.settled();
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

  /** A drag that begins beside the selected shape draws a new one, without a click to let go first. */
  #drawThroughSelection(event) {
    if (!this.canvas.boxes || !this.canvas.selected) return;
    if (event.target.closest(`.a9s-annotation.selected, .a9s-shape-handle, ${HANDLES}`)) return;
    const layer = this.canvas.element.querySelector("svg.a9s-annotationlayer");
    this.canvas.unselect();
    const again = new PointerEvent("pointerdown", event);
    setTimeout(() => layer.dispatchEvent(again), 0);
  }
}
