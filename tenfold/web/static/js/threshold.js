/** What the model isn't sure of is left out, from a score that a person chooses for a project. */

const STEP = 0.05;

const keyOf = (project) => `tenfold:threshold:${project}`;

const thresholdOf = (project) => Number(localStorage.getItem(keyOf(project))) || 0;

/** A proposal without the shapes below a threshold, and how many those are. */
export function sift(value, threshold) {
  const kind = value?.boxes ? "boxes" : "polygons";
  const shapes = value?.[kind];
  if (!shapes) return { sure: value, below: 0 };
  const sure = shapes.filter(({ score }) => (score ?? 1) >= threshold);
  return { sure: { ...value, [kind]: sure }, below: shapes.length - sure.length };
}

/** The slider that leaves out what the model isn't sure of; remembered for the project. */
export class Threshold {
  constructor(project, told) {
    this.key = keyOf(project);
    this.told = told;
    this.value = thresholdOf(project);
    this.input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 0.95, step: STEP, value: this.value });
    this.text = document.createElement("span");
    this.place = document.createElement("label");
    this.place.className = "threshold";
    const keys = ["[", "]"].map((key) => Object.assign(document.createElement("kbd"), { textContent: key }));
    this.place.append(this.text, this.input, ...keys);
    this.input.addEventListener("input", () => this.set(Number(this.input.value)));
    this.input.addEventListener("change", () => this.input.blur());
    this.#say();
  }

  #say() {
    this.text.textContent = `Proposals from ${this.value.toFixed(2)}`;
  }

  /** Leave out more, by so many steps, or less. */
  step(steps) {
    this.set(this.value + steps * STEP);
  }

  set(value) {
    this.value = Math.min(0.95, Math.max(0, Math.round(value * 20) / 20));
    this.input.value = this.value;
    localStorage.setItem(this.key, this.value);
    this.#say();
    this.told();
  }
}
