/** The corners of a marked outline by keys: gone through, moved, added and removed. */

import { within } from "./geometry.js";

const FEWEST = 3;

const replaced = (points, at, ...by) => [...points.slice(0, at), ...by, ...points.slice(at + 1)];

export class CornerKeys {
  #of = null;
  #at = 0;

  /** `view` shows the outlines. */
  constructor(view) {
    this.view = view;
  }

  get #outline() {
    return this.#of && this.#of === this.view.current ? this.view.canvas.find(this.#of) : null;
  }

  /** The corner that keys move, of the outline that is marked; null without one. */
  get point() {
    return this.#outline?.points[this.#at] ?? null;
  }

  /** Go to the corner after, or before; from none to the first. */
  step(by) {
    const { view } = this;
    if (!view.current) return view.desk.say("Mark an outline first: Tab, or a click.");
    const { points } = view.canvas.find(view.current);
    this.#at = this.point ? (this.#at + by + points.length) % points.length : 0;
    this.#of = view.current;
    return view.draw();
  }

  /** Move it in pixels of the shown picture. */
  move(dx, dy) {
    const { width, height } = this.view.canvas.size;
    const [x, y] = this.point;
    this.#put("corner", [within(x + dx, width), within(y + dy, height)]);
  }

  /** Put another one halfway to the next, and go on with it. */
  add() {
    if (!this.point) return this.view.desk.say("E goes to a corner first.");
    const { points } = this.#outline;
    const [[x, y], [nextX, nextY]] = [this.point, points[(this.#at + 1) % points.length]];
    this.#put(null, this.point, [(x + nextX) / 2, (y + nextY) / 2]);
    return this.step(1);
  }

  remove() {
    const { points } = this.#outline;
    if (points.length <= FEWEST) return this.view.desk.say("An outline has three corners at least. Escape, and Del removes all of it.");
    this.#put(null);
    if (!this.point) this.#at = 0;
    return this.view.draw();
  }

  /** Let go of it; returns whether there was one. */
  leave() {
    const there = Boolean(this.point);
    this.#of = null;
    return there;
  }

  #put(what, ...points) {
    const outline = this.#outline;
    this.view.change({ ...outline, points: replaced(outline.points, this.#at, ...points) }, what && `${what} ${this.#at} of ${outline.id}`);
  }
}
