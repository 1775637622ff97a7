/** A box that is being dragged from corner to corner: past the edge of the picture as well, however small. */

import { bounds, corners } from "./geometry.js";
import { drawnThrough, svg } from "./values.js";

export class BoxDrag {
  #from = null;
  #to = null;

  /** `place` holds on to the pointer; `lines` shows the box; `at(event)` gives the point in the picture, `color()` that of the box. */
  constructor({ place, lines, at, color }) {
    Object.assign(this, { place, at, color });
    this.drawing = svg("g");
    lines.after(this.drawing);
  }

  get going() {
    return this.#from !== null;
  }

  begin(event) {
    this.#from = this.at(event);
    this.pointer = event.pointerId;
    this.place.setPointerCapture(event.pointerId);
  }

  /** Draw it up to where the pointer is. */
  move(event) {
    this.#to = this.at(event);
    this.drawing.replaceChildren(...drawnThrough(corners(bounds([this.#from, this.#to])), this.color()));
  }

  /** The corners of what was dragged, null where it has no area; it is over then. */
  end(event) {
    this.#to = this.at(event);
    const box = bounds([this.#from, this.#to]);
    this.cancel();
    return box.maxX > box.minX && box.maxY > box.minY ? corners(box) : null;
  }

  cancel() {
    if (this.going && this.place.hasPointerCapture(this.pointer)) this.place.releasePointerCapture(this.pointer);
    this.#from = this.#to = null;
    this.drawing.replaceChildren();
  }
}
