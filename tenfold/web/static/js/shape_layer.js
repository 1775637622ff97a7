/** What shapes look like: lines over the picture, a tag at each, a list in the panel. */

import { bounds } from "./geometry.js";
import { svg } from "./values.js";

/** Black or white, whatever is better read on a color: at least 4.5 : 1 on any. */
function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  const light = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 1.05 / (light + 0.05) > (light + 0.05) / 0.05 ? "#fff" : "#000";
}

export class ShapeLayer {
  /** `chosen(id)` and `dropped(id)` are called from the list. */
  constructor({ element, image, list, colors, noun, plural, chosen, dropped }) {
    Object.assign(this, { image, list, colors, noun, plural, chosen, dropped });
    this.lines = svg("svg", { class: "shape-lines", viewBox: `0 0 ${image.naturalWidth} ${image.naturalHeight}` });
    this.shapes = svg("g");
    this.lines.append(this.shapes);
    this.tags = document.createElement("div");
    this.tags.className = "shape-tags";
    element.insertBefore(this.lines, element.querySelector(".a9s-annotationlayer"));
    element.append(this.tags);
  }

  /** Show shapes, each `{id, label, points, proposed, current, score}`. */
  draw(all, hidden, foot) {
    this.shapes.replaceChildren(...all.flatMap((shape) => this.#outline(shape)));
    this.tags.replaceChildren(...all.map((shape) => this.#tag(shape)));
    this.#list(all, hidden, foot);
  }

  #color({ label }) {
    return this.colors.get(label) ?? "#555555";
  }

  #outline(shape) {
    const points = shape.points.map((p) => p.join(",")).join(" ");
    const state = `${shape.proposed ? "proposed" : ""} ${shape.current ? "current" : ""}`;
    return [svg("polygon", { points, class: `under ${state}` }), svg("polygon", { points, class: state, stroke: this.#color(shape) })];
  }

  /** A line across the picture with the tag where its shape begins; before the right edge cuts it off, it gives way. */
  #tag(shape) {
    const tag = document.createElement("span");
    tag.textContent = shape.label + (shape.proposed ? "?" : "");
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

  #list(all, hidden, foot) {
    this.list.hidden = !all.length && !hidden && !foot;
    const title = document.createElement("h2");
    title.textContent = `${all.length} ${all.length === 1 ? this.noun : this.plural}${hidden ? `, ${hidden} below the threshold` : ""}`;
    const focused = this.list.contains(document.activeElement) && document.activeElement.type === "range";
    const rows = all.map((shape, index) => this.#row(shape, index));
    if (focused) {
      // The slider is at work: leave it where it is.
      for (const old of [...this.list.children]) if (old !== foot) old.remove();
      this.list.prepend(title);
      this.list.append(...rows);
    } else this.list.replaceChildren(title, ...(foot ? [foot] : []), ...rows);
    // Where the panel is low, the classes stay in sight instead.
    if (innerWidth > 704 && innerHeight > 544) this.list.querySelector(".object.current")?.scrollIntoView({ block: "nearest" });
  }

  #row(shape, index) {
    const row = document.createElement("div");
    row.className = `object ${shape.current ? "current" : ""}`;
    const choose = document.createElement("button");
    choose.type = "button";
    const name = Object.assign(document.createElement("span"), { className: "clip", textContent: `${index + 1}. ${shape.label}` });
    const sure = shape.score === undefined ? "" : ` ${shape.score.toFixed(2)}`;
    choose.append(name, ...(shape.proposed ? [Object.assign(document.createElement("span"), { className: "muted small", textContent: `proposed${sure}` })] : []));
    choose.title = shape.label;
    choose.addEventListener("click", () => this.chosen(shape.id));
    const drop = document.createElement("button");
    drop.type = "button";
    drop.textContent = "✕";
    drop.setAttribute("aria-label", `Remove ${this.noun} ${index + 1}`);
    drop.addEventListener("click", () => this.dropped(shape.id));
    row.append(choose, drop);
    return row;
  }
}
