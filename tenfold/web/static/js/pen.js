/** Clicks that become a shape: the four extreme points of a box, or the corners of an outline. */

import { bounds, corners } from "./geometry.js";
import { svg } from "./values.js";

const CLOSES = 10;

export class Pen {
  /**
   * `place` hears the clicks and `lines` shows them; `at(event)` gives the point in the picture.
   * `made(points)` is called with a finished shape, `told()` at every change.
   */
  constructor({ place, lines, boxes, at, made, told }) {
    Object.assign(this, { place, boxes, at, made, told });
    this.points = [];
    this.drawing = svg("g", { class: "pen" });
    lines.after(this.drawing);
    this.#hear();
  }

  get busy() {
    return this.points.length > 0;
  }

  #hear() {
    const move = (event) => {
      if (!this.busy) return;
      this.cursor = this.at(event);
      this.#draw(event);
    };
    this.place.addEventListener("pointermove", move);
    this.place.addEventListener("dblclick", (event) => this.busy && (event.stopPropagation(), this.close()), true);
  }

  /** Units of the picture in a screen pixel, as the point of an event lies. */
  #unit() {
    const frame = this.place.getBoundingClientRect();
    return this.drawing.ownerSVGElement.viewBox.baseVal.width / (frame.width || 1);
  }

  add(event) {
    const point = this.at(event);
    if (!this.boxes && this.#closes(point)) return this.close();
    const last = this.points.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < 2 * this.#unit()) return undefined;
    this.points.push(point);
    this.cursor = point;
    if (this.boxes && this.points.length === 4) return this.close();
    this.#draw();
    return this.told();
  }

  /** Go on with an outline that was left unfinished. */
  resume(points) {
    this.points = points;
    this.#draw();
    this.told();
  }

  #closes(point) {
    const [first] = this.points;
    return this.points.length > 2 && Math.hypot(point[0] - first[0], point[1] - first[1]) < CLOSES * this.#unit();
  }

  /** Finish the shape, where there is enough of it. */
  close() {
    if (this.points.length < (this.boxes ? 4 : 3)) return;
    const points = this.boxes ? corners(bounds(this.points)) : this.points;
    this.cancel();
    this.made(points);
  }

  back() {
    this.points.pop();
    this.#draw();
    this.told();
  }

  cancel() {
    this.points = [];
    this.cursor = null;
    this.#draw();
    this.told();
  }

  #draw() {
    const unit = this.#unit();
    const line = [...this.points, ...(this.cursor ? [this.cursor] : [])];
    const closing = !this.boxes && this.cursor && this.#closes(this.cursor);
    const way = this.boxes ? [] : ["under", "over"].map((name) => svg("polyline", { class: name, points: line.map((p) => p.join(",")).join(" ") }));
    const dots = this.points.map(([cx, cy], i) => svg("circle", { cx, cy, r: (i === 0 && closing ? 7 : 4.5) * unit }));
    this.drawing.replaceChildren(...way, ...dots);
  }
}
