/** Shapes on a picture, held and edited by Annotorious, in pixels of the shown picture. */

import { bounds, corners, under, within } from "./geometry.js";
import { marksOf, newKey } from "./values.js";

const REACH = 6;
let annotorious = null;

/** The library asks for Node's name of the environment, which no browser has. */
export async function canvasLibrary() {
  globalThis.process ??= { env: { NODE_ENV: "production" } };
  annotorious ??= await import("/static/vendor/annotorious.js").catch(() => null);
  return annotorious;
}

const said = (annotation, purpose) => annotation.bodies.filter((body) => body.purpose === purpose).map(({ value }) => value);
const labelOf = (annotation) => said(annotation, "tagging")[0] ?? "";
const marked = (annotation) => Object.fromEntries(said(annotation, "marking").map((mark) => [mark, true]));

/** Corner points of what Annotorious holds. */
function pointsOf(annotation) {
  const { points, x, y, w, h } = annotation.target.selector.geometry;
  const all = points ?? corners({ minX: x, minY: y, maxX: x + w, maxY: y + h });
  return all.map((point) => point.map((v) => Math.round(v * 1e4) / 1e4));
}

export class ShapeCanvas {
  /** `chosen(id)` is told of what Annotorious selects, `changed()` of the rest. */
  constructor(library, image, { boxes, chosen, changed }) {
    Object.assign(this, { image, boxes });
    this.anno = library.createImageAnnotator(image, { drawingEnabled: false, autoSave: true });
    this.anno.element.style.width = this.anno.element.style.height = "100%";
    new MutationObserver(() => this.#nameHandles()).observe(this.element, { childList: true, subtree: true });
    // Told late, it may be of a selection that is over.
    this.anno.on("selectionChanged", () => chosen(this.selected));
    this.anno.state.store.observe(() => changed());
  }

  /** The library's handles are buttons without a name. */
  #nameHandles() {
    for (const handle of this.element.querySelectorAll("[role=button]:not([aria-label])")) handle.setAttribute("aria-label", "Corner");
  }

  get element() {
    return this.anno.element;
  }

  get size() {
    return { width: this.image.naturalWidth, height: this.image.naturalHeight };
  }

  /** All shapes, each `{id, label, points}` with its marks. */
  shapes() {
    return this.anno.getAnnotations().map((annotation) => ({ id: annotation.id, label: labelOf(annotation), points: pointsOf(annotation), ...marked(annotation) }));
  }

  find(id) {
    return this.shapes().find((shape) => shape.id === id) ?? null;
  }

  #made({ id, label, points, ...more }) {
    const box = bounds(points);
    const selector = this.boxes
      ? { type: "RECTANGLE", geometry: { x: box.minX, y: box.minY, w: box.maxX - box.minX, h: box.maxY - box.minY, bounds: box } }
      : { type: "POLYGON", geometry: { points, bounds: box } };
    const body = (purpose, value) => ({ id: newKey(), annotation: id, purpose, value });
    const bodies = [body("tagging", label), ...Object.keys(marksOf(more)).map((mark) => body("marking", mark))];
    return { id, bodies, target: { annotation: id, selector } };
  }

  replace(shapes) {
    this.unselect();
    this.anno.setAnnotations(shapes.map((shape) => this.#made(shape)));
  }

  /** Add shapes, all at once. */
  add(shapes) {
    this.anno.setAnnotations(shapes.map((shape) => this.#made(shape)), false);
  }

  update(shape) {
    const old = this.anno.getAnnotationById(shape.id);
    const { bodies, target } = this.#made(shape);
    this.anno.updateAnnotation({ ...old, bodies, target: { ...old.target, selector: target.selector } });
  }

  remove(id) {
    this.unselect();
    this.anno.removeAnnotation(id);
  }

  get selected() {
    return this.anno.getSelected()[0]?.id ?? null;
  }

  select(id) {
    this.anno.setSelected(id);
  }

  unselect() {
    this.anno.cancelSelected();
  }

  /** The place of an event in the picture. */
  at(event) {
    const frame = this.element.getBoundingClientRect();
    const { width, height } = this.size;
    return [within(((event.clientX - frame.x) / frame.width) * width, width), within(((event.clientY - frame.y) / frame.height) * height, height)];
  }

  /** Ids of the shapes under an event, the smallest first; a finger is less exact than a mouse. */
  under(event) {
    const all = this.shapes();
    const reach = (event.pointerType === "touch" ? 2 : 1) * REACH * (this.size.width / this.element.getBoundingClientRect().width);
    return under(all.map(({ points }) => points), this.at(event), reach).map((index) => all[index].id);
  }

  destroy() {
    this.anno.destroy();
  }
}
