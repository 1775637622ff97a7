/** What shapes look like: lines over the picture, a tag at each, a list in the panel. */

import { bounds } from "./geometry.js";
import { drawnThrough, markWords, named, svg } from "./values.js";

/** Black or white, whatever is better read on a color: at least 4.5 : 1 on any. */
function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000";
}

/** A line without length: with round ends it is a dot, as large at any zoom. */
const dot = ([x, y]) => `M${x} ${y}h0`;

/** Have a place hold these elements in this order. Those that are there stay untouched: nothing of them is laid out again. */
function hold(place, elements) {
  const wanted = new Set(elements);
  for (const child of [...place.children]) if (!wanted.has(child)) child.remove();
  let at = place.firstElementChild;
  for (const element of elements) {
    if (element === at) at = at.nextElementSibling;
    else place.insertBefore(element, at);
  }
}

export class ShapeLayer {
  #parts = new Map();

  /** `chosen(id)`, `dropped(id)` and, for the marked shape, `hard()` are called from the list. */
  constructor({ element, image, list, colors, noun, plural, chosen, dropped, hard }) {
    Object.assign(this, { image, list, colors, noun, plural, chosen, dropped, hard });
    this.lines = svg("svg", { class: "shape-lines", viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}` });
    this.shapes = svg("g");
    this.lines.append(this.shapes);
    this.tags = document.createElement("div");
    this.tags.className = "shape-tags";
    this.title = document.createElement("h2");
    list.replaceChildren();
    element.insertBefore(this.lines, element.querySelector(".a9s-annotationlayer"));
    element.append(this.tags);
  }

  /** Show shapes, each `{id, label, points, proposed, current, score}`. */
  draw(all, hidden, foot) {
    const parts = all.map((shape, index) => this.#partsOf(shape, index));
    this.#parts = new Map(all.map(({ id }, index) => [id, parts[index]]));
    hold(this.shapes, parts.flatMap(({ outline }) => outline));
    hold(this.tags, parts.map(({ tag }) => tag));
    this.#list(parts.map(({ row }) => row), hidden, foot);
  }

  /** What is drawn of a shape: made anew only where it looks otherwise than before. */
  #partsOf(shape, index) {
    const look = JSON.stringify([shape, index, this.#color(shape)]);
    const before = this.#parts.get(shape.id);
    if (before?.look === look) return before;
    return { look, outline: this.#outline(shape), tag: this.#tag(shape), row: this.#row(shape, index) };
  }

  #color({ label }) {
    return this.colors.get(label) ?? "#555555";
  }

  #outline(shape) {
    const state = `${shape.proposed ? "proposed" : ""} ${shape.current ? "current" : ""}`;
    const corner = shape.corner ? [svg("path", { class: "corner under", d: dot(shape.corner) }), svg("path", { class: "corner", d: dot(shape.corner) })] : [];
    return [...drawnThrough(shape.points, this.#color(shape), state), ...corner];
  }

  /** A line across the picture with the tag where its shape begins; before the right edge cuts it off, it gives way. */
  #tag(shape) {
    const tag = document.createElement("span");
    tag.textContent = named(shape) + (shape.proposed ? "?" : "");
    tag.style.background = this.#color(shape);
    tag.style.color = inkOn(this.#color(shape));
    const { minX, minY } = bounds(shape.points);
    const { naturalWidth, naturalHeight } = this.image;
    const before = document.createElement("i");
    before.style.flexBasis = `${Math.max(0, (100 * minX) / naturalWidth)}%`;
    const line = document.createElement("div");
    line.append(before, tag);
    line.style.top = `${(100 * minY) / naturalHeight}%`;
    line.classList.toggle("inside", minY < naturalHeight * 0.03);
    line.classList.toggle("current", Boolean(shape.current));
    return line;
  }

  #list(rows, hidden, foot) {
    this.list.hidden = !rows.length && !hidden && !foot;
    this.title.textContent = `${rows.length} ${rows.length === 1 ? this.noun : this.plural}${hidden ? `, ${hidden} below the threshold` : ""}`;
    const at = document.activeElement;
    const row = at?.closest(".object");
    const place = row ? [...row.children].indexOf(at) : -1;
    hold(this.list, [this.title, ...(foot ? [foot] : []), ...rows]);
    // A row that was made anew keeps the focus of the keyboard.
    if (row && !row.isConnected) rows.find(({ dataset }) => dataset.shape === row.dataset.shape)?.children[place]?.focus({ preventScroll: true });
    // Where the panel is low, the classes stay in sight instead.
    if (innerWidth > 704 && innerHeight > 544) this.list.querySelector(".object.current")?.scrollIntoView({ block: "nearest" });
  }

  #row(shape, index) {
    const row = document.createElement("div");
    row.className = `object ${shape.current ? "current" : ""}`;
    row.dataset.shape = shape.id;
    const choose = document.createElement("button");
    choose.type = "button";
    const name = Object.assign(document.createElement("span"), { className: "clip", textContent: `${index + 1}. ${shape.label}` });
    const sure = shape.score === undefined ? "" : ` ${shape.score.toFixed(2)}`;
    const more = [markWords(shape), shape.proposed && `proposed${sure}`].filter(Boolean).join(", ");
    choose.append(name, ...(more ? [Object.assign(document.createElement("span"), { className: "muted small", textContent: more })] : []));
    choose.title = shape.label;
    choose.addEventListener("click", () => this.chosen(shape.id));
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "✕";
    drop.setAttribute("aria-label", `Remove ${this.noun} ${index + 1}`);
    drop.addEventListener("click", () => this.dropped(shape.id));
    row.append(choose, ...(shape.current ? [this.#hardButton(shape)] : []), drop);
    return row;
  }

  #hardButton({ difficult }) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "hard", textContent: "Hard", title: "Hard to make out (H)" });
    button.setAttribute("aria-pressed", difficult ? "true" : "false");
    button.addEventListener("click", () => this.hard());
    return button;
  }
}
