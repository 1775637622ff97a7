/** Where jobs are computed: what can be chosen now, and what there is to know of what is chosen. */

import { get } from "./api.js";

export class Computes {
  #targets = new Map();
  #said = "";

  /** `place` holds the two selects, with what is chosen in them already. */
  constructor(place) {
    this.place = place;
    this.selects = [...place.querySelectorAll("select")];
    place.addEventListener("change", () => this.show());
  }

  /** Ask what there is now. */
  async load() {
    try {
      const targets = await get("/api/computes");
      this.#targets = new Map(targets.map((target) => [target.name, target]));
    } catch (error) {
      this.#said = `What else there is isn't known now: ${error.message}`;
    }
    if (!this.#said) for (const select of this.selects) this.#fill(select);
    this.show();
  }

  #fill(select) {
    const usual = [...this.#targets.values()].find((target) => target.usual)?.name;
    const chosen = select.value;
    for (const option of select.options) {
      if (option.value && !this.#targets.has(option.value)) option.textContent += ", not there any more";
    }
    for (const name of this.#targets.keys()) if (name !== usual && name !== chosen) select.add(new Option(name, name));
  }

  /** Whether anything can be chosen: where there is one place only, it is told, not asked. */
  get #any() {
    return this.selects.some((select) => select.options.length > 1);
  }

  show() {
    this.place.querySelector(".fields").hidden = !this.#any;
    this.place.querySelector(".field-label").hidden = this.#any;
    const asked = this.selects.filter((select) => !select.closest("label").hidden);
    const usual = [...this.#targets.values()].find((target) => target.usual);
    const names = [...new Set(asked.map((select) => select.value || usual?.name))];
    const said = names.map((name) => this.#targets.get(name)).filter(Boolean);
    const told = said.map((target) => `${target.name}: ${target.said}`);
    if (!this.#any && !this.#said) told.push("Once there is more than one place, it can be chosen here.");
    const lines = [...told, this.#said].filter(Boolean).map((text) => Object.assign(document.createElement("span"), { className: "line", textContent: text }));
    this.place.querySelector("[data-said]").replaceChildren(...lines);
  }

  /** What is chosen, as the API has it. */
  get values() {
    return Object.fromEntries(this.selects.map((select) => [select.name, select.value || null]));
  }

  /** Without a model nothing is trained. */
  fit(assisted) {
    this.place.querySelector("[data-assisted]").hidden = !assisted;
    this.show();
  }
}
