/**
 * Boxes and outlines. Annotorious edits them and draws boxes; clicks that become shapes, what
 * shapes look like, their classes and which of them are still the model's are ours.
 */

import { BoxDrag } from "./box_drag.js";
import { digitOf } from "./classes.js";
import { CornerKeys } from "./corner_keys.js";
import { Edits } from "./edits.js";
import { inside } from "./geometry.js";
import { Pen } from "./pen.js";
import { Proposals, resumed } from "./proposals.js";
import { canvasLibrary, ShapeCanvas } from "./shape_canvas.js";
import { hard, remember } from "./shape_commands.js";
import { shapeKeys, shapeRows } from "./shape_keys.js";
import { ShapeLayer } from "./shape_layer.js";
import { ShapePointer } from "./shape_pointer.js";
import { ShapeTools } from "./shape_tools.js";
import { Threshold } from "./threshold.js";
import { newKey } from "./values.js";

export class ShapesView {
  /** Boxes are drawn by clicks on their extreme points; stays on from image to image. */
  static clicks = false;

  constructor(desk) {
    this.desk = desk;
    this.size = "screen";
    this.editable = true;
    this.boxes = desk.start.task === "boxes";
    this.noun = this.boxes ? "box" : "outline";
    this.plural = this.boxes ? "boxes" : "outlines";
    this.next = desk.panel.classes[0]?.name;
    this.threshold = new Threshold(desk.start.project, () => this.#sift());
    this.does = shapeKeys(this);
    this.proposals = new Proposals();
    this.corners = this.boxes ? null : new CornerKeys(this);
    this.tools = new ShapeTools(this);
  }

  async show([item]) {
    this.leave();
    this.item = item;
    this.actions = 0;
    this.current = null;
    this.told = false;
    this.penned = false;
    const [library, picture] = [await canvasLibrary(), this.desk.queue.picture(item)];
    if (!picture.image.complete) await picture.ready;
    if (this.item !== item) return;
    if (!library) {
      this.desk.stage.wait("The drawing canvas isn’t installed on this server. Run `make setup` there.");
      return;
    }
    const { image } = picture;
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
    return this.actions > 0 || this.penned;
  }

  /** What is to be kept until it is sent. */
  get drafts() {
    return this.canvas && this.touched ? [[this.item, this.value(), this.#unfinished]] : [];
  }

  /** The corners of an outline that isn't closed yet, in pixels of the image. */
  get #unfinished() {
    return this.boxes || !this.pen.busy ? null : this.pen.points.map((point) => point.map((v) => Math.round((v / this.scale) * 100) / 100));
  }

  get anno() {
    return this.canvas?.anno ?? null;
  }

  get clicking() {
    return ShapesView.clicks;
  }

  #mount(library, image) {
    this.canvas = new ShapeCanvas(library, image, {
      boxes: this.boxes,
      chosen: (id) => {
        if (id) this.current = id;
        this.draw();
      },
      changed: () => this.draw(),
    });
    this.layer = new ShapeLayer({
      element: this.canvas.element, image, list: this.desk.objects, colors: this.desk.panel.colors, noun: this.noun, plural: this.plural,
      chosen: (id) => this.select(id), dropped: (id) => this.remove(id), hard: () => hard(this),
    });
    this.pen = new Pen({
      place: this.canvas.element, lines: this.layer.shapes, boxes: this.boxes, at: (event) => this.canvas.at(event),
      made: (points) => this.#drawn(points), told: () => this.#tell(),
    });
    this.#apply(this.#begin());
    this.edits = new Edits(this.#state());
    this.pointer = new ShapePointer({
      canvas: this.canvas, pen: this.pen, around: this.desk.stage.place, clicks: () => ShapesView.clicks, marked: () => this.current,
      drag: new BoxDrag({ place: this.canvas.element, lines: this.layer.shapes, at: (event) => this.canvas.at(event), color: () => this.desk.panel.colors.get(this.next) ?? "#555555" }),
      begun: () => this.#letGo(), dragged: (points) => this.#dragged(points), select: (id) => this.select(id), settled: (held) => this.#released(held), takeBack: () => this.undo(false),
    });
    this.desk.stage.drawing(() => this.#interrupt());
    this.desk.objects.before(this.tools.place);
    if (this.item.unfinished && !this.boxes) this.pen.resume(this.item.unfinished.map((point) => point.map((v) => v * this.scale)));
    this.draw();
  }

  /** What is there to begin with: an answer is all the person's, of a draft what nobody touched is the model's. */
  #begin() {
    const { restored, draft, said, prelabel } = this.item;
    if (said || (restored && !draft)) return this.proposals.begin(restored ?? prelabel, this.scale, null);
    const begun = restored ? resumed(restored, prelabel, this.threshold.value) : prelabel;
    return this.proposals.begin(begun, this.scale, prelabel);
  }

  #tell() {
    if (this.pen?.busy) this.penned = true;
    this.tools.draw();
    this.desk.describe(this);
  }

  /** A second finger came: what the first one began is taken back. */
  #interrupt() {
    this.pointer.interrupt();
    this.#apply(this.edits.now);
    this.draw();
  }

  /* Shapes */

  #state() {
    return [...this.canvas.shapes(), ...this.hidden];
  }

  #apply(state) {
    this.hidden = state.filter((shape) => this.proposals.below(shape, this.threshold.value));
    this.canvas.replace(state.filter((shape) => !this.hidden.includes(shape)));
  }

  #sift() {
    if (!this.canvas) return;
    const { current } = this;
    this.told = false;
    this.#apply(this.#state());
    if (this.canvas.find(current)) this.canvas.select(current);
    this.draw();
  }

  /** A box is being dragged: a key pressed meanwhile is meant for it, not for the last one. */
  #letGo() {
    this.canvas.unselect();
    this.current = null;
    this.draw();
  }

  /** A box was dragged; a key pressed next is meant for it. */
  #dragged(points) {
    this.add([{ label: this.next, points }]);
    this.canvas.unselect();
  }

  #drawn(points) {
    this.actions += this.boxes ? 3 : points.length - 1;
    this.add([{ label: this.next, points }]);
    this.canvas.unselect();
  }

  /** Add shapes, and mark the last of them. */
  add(shapes) {
    this.actions += 1;
    const made = shapes.map((shape) => ({ id: newKey(), ...shape }));
    this.canvas.add(made);
    if (made.length) this.select(made.at(-1).id);
    this.#settle();
  }

  change(shape, what = null) {
    this.actions += 1;
    this.canvas.update(shape);
    this.#settle(what);
  }

  select(id) {
    this.current = id;
    this.canvas.select(id);
    this.draw();
  }

  remove(id) {
    if (!id || !this.canvas.find(id)) return;
    this.canvas.remove(id);
    this.actions += 1;
    this.current = null;
    this.#settle();
  }

  /** After a stroke: what was moved or sized past the edge comes back into the picture. */
  #released(id) {
    const shape = id && this.canvas?.find(id);
    const before = shape && this.edits.now.find((each) => each.id === id);
    const { width, height } = this.canvas?.size ?? {};
    const points = before ? inside(shape.points, before.points, width, height) : null;
    if (points && JSON.stringify(points) !== JSON.stringify(shape.points)) this.canvas.update({ ...shape, points });
    this.#settle();
  }

  /** Keep what is there now as a step that can be taken back. */
  #settle(what = null) {
    if (!this.canvas) return;
    this.edits.keep(this.#state(), what);
    this.draw();
  }

  /** Classes are called otherwise now; what is drawn stays. `called` gives today's name for one. */
  renamed(called) {
    const { colors, classes } = this.desk.panel;
    const again = (shape) => ({ ...shape, label: called(shape.label) });
    this.next = colors.has(called(this.next)) ? called(this.next) : classes[0]?.name;
    if (!this.canvas) return;
    this.layer.colors = colors;
    this.proposals.each(again);
    this.edits.each((state) => state.map(again));
    this.hidden = this.hidden.map(again);
    for (const shape of this.canvas.shapes()) this.canvas.update(again(shape));
    this.draw();
  }

  /** Keep what Annotorious does by itself with a key. */
  keepSoon() {
    setTimeout(() => this.#settle(), 0);
  }

  draw() {
    if (!this.canvas || !this.layer) return;
    const all = this.canvas.shapes();
    if (!all.some(({ id }) => id === this.current)) this.current = null;
    const shown = all.map((shape) => ({ ...shape, score: this.proposals.score(shape), current: shape.id === this.current, proposed: this.proposals.proposed(shape), corner: shape.id === this.current ? this.corners?.point : null }));
    this.layer.draw(shown, this.hidden.length, this.proposals.scored ? this.threshold.place : null);
    const pressed = shown.find(({ current }) => current)?.label ?? this.next;
    this.desk.panel.show(pressed ? [pressed] : [], []);
    this.#tell();
  }

  /* What is asked and said */

  get ask() {
    const what = this.boxes ? "Draw a box around every thing" : "Outline every thing";
    if (this.pen?.busy) return [what, this.boxes ? `${this.pen.points.length} of 4 points: top, bottom, left and right end.` : "Enter or the first point closes; Backspace takes a point back.", "The first point closes it; Undo takes a point back."];
    if (this.#unseen) return [what, `${this.#below}; [ shows more of them. N says that there is none.`, `${this.#below}; the slider shows more of them.`];
    if (this.item?.prelabel) return [`Are these ${this.plural} right?`, "Dashed ones are proposed. Mend what is wrong; Enter accepts all.", "Dashed ones are proposed. Mend what is wrong, then accept."];
    if (this.boxes) return [what, "Drag to draw, or X and four clicks; a digit sets its class. Enter sends.", "Drag to draw, then choose its class. Two fingers zoom and move."];
    return [what, "Click corner by corner; the first point, or Enter, closes. Enter sends.", "Tap corner by corner; the first point closes. Two fingers zoom and move."];
  }

  get #empty() {
    return this.canvas && !this.canvas.shapes().length && !this.pen?.busy;
  }

  /** Whether all that the model proposes is hidden: nobody can say of it that it is nothing. */
  get #unseen() {
    return Boolean(this.#empty && this.hidden.length);
  }

  get #below() {
    const { length } = this.hidden;
    return `${length} proposed ${length === 1 ? `${this.noun} is` : `${this.plural} are`} below the threshold`;
  }

  get actKey() {
    return this.#empty ? "N" : "⏎";
  }

  get actButton() {
    const all = this.canvas?.shapes() ?? [];
    if (this.pen?.busy) return this.boxes ? `${this.pen.points.length} of 4 points` : "Close this outline";
    if (!all.length) return `No ${this.plural} here${this.#unseen && !this.told ? `? ${this.hidden.length} below the threshold` : ""}`;
    const left = all.filter((shape) => this.proposals.proposed(shape)).length;
    return left === all.length ? `Accept ${left === 1 ? `this ${this.noun}` : `all ${left}`}` : `Send ${all.length} ${all.length === 1 ? this.noun : this.plural}`;
  }

  /** What the button does. */
  press() {
    if (this.#unseen && !this.told) this.#tellOfHidden();
    else if (this.#empty) this.none();
    else this.act();
  }

  /** The button says it once more before it sends, since one may have pressed it to accept them. */
  #tellOfHidden() {
    this.told = true;
    const nothing = `${this.#below}. Is there nothing to mark?`;
    this.desk.say(`${nothing} Press again, or N, to say so.`, `${nothing} Press again to say so.`);
    this.desk.describe(this);
  }

  keys() {
    return shapeRows(this);
  }

  pick(name) {
    this.next = name;
    const chosen = this.canvas?.find(this.current);
    if (chosen && chosen.label !== name) this.change({ ...chosen, label: name });
    this.draw();
  }

  value() {
    return this.proposals.answer(this.canvas.shapes(), this.item, this.scale, this.boxes);
  }

  act() {
    if (!this.canvas) return undefined;
    if (this.pen.busy) return this.boxes ? undefined : this.pen.close();
    if (this.#unseen) return this.#askForNone(this.#below);
    if (this.#empty) return this.#askForNone(`No ${this.noun} yet`);
    return this.#send(this.value());
  }

  #askForNone(what) {
    const nothing = `${what}. Is there nothing to mark in this image?`;
    this.desk.say(`${nothing} N says so.`, `${nothing} “No ${this.plural} here” says so.`);
  }

  /** Say that there is nothing in the image: a key of its own, so that it never happens by accident. */
  none() {
    if (!this.canvas || this.pen.busy) return undefined;
    if (!this.#empty) return this.desk.say(`There are ${this.plural} here. Remove them first, then N says that there is none.`, `There are ${this.plural} here. Remove them first.`);
    return this.#send(this.boxes ? { kind: "boxes", boxes: [] } : { kind: "polygons", polygons: [] });
  }

  #send(value) {
    this.actions += 1;
    remember(this);
    const { item, actions } = this;
    this.leave();
    this.desk.send([{ item, value, actions }], this.began);
  }

  skip(reason) {
    const { item, actions } = this;
    this.leave();
    this.desk.send([{ item, skip: reason, actions: actions + 2 }], this.began);
  }

  leave() {
    this.pointer?.leave();
    this.canvas?.destroy();
    this.canvas = this.layer = this.pen = this.pointer = null;
    this.hidden = [];
    this.item = null;
    this.desk.stage.drawing(null);
    this.tools.place.remove();
    this.desk.objects.hidden = true;
  }

  /* What the keys do */

  toggleClicks() {
    ShapesView.clicks = !ShapesView.clicks;
    if (!ShapesView.clicks) this.pen?.cancel();
    this.tools.draw();
    const ends = "the top, bottom, left and right end of a thing";
    if (ShapesView.clicks) this.desk.say(`Click ${ends}. X ends it.`, `Tap ${ends}. “4 points” ends it.`);
    else this.desk.say("Drag to draw a box.");
  }

  escape() {
    if (this.corners?.leave() || this.pointer.escape()) return this.draw();
    this.free = !this.current && !this.pen.busy;
    this.pen.cancel();
    this.canvas.unselect();
    this.current = null;
    return this.draw();
  }

  /** Undo or redo within the image; false where nothing is left, so that answers come back. */
  undo(redo) {
    if (!this.canvas) return false;
    if (this.pen.busy && !redo) return this.pen.back(), true;
    this.edits.keep(this.#state());
    const state = redo ? this.edits.redo() : this.edits.undo();
    if (!state) return false;
    this.#apply(state);
    this.draw();
    return true;
  }

  key(event) {
    if (!this.canvas) return false;
    const index = digitOf(event);
    if (index === null) return this.does(event);
    const each = this.desk.panel.classes[index];
    if (each) this.pick(each.name);
    return true;
  }
}
