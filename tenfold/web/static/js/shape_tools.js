/** Buttons for what has a key: for hands that have none. */

import { copyLast, double, erase, middle } from "./shape_commands.js";

export class ShapeTools {
  constructor(view) {
    this.view = view;
    this.place = document.createElement("div");
    this.place.className = "shape-tools";
    this.place.setAttribute("role", "toolbar");
    this.place.setAttribute("aria-label", "Tools");
    this.clicks = view.boxes ? this.#button("4 points", "X", () => view.toggleClicks()) : null;
    this.marked = [this.#button("Double", "D", () => double(view)), this.#button("Remove", "Del", () => erase(view))];
    this.place.append(
      ...(this.clicks ? [this.clicks] : []),
      this.#button("Copy last", "C", () => copyLast(view)),
      this.#button("In the middle", "A", () => middle(view)),
      ...this.marked,
    );
  }

  #button(text, key, action) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "small", textContent: text });
    button.append(Object.assign(document.createElement("kbd"), { textContent: key }));
    button.addEventListener("click", action);
    return button;
  }

  draw() {
    this.clicks?.setAttribute("aria-pressed", this.view.clicking ? "true" : "false");
    for (const button of this.marked) button.disabled = !this.view.current && !this.view.pen?.busy;
  }
}
