/** Shows the label of one image on a stage and lets it be corrected, with the tools of the label page. */

import { ClassPanel, digitOf } from "./classes.js";
import { inHand } from "./hands.js";
import { Stage } from "./stage.js";
import { accepted, sameValue } from "./values.js";

const KEPT = 24;

/** Loaded pictures, the latest few. */
class Pictures {
  #loaded = new Map();

  get(url) {
    const there = this.#loaded.get(url) ?? this.#load(url);
    this.#loaded.delete(url);
    this.#loaded.set(url, there);
    if (this.#loaded.size > KEPT) this.#loaded.delete(this.#loaded.keys().next().value);
    return there;
  }

  #load(url) {
    const image = new Image();
    image.src = url;
    const ready = image.decode().catch(() => {
      this.#loaded.delete(url);
      throw new Error("The picture can’t be loaded.");
    });
    ready.catch(() => {});
    return { image, ready };
  }
}

export class Corrector {
  #view = null;
  #pictures = new Pictures();

  /**
   * `start` is what the label page begins with; `picked()` is called when a class of a whole image
   * was chosen, `told()` when anything else changed, `say(text)` with a hint.
   */
  constructor({ start, stage, classes, objects, picked = () => {}, told = () => {}, say = () => {} }) {
    Object.assign(this, { start, picked, told });
    this.stage = new Stage(stage);
    this.chosen = new Set();
    this.panel = new ClassPanel(classes, start.classes, (name) => this.pick(name));
    this.desk = {
      start, stage: this.stage, panel: this.panel, objects, say,
      describe: () => this.told(),
      send: ([{ value }]) => this.sent?.(value),
      queue: { picture: ({ sha256 }) => this.picture(sha256) },
    };
  }

  get shapes() {
    return this.start.editor === "shapes";
  }

  url(sha256, size) {
    return `/api/projects/${this.start.project}/images/${sha256}/${size}`;
  }

  picture(sha256) {
    return this.#pictures.get(this.url(sha256, "screen"));
  }

  /** Show an image `{sha256, width, height, value, path}`; a later call wins. */
  async show(item) {
    this.item = item;
    this.before = item.value ? accepted(item.value) : null;
    const { kind, label, labels } = this.before ?? {};
    this.chosen = new Set(kind === "class" ? [label] : kind === "set" ? labels : []);
    if (this.shapes) return this.#showShapes(item);
    this.panel.show([...this.chosen], this.#proposed(item));
    const { image, ready } = this.picture(item.sha256);
    if (!image.complete) await ready;
    if (this.item !== item) return undefined;
    image.alt = item.path || "the image";
    return this.stage.show(image, { ...item, urls: this.#urls(item) });
  }

  async #showShapes(item) {
    const { ShapesView } = await import("./shapes.js");
    this.#view ??= new ShapesView(this.desk);
    await this.#view.show([{ ...item, urls: this.#urls(item), prelabel: this.before, said: true }]);
  }

  #urls({ sha256 }) {
    return Object.fromEntries(["thumb", "screen", "original"].map((size) => [size, this.url(sha256, size)]));
  }

  #proposed({ proposed }) {
    return proposed?.labels ?? (proposed?.label ? [proposed.label] : []);
  }

  pick(name) {
    if (this.#view) return this.#view.pick(name);
    if (this.start.task !== "multilabel") this.chosen.clear();
    if (!this.chosen.delete(name)) this.chosen.add(name);
    this.panel.show([...this.chosen], this.#proposed(this.item));
    return this.start.task === "multilabel" ? this.told() : this.picked();
  }

  /** What is shown now as a label value; null where no class is chosen yet. */
  value() {
    if (this.#view) return this.#view.anno ? this.#view.value() : this.before;
    if (this.start.task === "multilabel") return { kind: "set", labels: [...this.chosen].sort() };
    const [label] = this.chosen;
    return label ? { kind: "class", label } : null;
  }

  get changed() {
    return !sameValue(this.value(), this.before);
  }

  /** Whether Enter belongs to the drawing: an outline that isn't closed. */
  get busy() {
    return Boolean(this.#view?.pen?.busy);
  }

  /** Why nothing is to be saved yet; empty where it may be. */
  get missing() {
    if (this.busy) return inHand("This outline isn’t closed yet: Enter closes it, Esc drops it.", "This outline isn’t closed yet: its first point closes it.");
    return this.value() ? "" : "Choose a class first.";
  }

  /** Do what a key means for the label. Returns whether it meant something. */
  key(event) {
    if (this.#view) return this.#view.key(event);
    const index = digitOf(event);
    if (index === null) return false;
    const each = this.panel.classes[index];
    if (each) this.pick(each.name);
    return true;
  }

  leave() {
    this.#view?.leave?.();
  }
}
