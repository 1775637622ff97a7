/** The place where one image is shown: fitted, zoomed, moved, brightened. */

import { Fingers } from "./touch.js";

const LARGEST = 24;
const DETAIL = 1.3;

export class Stage {
  #zoom = 1;
  #fit = 1;

  constructor(place) {
    this.place = place;
    this.canvas = null;
    this.size = { width: 1, height: 1 };
    new ResizeObserver(() => this.#lay()).observe(place);
    place.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    place.addEventListener("pointerdown", (event) => this.#pan(event), true);
    place.addEventListener("pointermove", ({ clientX: x, clientY: y }) => (this.pointer = { x, y }));
    place.addEventListener("pointerleave", () => (this.pointer = null));
    new Fingers(place, {
      begun: () => this.interrupted?.(),
      zoom: (factor, point) => this.zoom(factor, point),
      move: (dx, dy) => this.canvas && place.scrollBy(-dx, -dy),
      free: () => !this.draws,
    });
    addEventListener("keydown", (event) => event.code === "Space" && (this.space = true));
    addEventListener("keyup", (event) => event.code === "Space" && (this.space = false));
  }

  /**
   * Say that pointers draw on the picture; `interrupted()` is called when a stroke turns out to be
   * the first of two fingers. Null: they don't.
   */
  drawing(interrupted) {
    this.draws = Boolean(interrupted);
    this.interrupted = interrupted;
  }

  /** Show a picture that is loaded already: it replaces the last one in the same frame. */
  show(image, { width, height, urls }) {
    this.size = { width, height };
    this.original = urls?.original;
    this.detail = null;
    this.#zoom = 1;
    this.canvas = document.createElement("div");
    this.canvas.className = "stage-canvas";
    this.canvas.append(image);
    this.image = image;
    this.place.replaceChildren(this.canvas);
    this.#lay();
  }

  wait(text) {
    this.canvas = null;
    const note = document.createElement("p");
    note.className = "stage-wait";
    note.textContent = text;
    this.place.replaceChildren(note);
  }

  #lay() {
    if (!this.canvas) return;
    const margin = 24;
    const room = { width: this.place.clientWidth - margin, height: this.place.clientHeight - margin };
    this.#fit = Math.max(0.01, Math.min(room.width / this.size.width, room.height / this.size.height, 16));
    const scale = this.#fit * this.#zoom;
    this.canvas.style.width = `${this.size.width * scale}px`;
    this.canvas.style.height = `${this.size.height * scale}px`;
    this.image.classList.toggle("pixelated", scale > 3);
    this.detail?.classList.toggle("pixelated", scale > 3);
    this.#sharpen(scale);
  }

  /** Lay the original over the screen-sized version once its pixels can be seen. */
  #sharpen(scale) {
    const shown = this.image.naturalWidth / this.size.width;
    if (this.detail || !this.original || shown > 0.99 || scale * devicePixelRatio < DETAIL * shown) return;
    this.detail = new Image();
    this.detail.className = "detail";
    this.detail.alt = "";
    this.detail.src = this.original;
    const { detail, image } = this;
    detail.decode().then(() => detail === this.detail && image.after(detail), () => {});
  }

  zoom(factor, at = null) {
    if (!this.canvas) return;
    const before = this.canvas.getBoundingClientRect();
    const box = this.place.getBoundingClientRect();
    const point = at ?? { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const share = { x: (point.x - before.x) / before.width, y: (point.y - before.y) / before.height };
    this.#zoom = !factor ? 1 : Math.min(LARGEST, Math.max(1, this.#zoom * factor));
    this.#lay();
    const after = this.canvas.getBoundingClientRect();
    this.place.scrollBy(after.x + share.x * after.width - point.x, after.y + share.y * after.height - point.y);
  }

  #wheel(event) {
    if (!this.canvas) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
  }

  #pan(event) {
    if (!(event.button === 1 || (event.button === 0 && this.space)) || !this.canvas) return;
    event.preventDefault();
    event.stopPropagation();
    this.place.classList.add("panning");
    const move = (next) => this.place.scrollBy(-next.movementX, -next.movementY);
    const end = () => {
      this.place.classList.remove("panning");
      removeEventListener("pointermove", move);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
  }

  filter(brightness, contrast) {
    this.place.style.filter = brightness === 100 && contrast === 100 ? "" : `brightness(${brightness}%) contrast(${contrast}%)`;
  }
}
