/** Fingers on a stage: two zoom and move the picture; one moves it too, where it doesn't draw. */

const middle = ([a, b]) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
const apart = ([a, b]) => Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));

export class Fingers {
  #down = new Map();
  #last = null;

  /**
   * `begun()` is called when a second finger comes: what the first one began was not meant.
   * `zoom(factor, point)` and `move(dx, dy)` change the view; `free()` says whether one finger may.
   */
  constructor(place, { begun, zoom, move, free }) {
    Object.assign(this, { place, begun, zoom, move, free });
    // On the window, since what is under a finger may be redrawn while it is down.
    addEventListener("pointerdown", (event) => this.#comes(event), true);
    addEventListener("pointermove", (event) => this.#moves(event), true);
    for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => this.#goes(event), true);
  }

  #comes(event) {
    if (event.pointerType !== "touch" || !event.isTrusted || !this.place.contains(event.target)) return;
    if (event.isPrimary) this.#down.clear();
    this.#down.set(event.pointerId, { x: event.clientX, y: event.clientY });
    if (this.#down.size < 2) return;
    event.stopPropagation();
    if (!this.#last) this.begun();
    this.#last = this.#two();
  }

  #two() {
    const two = [...this.#down.values()].slice(0, 2);
    return two.length < 2 ? {} : { at: middle(two), apart: apart(two) };
  }

  #moves(event) {
    const before = this.#down.get(event.pointerId);
    if (!before) return;
    const now = { x: event.clientX, y: event.clientY };
    this.#down.set(event.pointerId, now);
    if (this.#last) this.#pinch(event);
    else if (this.free()) this.move(now.x - before.x, now.y - before.y);
  }

  #pinch(event) {
    event.stopPropagation();
    const now = this.#two();
    if (!now.at || !this.#last.at) return;
    this.move(now.at.x - this.#last.at.x, now.at.y - this.#last.at.y);
    this.zoom(now.apart / this.#last.apart, now.at);
    this.#last = now;
  }

  #goes(event) {
    if (!this.#down.delete(event.pointerId)) return;
    if (!this.#last) return;
    // Until the last finger is gone, nothing of it is a click or a stroke.
    event.stopPropagation();
    this.#last = this.#down.size ? this.#two() : null;
  }
}
