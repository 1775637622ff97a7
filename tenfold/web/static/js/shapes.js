/**
 * Boxes and outlines. Annotorious edits them and draws boxes; clicks that become shapes, what
 * shapes look like, their classes and which of them are still the model's are ours.
 */

import { digitOf } from "./classes.js";
import { Edits } from "./edits.js";
import { area, bounds, corners, moved, resized, under } from "./geometry.js";
import { Pen } from "./pen.js";
import { ShapeLayer, Threshold } from "./shape_layer.js";
import { shapeKeys, shapeRows } from "./shape_keys.js";
import { newKey, outlines } from "./values.js";

const REACH = 6;
const CLICK = 4;
const HANDLES = ".a9s-handle, .a9s-edge-handle, .a9s-corner-handle, .a9s-touch-handle, [class*=midpoint]";
let annotorious = null;

/** The library asks for Node's name of the environment, which no browser has. */
async function canvasLibrary() {
  globalThis.process ??= { env: { NODE_ENV: "production" } };
  annotorious ??= await import("/static/vendor/annotorious.js").catch(() => null);
  return annotorious;
}

const labelOf = (annotation) => annotation.bodies.find((body) => body.purpose === "tagging")?.value ?? "";

/** Corner points of what Annotorious holds, in pixels of the shown picture. */
function pointsOf(annotation) {
  const { geometry } = annotation.target.selector;
  const { points, x, y, w, h } = geometry;
  const all = points ?? corners({ minX: x, minY: y, maxX: x + w, maxY: y + h });
  return all.map((point) => point.map((v) => Math.round(v * 1e4) / 1e4));
}

function alike(a, b) {
  return a && b && a.label === b.label && a.points.length === b.points.length
    && a.points.every(([x, y], i) => Math.abs(x - b.points[i][0]) < 0.01 && Math.abs(y - b.points[i][1]) < 0.01);
}

export class ShapesView {
  static last = null;
  /** Boxes are drawn by clicks on their extreme points; stays on from image to image. */
  static clicks = false;

  constructor(desk) {
    this.desk = desk;
    this.size = "screen";
    this.boxes = desk.start.task === "boxes";
    this.noun = this.boxes ? "box" : "outline";
    this.plural = this.boxes ? "boxes" : "outlines";
    this.next = desk.panel.classes[0]?.name;
    this.threshold = new Threshold(desk.start.project, () => this.#sift());
    this.does = shapeKeys(this);
  }

  async show([item]) {
    this.leave();
    this.item = item;
    this.actions = 0;
    this.current = null;
    this.proposals = new Map();
    const [library, picture] = [await canvasLibrary(), this.desk.queue.picture(item)];
    if (!picture.image.complete) await picture.ready;
    if (this.item !== item) return;
    if (!library) {
      this.desk.stage.wait("The drawing canvas isn’t installed on this server. Run `make setup` there.");
      return;
    }
    const image = picture.image;
    image.alt = item.path || "image to label";
    this.scale = image.naturalWidth / item.width;
    this.desk.stage.show(image, item);
    this.#mount(library, image);
    this.began = performance.now();
  }

  get items() {
    return [this.item];
  }

  /** Whether something was done here that isn't sent. */
  get touched() {
    return this.actions > 0 || Boolean(this.pen?.busy);
  }

  #mount(library, image) {
    this.anno = library.createImageAnnotator(image, { drawingEnabled: this.boxes, drawingMode: "drag", autoSave: true });
    this.anno.element.style.width = this.anno.element.style.height = "100%";
    this.layer = new ShapeLayer({
      element: this.anno.element, image, list: this.desk.objects, colors: this.desk.panel.colors, noun: this.noun, plural: this.plural,
      chosen: (id) => this.select(id), dropped: (id) => this.remove(id),
    });
    this.pen = new Pen({
      place: this.anno.element, lines: this.layer.shapes, boxes: this.boxes, at: (event) => this.#at(event),
      made: (points) => this.#drawn(points), told: () => this.desk.describe(this),
    });
    this.given = this.item.restored ?? this.item.prelabel;
    this.#apply(this.#begin());
    this.edits = new Edits(this.#state());
    this.anno.on("selectionChanged", ([chosen]) => {
      if (chosen) this.current = chosen.id;
      this.draw();
    });
    this.anno.state.store.observe(({ changes }) => this.#changed(changes));
    this.#hear();
    this.draw();
  }

  /** The shapes to begin with: what the model proposed, or what the person had said. */
  #begin() {
    const given = this.given?.boxes ?? this.given?.polygons ?? [];
    return outlines(this.given).map(({ label, points }, index) => {
      const id = newKey();
      const shape = { id, label, points: points.map((point) => point.map((v) => Math.round(v * this.scale * 1e4) / 1e4)) };
      this.proposals.set(id, { ...shape, given: given[index], score: given[index].score ?? undefined });
      return shape;
    });
  }

  /* Pointer */

  #at(event) {
    const frame = this.anno.element.getBoundingClientRect();
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    const within = (v, most) => Math.min(most, Math.max(0, v));
    return [within(((event.clientX - frame.x) / frame.width) * w, w), within(((event.clientY - frame.y) / frame.height) * h, h)];
  }

  #under(event) {
    const all = this.#visible();
    const reach = REACH * (this.desk.stage.image.naturalWidth / this.anno.element.getBoundingClientRect().width);
    return under(all.map(({ points }) => points), this.#at(event), reach).map((index) => all[index].id);
  }

  #hear() {
    const { element } = this.anno;
    let down = null;
    element.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && event.isTrusted) down = { x: event.clientX, y: event.clientY, held: this.#held(event), penned: this.#penned(event) };
      if (down?.penned) event.stopPropagation();
      else if (event.button === 0 && event.isTrusted) this.#drawThroughSelection(event);
    }, true);
    element.addEventListener("pointerup", (event) => {
      const begun = down;
      down = null;
      if (!begun) return;
      if (begun.penned) return event.stopPropagation();
      const still = Math.hypot(event.clientX - begun.x, event.clientY - begun.y) < CLICK;
      if (still && !event.target.closest(HANDLES)) this.#clicked(event);
      return setTimeout(() => this.#released(still ? null : begun.held), 0);
    }, true);
  }

  /** The shape that a pointer takes hold of. */
  #held(event) {
    return event.target.closest(`.a9s-annotation.selected, ${HANDLES}`) ? this.anno.getSelected()[0]?.id : null;
  }

  /** Annotorious takes a quick drag for a click beside the shape, and lets go of it. */
  #released(held) {
    if (!this.anno) return;
    if (held && !this.anno.getSelected().length && this.#find(held)) this.select(held);
    this.#settle();
  }

  /** Whether the pen took this pointer: it draws, or begins to. */
  #penned(event) {
    const drawing = this.boxes ? ShapesView.clicks : this.pen.busy;
    if (!drawing && (this.boxes || event.target.closest(HANDLES) || (this.#under(event).length && !event.shiftKey))) return false;
    if (!this.pen.busy) this.anno.cancelSelected();
    event.preventDefault();
    this.pen.add(event);
    return true;
  }

  /** A click marks the smallest shape under it; again at the same place, the next larger one. */
  #clicked(event) {
    const hits = this.#under(event);
    const selected = this.anno.getSelected()[0]?.id ?? this.current;
    if (!hits.length) return;
    const again = this.clickedAt && Math.hypot(event.clientX - this.clickedAt.x, event.clientY - this.clickedAt.y) < CLICK;
    const next = again && hits.includes(selected) ? hits[(hits.indexOf(selected) + 1) % hits.length] : hits[0];
    this.clickedAt = { x: event.clientX, y: event.clientY };
    setTimeout(() => this.anno && this.select(next), 0);
  }

  /** A drag that begins beside the selected shape draws a new one, without a click to let go first. */
  #drawThroughSelection(event) {
    if (!this.boxes || !this.anno.getSelected().length) return;
    if (event.target.closest(`.a9s-annotation.selected, .a9s-shape-handle, ${HANDLES}`)) return;
    const layer = this.anno.element.querySelector("svg.a9s-annotationlayer");
    this.anno.cancelSelected();
    const again = new PointerEvent("pointerdown", event);
    setTimeout(() => layer.dispatchEvent(again), 0);
  }

  /* Shapes */

  #make({ id, label, points }) {
    const box = bounds(points);
    const selector = this.boxes
      ? { type: "RECTANGLE", geometry: { x: box.minX, y: box.minY, w: box.maxX - box.minX, h: box.maxY - box.minY, bounds: box } }
      : { type: "POLYGON", geometry: { points, bounds: box } };
    return { id, bodies: [{ id: newKey(), annotation: id, purpose: "tagging", value: label }], target: { annotation: id, selector } };
  }

  #visible() {
    return this.anno ? this.anno.getAnnotations().map((annotation) => ({ id: annotation.id, label: labelOf(annotation), points: pointsOf(annotation) })) : [];
  }

  #state() {
    return [...this.#visible(), ...this.hidden];
  }

  #untouched(shape) {
    return alike(this.proposals.get(shape.id), shape);
  }

  #below(shape) {
    const { score } = this.proposals.get(shape.id) ?? {};
    return score !== undefined && score < this.threshold.value && this.#untouched(shape);
  }

  #apply(state) {
    this.hidden = state.filter((shape) => this.#below(shape));
    this.anno.cancelSelected();
    this.anno.setAnnotations(state.filter((shape) => !this.hidden.includes(shape)).map((shape) => this.#make(shape)));
  }

  #sift() {
    if (!this.anno) return;
    const { current } = this;
    this.#apply(this.#state());
    if (this.#find(current)) this.anno.setSelected(current);
    this.draw();
  }

  /** A shape without a class was drawn just now; a key pressed next is meant for it. */
  #changed({ created = [] }) {
    const drawn = created.filter((annotation) => !labelOf(annotation));
    if (drawn.length) queueMicrotask(() => drawn.forEach(({ id }) => this.#dragged(id)));
    else this.draw();
  }

  #dragged(id) {
    this.actions += 1;
    const shape = this.#find(id);
    this.#update({ ...shape, label: this.next });
    this.current = id;
    setTimeout(() => this.anno?.cancelSelected(), 0);
    this.#settle();
  }

  #drawn(points) {
    this.actions += this.boxes ? 4 : points.length;
    this.#add([{ label: this.next, points }]);
    this.anno.cancelSelected();
  }

  #add(shapes, what = null) {
    const made = shapes.map((shape) => ({ id: newKey(), ...shape }));
    for (const shape of made) this.anno.addAnnotation(this.#make(shape));
    if (made.length) this.select(made.at(-1).id);
    this.#settle(what);
  }

  #update(shape) {
    const old = this.anno.getAnnotationById(shape.id);
    const { bodies, target } = this.#make(shape);
    this.anno.updateAnnotation({ ...old, bodies, target: { ...old.target, selector: target.selector } });
  }

  #find(id) {
    return this.#visible().find((shape) => shape.id === id) ?? null;
  }

  /** Keep what is there now as a step that can be taken back. */
  #settle(what = null) {
    this.edits.keep(this.#state(), what);
    this.draw();
  }

  /** Keep what Annotorious does by itself with a key. */
  keepSoon() {
    setTimeout(() => this.anno && this.#settle(), 0);
  }

  draw() {
    if (!this.anno || !this.layer) return;
    const all = this.#visible();
    if (!all.some(({ id }) => id === this.current)) this.current = null;
    const plain = this.item?.said || this.item?.restored;
    const shown = all.map((shape) => {
      const proposal = this.proposals.get(shape.id);
      return { ...shape, score: proposal?.score, current: shape.id === this.current, proposed: !plain && this.#untouched(shape) };
    });
    const scored = !plain && [...this.proposals.values()].some(({ score }) => score !== undefined);
    this.layer.draw(shown, this.hidden.length, scored ? this.threshold.place : null);
    const pressed = shown.find(({ current }) => current)?.label ?? this.next;
    this.desk.panel.show(pressed ? [pressed] : [], []);
    this.desk.describe(this);
  }

  select(id) {
    this.current = id;
    this.anno.setSelected(id);
    this.draw();
  }

  remove(id) {
    if (!id || !this.#find(id)) return;
    this.anno.cancelSelected();
    this.anno.removeAnnotation(id);
    this.actions += 1;
    this.current = null;
    this.#settle();
  }

  get ask() {
    const what = this.boxes ? "Draw a box around every thing" : "Outline every thing";
    if (this.pen?.busy) return [what, this.boxes ? `${this.pen.points.length} of 4 points: top, bottom, left and right end.` : "Enter or the first point closes; Backspace takes a point back."];
    if (!this.item?.prelabel) return [what, this.boxes ? "Drag to draw, or X and four clicks; a digit sets its class. Enter sends." : "Click corner by corner; the first point, or Enter, closes. Enter sends."];
    return [`Are these ${this.plural} right?`, "Dashed ones are proposed. Mend what is wrong; Enter accepts all."];
  }

  get #empty() {
    return this.anno && !this.#visible().length;
  }

  get actKey() {
    return this.#empty ? "N" : "⏎";
  }

  get actButton() {
    const all = this.#visible();
    if (!all.length) return `No ${this.plural} here`;
    const left = all.filter((shape) => this.#untouched(shape)).length;
    return left === all.length ? `Accept ${left === 1 ? `this ${this.noun}` : `all ${left}`}` : `Send ${all.length} ${all.length === 1 ? this.noun : this.plural}`;
  }

  /** What the button does. */
  press() {
    if (this.#empty) this.none();
    else this.act();
  }

  keys() {
    return shapeRows(this);
  }

  pick(name) {
    this.next = name;
    const chosen = this.#find(this.current);
    if (chosen && chosen.label !== name) {
      this.actions += 1;
      this.#update({ ...chosen, label: name });
      this.#settle();
    }
    this.draw();
  }

  /** The answer: what nobody touched to the last digit as it was given, the rest within the image. */
  value() {
    const { width, height } = this.item;
    const round = (v, most) => Math.min(most, Math.max(0, Math.round((v / this.scale) * 100) / 100));
    const shapes = this.#visible().map((shape) => {
      if (this.#untouched(shape)) {
        const { score, ...plain } = this.proposals.get(shape.id).given;
        return plain;
      }
      const points = shape.points.map(([x, y]) => [round(x, width), round(y, height)]);
      if (!this.boxes) return area(points) > 0 ? { label: shape.label, points } : null;
      const { minX: xmin, minY: ymin, maxX: xmax, maxY: ymax } = bounds(points);
      return xmax > xmin && ymax > ymin ? { label: shape.label, xmin, ymin, xmax, ymax } : null;
    }).filter(Boolean);
    return this.boxes ? { kind: "boxes", boxes: shapes } : { kind: "polygons", polygons: shapes };
  }

  act() {
    if (!this.anno) return undefined;
    if (this.pen.busy) return this.boxes ? undefined : this.pen.close();
    if (this.#empty) return this.desk.say(`No ${this.noun} yet. Is there nothing to mark in this image? N says so.`);
    return this.#send(this.value());
  }

  /** Say that there is nothing in the image: a key of its own, so that it never happens by accident. */
  none() {
    if (!this.anno || this.pen.busy) return undefined;
    if (!this.#empty) return this.desk.say(`There are ${this.plural} here. Remove them first, then N says that there is none.`);
    return this.#send(this.boxes ? { kind: "boxes", boxes: [] } : { kind: "polygons", polygons: [] });
  }

  #send(value) {
    this.actions += 1;
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    ShapesView.last = this.#visible().map(({ label, points }) => ({ label, points: points.map(([x, y]) => [x / w, y / h]) }));
    const { item, actions } = this;
    this.leave();
    this.desk.send([{ item, value, actions }], this.began);
  }

  skip(reason) {
    const item = this.item;
    this.leave();
    this.desk.send([{ item, skip: reason, actions: this.actions + 2 }], this.began);
  }

  leave() {
    this.anno?.destroy();
    this.anno = this.layer = this.pen = null;
    this.hidden = [];
    this.item = null;
    this.desk.objects.hidden = true;
  }

  /* What the keys do */

  copyLast() {
    if (!ShapesView.last?.length) return this.desk.say("There is nothing to copy yet.");
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    this.actions += 1;
    this.#add(ShapesView.last.map(({ label, points }) => ({ label, points: points.map(([x, y]) => [x * w, y * h]) })));
    return this.anno.cancelSelected();
  }

  middle() {
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    this.actions += 1;
    this.#add([{ label: this.next, points: corners({ minX: w * 0.4, minY: h * 0.4, maxX: w * 0.6, maxY: h * 0.6 }) }]);
  }

  double() {
    const chosen = this.#find(this.current);
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    if (!chosen) return;
    this.actions += 1;
    this.#add([{ label: chosen.label, points: moved(chosen.points, 12, 12, w, h) }]);
  }

  step(by) {
    const all = this.#visible();
    if (!all.length) return;
    const at = all.findIndex(({ id }) => id === this.current);
    this.select(all[(at + (at < 0 && by < 0 ? 0 : by) + all.length) % all.length].id);
  }

  nudge(event) {
    const chosen = this.#find(this.current);
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!chosen) return;
    const by = (event.shiftKey ? 10 : 1) * this.scale;
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    this.actions += 1;
    this.#update({ ...chosen, points: (event.altKey ? resized : moved)(chosen.points, dx * by, dy * by, w, h) });
    this.#settle(`nudge ${chosen.id}`);
  }

  toggleClicks() {
    ShapesView.clicks = !ShapesView.clicks;
    if (!ShapesView.clicks) this.pen.cancel();
    this.desk.say(ShapesView.clicks ? "Click the top, bottom, left and right end of a thing. X ends it." : "Drag to draw a box.");
  }

  escape() {
    this.free = !this.current && !this.pen.busy;
    this.pen.cancel();
    this.anno.cancelSelected();
    this.current = null;
    this.draw();
  }

  /** Undo or redo within the image; false where nothing is left, so that answers come back. */
  undo(redo) {
    if (this.pen.busy && !redo) return this.pen.back(), true;
    this.edits.keep(this.#state());
    const state = redo ? this.edits.redo() : this.edits.undo();
    if (!state) return false;
    this.#apply(state);
    this.draw();
    return true;
  }

  key(event) {
    if (!this.anno) return false;
    const index = digitOf(event);
    if (index === null) return this.does(event);
    const each = this.desk.panel.classes[index];
    if (each) this.pick(each.name);
    return true;
  }
}
