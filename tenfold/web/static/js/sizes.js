/** How many images are shown at once: chosen for tagging and for checking, remembered on this machine. */

import { grouped } from "./pages.js";

const ONE = [1];

export class Sizes {
  /** `changed()` is called when the person chose another number. */
  constructor(start, { box, lists, together, changed }) {
    Object.assign(this, { start, box, lists, together, changed });
    for (const list of lists) {
      list.addEventListener("change", () => {
        if (this.item) this.#choose(Number(list.value));
        if (!list.closest("dialog")) list.blur();
      });
    }
    together.addEventListener("click", () => this.toggle());
  }

  #offered(item) {
    // Where two words stand against each other, or a reviewer said something: each image for itself.
    if (item.tagged || item.returned) return ONE;
    const { editor, task } = this.start;
    const review = Boolean(item.prelabel);
    if (editor === "shapes") return review ? [1, 4, 6, 9, 12] : ONE;
    if (task === "multilabel") return review ? [1, 4, 6, 9, 12, 20] : ONE;
    return review || grouped(item) ? [1, 4, 6, 9, 12, 20, 30, 60] : [1, 4, 6, 9, 12];
  }

  #key(item, of = "at-once") {
    return `tenfold:${of}:${this.start.project_id}:${item.prelabel ? "review" : "tag"}`;
  }

  /** The number for an image and those beside it. */
  of(item) {
    const sizes = this.#offered(item);
    const kept = Number(localStorage.getItem(this.#key(item)));
    if (sizes.includes(kept)) return kept;
    const usual = item.prelabel && this.start.editor !== "shapes" ? this.#usual() : 1;
    return sizes.includes(usual) ? usual : 1;
  }

  #usual() {
    return innerWidth < 700 ? 6 : 12;
  }

  /** Several at once or one by one: the other way than now, with the number that was used last. */
  toggle() {
    const { item } = this;
    if (!item) return;
    const sizes = this.#offered(item);
    const last = Number(localStorage.getItem(this.#key(item, "grid")));
    const many = sizes.includes(last) && last > 1 ? last : this.#usual();
    if (sizes.length > 1) this.#choose(this.of(item) > 1 ? 1 : many);
  }

  #choose(size) {
    localStorage.setItem(this.#key(this.item), size);
    if (size > 1) localStorage.setItem(this.#key(this.item, "grid"), size);
    this.changed();
  }

  show(item) {
    this.item = item;
    const sizes = this.#offered(item);
    this.#hide(sizes.length < 2);
    const chosen = this.of(item);
    this.together.setAttribute("aria-pressed", chosen > 1 ? "true" : "false");
    for (const list of this.lists) list.replaceChildren(...sizes.map((size) => new Option(size === 1 ? "1 image" : `${size} images`, size, false, size === chosen)));
  }

  #hide(yes) {
    for (const each of [this.box, this.together, this.lists.at(-1).parentElement]) each.hidden = yes;
  }

  hide() {
    this.item = null;
    this.#hide(true);
  }
}
