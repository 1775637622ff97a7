/** The panel of classes: keys, colors, a filter where there are many. */

import { bracketWithAlt } from "./brackets.js";
import { element } from "./elements.js";
import { inHand } from "./hands.js";
import { svg } from "./values.js";

const DIGITS = "1234567890";
const MANY = 12;
/** Keys of the pages that some keyboards have on a digit: `/` is ⇧7 on German, Nordic and Spanish ones. */
const ON_DIGITS = "/?";

/** The place of the class that a digit's key means, ⇧ for the second ten; null where another key was meant. */
export function digitOf(event) {
  const match = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  const other = ON_DIGITS.includes(event.key) || bracketWithAlt(event);
  if (!match || other || event.ctrlKey || event.metaKey || event.altKey) return null;
  return DIGITS.indexOf(match[1]) + (event.shiftKey ? 10 : 0);
}

const keyName = (index) => (index < 10 ? DIGITS[index] : index < 20 ? `⇧${DIGITS[index - 10]}` : "");

export function swatch(color) {
  const drawing = svg("svg", { viewBox: "0 0 10 10", class: "swatch", "aria-hidden": "true" });
  drawing.append(svg("rect", { width: 10, height: 10, rx: 3, fill: color }));
  return drawing;
}

export class ClassPanel {
  #plain = false;

  constructor(place, classes, picked) {
    this.place = place;
    this.picked = picked;
    this.use(classes);
  }

  use(classes) {
    this.classes = classes;
    this.colors = new Map(classes.map((each) => [each.name, each.color]));
    this.buttons = classes.map((each, index) => this.#button(each, index));
    this.#lay();
  }

  /** Where no class can be chosen, only say what the colors mean. */
  legend(plain) {
    if (plain === this.#plain) return;
    this.#plain = plain;
    this.#lay();
  }

  #lay() {
    const { classes } = this;
    if (this.#plain) this.place.replaceChildren(element("ul", "class-legend", ...classes.map(({ name, color }) => element("li", "", swatch(color), element("span", "", name)))));
    else this.place.replaceChildren(...(classes.length > MANY ? [this.#filter()] : []), ...this.buttons);
  }

  #button(each, index) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "class-button";
    const text = document.createElement("span");
    text.className = "class-text";
    text.textContent = each.name;
    const mark = document.createElement("span");
    mark.className = "mark";
    button.title = each.name;
    button.append(swatch(each.color), text, mark);
    if (keyName(index)) {
      const key = document.createElement("kbd");
      key.textContent = keyName(index);
      button.append(key);
    }
    button.addEventListener("click", () => this.picked(each.name));
    return button;
  }

  #filter() {
    const input = document.createElement("input");
    input.className = "class-filter";
    input.placeholder = inHand("Find a class  ( / )", "Find a class");
    input.setAttribute("aria-label", "Find a class");
    this.filter = input;
    const fits = (button) => button.querySelector(".class-text").textContent.toLowerCase().includes(input.value.trim().toLowerCase());
    input.addEventListener("input", () => this.buttons.forEach((button) => (button.hidden = !fits(button))));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.preventDefault();
      const index = this.buttons.findIndex((button) => !button.hidden);
      const search = input.value.trim();
      input.value = "";
      this.buttons.forEach((button) => (button.hidden = false));
      input.blur();
      if (event.key === "Enter" && search && index >= 0) this.picked(this.classes[index].name);
    });
    return input;
  }

  find() {
    this.filter?.focus();
  }

  /** Show which classes are chosen, which only proposed by the model, and which a person tagged whom it contradicts. */
  show(chosen = [], proposed = [], tagged = []) {
    this.buttons.forEach((button, index) => {
      const name = this.classes[index].name;
      const on = chosen.includes(name);
      button.setAttribute("aria-pressed", on ? "true" : "false");
      const mark = [tagged.includes(name) && "tagged", proposed.includes(name) && "proposed"].filter(Boolean).join(", ");
      button.classList.toggle("suggested", Boolean(mark));
      button.querySelector(".mark").textContent = mark;
    });
    requestAnimationFrame(() => this.#showFirst());
  }

  /** Where the panel is too low for all classes, bring the chosen or proposed one into view. */
  #showFirst() {
    const scroller = this.place.closest(".panel-scroll") ?? this.place;
    const first = this.buttons.find((button) => button.getAttribute("aria-pressed") === "true") ?? this.buttons.find((button) => button.classList.contains("suggested"));
    if (!first?.isConnected) return;
    const [around, it] = [scroller.getBoundingClientRect(), first.getBoundingClientRect()];
    if (it.bottom > around.bottom) scroller.scrollTop += it.bottom - around.bottom;
    else if (it.top < around.top) scroller.scrollTop -= around.top - it.top;
  }
}
