/** An image of a grid shown large, for as long as a key or a finger is held. */

import { linesOf } from "./values.js";

const LONG = 350;

export class Enlarged {
  /** `tile()` is the one that a key means; `colors()` are those of the classes. */
  constructor(tile, colors) {
    Object.assign(this, { tile, colors, place: null });
  }

  get shown() {
    return Boolean(this.place);
  }

  show(tile) {
    this.place ??= Object.assign(document.createElement("div"), { className: "enlarged" });
    const figure = document.createElement("figure");
    const image = Object.assign(document.createElement("img"), { src: tile.item.urls.screen, alt: "" });
    const caption = Object.assign(document.createElement("figcaption"), { textContent: tile.box.getAttribute("aria-label") });
    figure.append(image, ...linesOf(tile.proposal, tile.item, this.colors()), caption);
    this.place.replaceChildren(figure);
    document.body.append(this.place);
  }

  hide() {
    this.place?.remove();
    this.place = null;
  }

  /** A finger that stays on a tile sees it large; the click that follows is none. */
  hearFinger(box, tile) {
    let timer = null;
    box.addEventListener("pointerdown", (event) => {
      tile.pressed = false;
      if (event.pointerType !== "touch") return;
      timer = setTimeout(() => {
        tile.pressed = true;
        this.show(tile);
      }, LONG);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      box.addEventListener(end, () => {
        clearTimeout(timer);
        if (tile.pressed) this.hide();
      });
    }
    box.addEventListener("contextmenu", (event) => tile.pressed && event.preventDefault());
  }

  /** Large for as long as the key is held. */
  hold(key) {
    if (this.shown) return;
    this.show(this.tile());
    const up = (event) => {
      if (event.type === "keyup" && event.key.toLowerCase() !== key) return;
      removeEventListener("keyup", up);
      removeEventListener("blur", up);
      this.hide();
    };
    addEventListener("keyup", up);
    addEventListener("blur", up);
  }
}
