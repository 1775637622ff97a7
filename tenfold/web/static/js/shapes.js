/**
 * Boxes and outlines. Annotorious draws and edits them; what they look like, their classes and
 * which of them are still the model's are ours.
 */

import { digitOf } from "./classes.js";
import { outlines, svg } from "./values.js";

let annotorious = null;

/** The library asks for Node's name of the environment, which no browser has. */
async function canvasLibrary() {
  globalThis.process ??= { env: { NODE_ENV: "production" } };
  annotorious ??= await import("/static/vendor/annotorious.js").catch(() => null);
  return annotorious;
}

const label = (annotation) => annotation.bodies.find((body) => body.purpose === "tagging")?.value ?? "";
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function bounds(points) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  return { minX: Math.min(...xs), minY: Math.min(...ys), maxX: Math.max(...xs), maxY: Math.max(...ys) };
}

export class ShapesView {
  static last = null;

  constructor(desk) {
    this.desk = desk;
    this.size = "screen";
    this.boxes = desk.start.task === "boxes";
    this.noun = this.boxes ? "box" : "outline";
    this.plural = this.boxes ? "boxes" : "outlines";
    this.next = desk.panel.classes[0]?.name;
  }

  async show([item]) {
    this.leave();
    this.item = item;
    this.actions = 0;
    this.sure = false;
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

  #mount(library, image) {
    this.anno = library.createImageAnnotator(image, { drawingEnabled: true, drawingMode: this.boxes ? "drag" : "click", autoSave: true });
    if (!this.boxes) this.anno.setDrawingTool("polygon");
    for (const part of [this.anno.element]) {
      part.style.width = "100%";
      part.style.height = "100%";
    }
    this.lines = svg("svg", { class: "shape-lines", viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}` });
    this.tags = document.createElement("div");
    this.tags.className = "shape-tags";
    this.anno.element.insertBefore(this.lines, this.anno.element.querySelector(".a9s-annotationlayer"));
    this.anno.element.append(this.tags);
    this.given = this.item.restored ?? this.item.prelabel;
    const proposals = outlines(this.given).map(({ label: name, points }) => this.#make(name, points.map(([x, y]) => [x * this.scale, y * this.scale])));
    this.anno.setAnnotations(proposals);
    for (const annotation of this.#all()) this.proposals.set(annotation.id, this.#frozen(annotation));
    this.anno.on("deleteAnnotation", () => (this.actions += 1));
    this.anno.on("selectionChanged", ([chosen]) => {
      if (chosen) this.current = chosen.id;
      this.#draw();
    });
    this.anno.state.store.observe(({ changes }) => this.#changed(changes));
    this.#drawThroughSelection();
    this.#draw();
  }

  /** A drag that begins beside the selected shape draws a new one, without a click to let go first. */
  #drawThroughSelection() {
    const layer = this.anno.element.querySelector("svg.a9s-annotationlayer");
    layer.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !event.isTrusted || !this.boxes || !this.anno.getSelected().length) return;
      if (event.target.closest(".a9s-annotation.selected, .a9s-handle, .a9s-shape-handle, .a9s-edge-handle, .a9s-corner-handle")) return;
      this.anno.cancelSelected();
      const again = new PointerEvent("pointerdown", event);
      setTimeout(() => layer.dispatchEvent(again), 0);
    }, true);
  }

  #make(name, points) {
    const id = crypto.randomUUID();
    const box = bounds(points);
    const selector = this.boxes
      ? { type: "RECTANGLE", geometry: { x: box.minX, y: box.minY, w: box.maxX - box.minX, h: box.maxY - box.minY, bounds: box } }
      : { type: "POLYGON", geometry: { points, bounds: box } };
    return { id, bodies: [{ id: crypto.randomUUID(), annotation: id, purpose: "tagging", value: name }], target: { annotation: id, selector } };
  }

  #all() {
    return this.anno ? this.anno.getAnnotations() : [];
  }

  /** Corner points in pixels of the shown picture. */
  #points(annotation) {
    const { geometry } = annotation.target.selector;
    if (geometry.points) return geometry.points;
    const { x, y, w, h } = geometry;
    return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
  }

  #frozen(annotation) {
    return [label(annotation), this.#points(annotation)];
  }

  #untouched(annotation) {
    return same(this.proposals.get(annotation.id), this.#frozen(annotation));
  }

  /** Still the model's alone: drawn dashed. */
  #proposed(annotation) {
    return !this.item?.said && !this.item?.restored && this.#untouched(annotation);
  }

  /** A shape without a class was drawn just now; a key pressed next is meant for it. */
  #changed({ created = [] }) {
    const drawn = created.filter((annotation) => !label(annotation));
    if (drawn.length) queueMicrotask(() => drawn.forEach((made) => this.#created(made)));
    else this.#draw();
  }

  #created(made) {
    this.actions += 1;
    this.sure = false;
    this.#relabel(made, this.next);
    this.current = made.id;
    if (this.boxes) setTimeout(() => this.anno?.cancelSelected(), 0);
  }

  #relabel(annotation, name) {
    this.anno.updateAnnotation({ ...annotation, bodies: [{ id: crypto.randomUUID(), annotation: annotation.id, purpose: "tagging", value: name }] });
  }

  #find(id) {
    return this.#all().find((annotation) => annotation.id === id) ?? null;
  }

  #draw() {
    if (!this.anno) return;
    const all = this.#all();
    if (!all.some(({ id }) => id === this.current)) this.current = null;
    this.lines.replaceChildren(...all.flatMap((annotation) => this.#outline(annotation)));
    this.tags.replaceChildren(...all.map((annotation) => this.#tag(annotation)));
    this.#list(all);
    this.desk.panel.show(this.next ? [this.next] : [], []);
    this.desk.describe(this);
  }

  #color(annotation) {
    return this.desk.panel.colors.get(label(annotation)) ?? "#555555";
  }

  #outline(annotation) {
    const points = this.#points(annotation).map((p) => p.join(",")).join(" ");
    const state = `${this.#proposed(annotation) ? "proposed" : ""} ${annotation.id === this.current ? "current" : ""}`;
    return [svg("polygon", { points, class: `under ${state}` }), svg("polygon", { points, class: state, stroke: this.#color(annotation) })];
  }

  #tag(annotation) {
    const tag = document.createElement("span");
    tag.textContent = label(annotation) + (this.#proposed(annotation) ? "?" : "");
    const { minX, minY } = bounds(this.#points(annotation));
    const { naturalWidth, naturalHeight } = this.desk.stage.image;
    tag.style.left = `${(100 * minX) / naturalWidth}%`;
    tag.style.top = `${(100 * minY) / naturalHeight}%`;
    tag.style.background = this.#color(annotation);
    tag.classList.toggle("inside", minY < naturalHeight * 0.03);
    return tag;
  }

  #list(all) {
    const place = this.desk.objects;
    place.hidden = all.length === 0;
    const title = document.createElement("h2");
    title.textContent = `${all.length} ${all.length === 1 ? this.noun : this.plural}`;
    const rows = all.map((annotation, index) => {
      const row = document.createElement("div");
      row.className = `object ${annotation.id === this.current ? "current" : ""}`;
      const choose = document.createElement("button");
      choose.type = "button";
      choose.textContent = `${index + 1}. ${label(annotation)}${this.#proposed(annotation) ? " (proposed)" : ""}`;
      choose.addEventListener("click", () => this.#select(annotation.id));
      const drop = document.createElement("button");
      drop.type = "button";
      drop.textContent = "✕";
      drop.setAttribute("aria-label", `Remove ${this.noun} ${index + 1}`);
      drop.addEventListener("click", () => this.#remove(annotation.id));
      row.append(choose, drop);
      return row;
    });
    place.replaceChildren(title, ...rows);
  }

  #select(id) {
    this.current = id;
    this.anno.setSelected(id);
    this.#draw();
  }

  #remove(id) {
    if (!id || !this.#find(id)) return;
    this.anno.cancelSelected();
    this.anno.removeAnnotation(id);
    this.actions += 1;
    this.current = null;
    this.#draw();
  }

  get ask() {
    const what = this.boxes ? "Draw a box around every thing" : "Outline every thing";
    if (!this.item?.prelabel) return [what, this.boxes ? "Drag to draw; a digit sets its class. Enter sends." : "Click corner by corner; a double click closes. Enter sends."];
    return [`Are these ${this.plural} right?`, "Dashed ones are proposed. Mend what is wrong; Enter accepts all."];
  }

  get actButton() {
    const all = this.#all();
    if (!all.length) return this.sure ? `Really no ${this.plural}: Enter` : `No ${this.plural} here`;
    const left = all.filter((annotation) => this.#untouched(annotation)).length;
    return left === all.length ? `Accept ${left === 1 ? `this ${this.noun}` : `all ${left}`}` : `Send ${all.length} ${all.length === 1 ? this.noun : this.plural}`;
  }

  keys() {
    return [
      [this.boxes ? "drag" : "click", this.boxes ? "draw a box" : "draw an outline, corner by corner; double click ends it"],
      ["1 … 9, 0", `class of the marked ${this.noun}, and of the next`],
      ["Del", `remove the marked ${this.noun}`],
      [", .", `mark the ${this.noun} before, after`],
      ["← → ↑ ↓", "move it by a pixel; with Shift by ten; with Alt change its size"],
      ["D", "double it"], ["C", `copy all ${this.plural} of the last image`],
      ["A", `put a ${this.noun} in the middle`],
      ...(this.boxes ? [["X", "a box by four clicks on its outermost points"]] : []),
      ["Ctrl Z, Ctrl Y", "undo and redo in this image"],
      ["+ −, wheel", "zoom; Space and drag moves"],
      ["Enter", `accept all, or send; twice for no ${this.plural}`],
    ];
  }

  pick(name) {
    this.next = name;
    const chosen = this.#find(this.current);
    if (chosen && label(chosen) !== name) {
      this.actions += 1;
      this.#relabel(chosen, name);
    }
    this.#draw();
  }

  value() {
    const { width, height } = this.item;
    const round = (v, most) => Math.min(most, Math.max(0, Math.round((v / this.scale) * 100) / 100));
    const shapes = this.#all().map((annotation) => ({ annotation, original: this.#original(annotation) }));
    if (this.boxes) {
      const boxes = shapes.map(({ annotation, original }) => {
        if (original) return original;
        const box = bounds(this.#points(annotation));
        return { label: label(annotation), xmin: round(box.minX, width), ymin: round(box.minY, height), xmax: round(box.maxX, width), ymax: round(box.maxY, height) };
      });
      return { kind: "boxes", boxes };
    }
    const polygons = shapes.map(({ annotation, original }) => original ?? { label: label(annotation), points: this.#points(annotation).map(([x, y]) => [round(x, width), round(y, height)]) });
    return { kind: "polygons", polygons };
  }

  /** What the model proposed, to the last digit, where nobody touched it. */
  #original(annotation) {
    if (!this.#untouched(annotation)) return null;
    const index = [...this.proposals.keys()].indexOf(annotation.id);
    const { score, ...shape } = (this.given.boxes ?? this.given.polygons)[index];
    return shape;
  }

  act() {
    if (!this.anno) return;
    const value = this.value();
    if (!this.#all().length && !this.sure) {
      this.sure = true;
      this.desk.describe(this);
      this.desk.say(`No ${this.plural} in this image? Enter once more says so.`);
      return;
    }
    this.actions += 1;
    ShapesView.last = { points: this.#all().map((annotation) => ({ label: label(annotation), points: this.#points(annotation).map(([x, y]) => [x / this.scale / this.item.width, y / this.scale / this.item.height]) })) };
    const item = this.item;
    this.leave();
    this.desk.send([{ item, value, actions: this.actions }], this.began);
  }

  skip(reason) {
    const item = this.item;
    this.leave();
    this.desk.send([{ item, skip: reason, actions: this.actions + 2 }], this.began);
  }

  leave() {
    this.endExtreme();
    this.anno?.destroy();
    this.anno = null;
    this.item = null;
    this.desk.objects.hidden = true;
  }

  #add(name, points) {
    const made = this.#make(name, points);
    this.anno.addAnnotation(made);
    this.actions += 1;
    this.sure = false;
    this.#select(made.id);
  }

  #copyLast() {
    if (!ShapesView.last?.points.length) return this.desk.say("There is nothing to copy yet.");
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    for (const each of ShapesView.last.points) this.#add(each.label, each.points.map(([x, y]) => [x * w, y * h]));
    return this.anno.cancelSelected();
  }

  #middle() {
    const { naturalWidth: w, naturalHeight: h } = this.desk.stage.image;
    this.#add(this.next, [[w * 0.4, h * 0.4], [w * 0.6, h * 0.4], [w * 0.6, h * 0.6], [w * 0.4, h * 0.6]]);
  }

  #double() {
    const chosen = this.#find(this.current);
    if (chosen) this.#add(label(chosen), this.#points(chosen).map(([x, y]) => [x + 12, y + 12]));
  }

  #step(by) {
    const all = this.#all();
    if (!all.length) return;
    const at = all.findIndex(({ id }) => id === this.current);
    this.#select(all[(at + by + all.length) % all.length].id);
  }

  #nudge(event) {
    const chosen = this.#find(this.current);
    const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!chosen) return;
    const by = (event.shiftKey ? 10 : 1) * this.scale;
    const points = this.#points(chosen);
    const { minX, minY, maxX, maxY } = bounds(points);
    const move = ([x, y]) => {
      if (!event.altKey) return [x + dx * by, y + dy * by];
      const sx = (maxX - minX + dx * by) / (maxX - minX);
      const sy = (maxY - minY + dy * by) / (maxY - minY);
      return [minX + (x - minX) * Math.max(sx, 0.01), minY + (y - minY) * Math.max(sy, 0.01)];
    };
    const { target } = this.#make(label(chosen), points.map(move));
    this.actions += 1;
    this.anno.updateAnnotation({ ...chosen, target: { ...chosen.target, selector: target.selector } });
    this.#draw();
  }

  #extreme() {
    if (this.clicks) return this.endExtreme();
    this.clicks = document.createElement("div");
    this.clicks.className = "extreme";
    const points = [];
    this.clicks.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      const box = this.clicks.getBoundingClientRect();
      const share = [(event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height];
      points.push([share[0] * this.desk.stage.image.naturalWidth, share[1] * this.desk.stage.image.naturalHeight]);
      const dot = document.createElement("i");
      dot.style.left = `${share[0] * 100}%`;
      dot.style.top = `${share[1] * 100}%`;
      this.clicks.append(dot);
      if (points.length < 4) return;
      const { minX, minY, maxX, maxY } = bounds(points.splice(0));
      this.clicks.replaceChildren();
      this.#add(this.next, [[minX, minY], [maxX, minY], [maxX, maxY], [minX, maxY]]);
      this.anno.cancelSelected();
    });
    this.anno.element.append(this.clicks);
    return this.desk.say("Click the top, bottom, left and right end of the thing. X ends it.");
  }

  endExtreme() {
    this.clicks?.remove();
    this.clicks = null;
  }

  key(event) {
    if (!this.anno) return false;
    if ((event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase())) return this.#undo(event);
    if (event.ctrlKey || event.metaKey) return false;
    const index = digitOf(event);
    if (index !== null) {
      const each = this.desk.panel.classes[index];
      if (each) this.pick(each.name);
      return true;
    }
    if (event.key.startsWith("Arrow")) return this.#nudge(event), true;
    const does = {
      Enter: () => this.act(), Delete: () => this.#remove(this.current), Backspace: () => this.#remove(this.current),
      ",": () => this.#step(-1), ".": () => this.#step(1), d: () => this.#double(), c: () => this.#copyLast(),
      a: () => this.#middle(), x: () => this.boxes && this.#extreme(),
      "+": () => this.desk.stage.zoom(1.4), "=": () => this.desk.stage.zoom(1.4), "-": () => this.desk.stage.zoom(1 / 1.4), Home: () => this.desk.stage.zoom(0),
      Escape: () => {
        this.endExtreme();
        this.anno.cancelDrawing();
        this.anno.cancelSelected();
        this.current = null;
        this.#draw();
      },
    }[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return false;
    does();
    return true;
  }

  /** Undo within the image; false where there is nothing to undo, so that the last answer comes back. */
  #undo(event) {
    const redo = event.key.toLowerCase() === "y" || event.shiftKey;
    if (redo) {
      this.anno.redo();
      return true;
    }
    if (!this.anno.canUndo()) return false;
    this.anno.cancelSelected();
    this.anno.undo();
    this.#draw();
    return true;
  }
}
