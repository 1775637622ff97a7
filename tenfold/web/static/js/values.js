/** Label values: in words, compared, drawn. */

export function words(value) {
  if (!value) return "";
  switch (value.kind) {
    case "class": return value.label;
    case "set": return value.labels.join(", ") || "none of the classes";
    case "boxes": return counted(value.boxes, "no boxes");
    default: return counted(value.polygons, "no outlines");
  }
}

function counted(shapes, none) {
  const counts = new Map();
  for (const { label } of shapes) counts.set(label, (counts.get(label) ?? 0) + 1);
  return [...counts].map(([label, count]) => `${count} ${label}`).join(", ") || none;
}

/** The same for two values that say the same of an image, apart from where shapes lie. */
export const sameAs = (value) => (value ? `${value.kind}:${words(value)}` : "");

const MARKS = ["difficult", "crowd"];

/** What a shape is marked as beside its class: hard to make out, or a crowd of things; nothing of what it isn't. */
export const marksOf = (shape) => Object.fromEntries(MARKS.filter((mark) => shape[mark]).map((mark) => [mark, true]));

/** Those marks in words. */
export const markWords = ({ difficult, crowd }) => [difficult && "hard", crowd && "crowd"].filter(Boolean).join(", ");

/** The class of a shape, with its marks. */
export const named = (shape) => [shape.label, markWords(shape)].filter(Boolean).join(", ");

/** Corner points of a value's shapes, with their class and marks. */
export function outlines(value) {
  if (value?.kind === "boxes") {
    return value.boxes.map((b) => ({ label: b.label, points: [[b.xmin, b.ymin], [b.xmax, b.ymin], [b.xmax, b.ymax], [b.xmin, b.ymax]], ...marksOf(b) }));
  }
  return value?.kind === "polygons" ? value.polygons.map((p) => ({ label: p.label, points: p.points, ...marksOf(p) })) : [];
}

/** The same for two values that are the same, whatever the order of their shapes. */
function fingerprint(value) {
  const sorted = (shapes) => shapes.map(({ label, points, xmin, ymin, xmax, ymax, ...more }) => JSON.stringify([label, points, xmin, ymin, xmax, ymax, marksOf(more)])).sort();
  if (value?.kind === "set") return JSON.stringify([...value.labels].sort());
  if (value?.kind === "class") return JSON.stringify(value.label);
  return value ? JSON.stringify(sorted(value.boxes ?? value.polygons)) : "";
}

export const sameValue = (one, other) => Boolean(one) === Boolean(other) && fingerprint(one) === fingerprint(other);

/** A value whose classes are called otherwise; `called` gives a name for a name. */
export function withNames(value, called) {
  if (!value) return value;
  const shape = (each) => ({ ...each, label: called(each.label) });
  switch (value.kind) {
    case "class": return shape(value);
    case "set": return { ...value, labels: [...new Set(value.labels.map(called))].sort() };
    case "boxes": return { ...value, boxes: value.boxes.map(shape) };
    default: return { ...value, polygons: value.polygons.map(shape) };
  }
}

/** The names of the classes in a value. */
export function namesIn(value) {
  if (!value) return [];
  return value.kind === "class" ? [value.label] : value.labels ?? (value.boxes ?? value.polygons).map(({ label }) => label);
}

/** A proposal as an answer: the model's scores are not the person's. */
export function accepted(value) {
  const plain = ({ score, ...shape }) => shape;
  if (value.kind === "boxes") return { kind: "boxes", boxes: value.boxes.map(plain) };
  if (value.kind === "polygons") return { kind: "polygons", polygons: value.polygons.map(plain) };
  return value;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

const through = (points) => points.map((point) => point.join(",")).join(" ");

/** An outline in its color, and under it a wider one that parts it from the picture; `state` is a class of both. */
export function drawnThrough(points, stroke, state = "") {
  const there = { points: through(points) };
  return [svg("polygon", { ...there, class: `under ${state}` }), svg("polygon", { ...there, class: state, stroke })];
}

/** What a value draws, to be laid over its picture: `[]`, or an element. */
export function linesOf(value, { width, height }, colors, className = "") {
  const shapes = outlines(value);
  if (!shapes.length) return [];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  for (const { label, points } of shapes) {
    drawing.append(svg("polygon", { points: through(points), stroke: colors.get(label) ?? "#555555", class: className }));
  }
  return [drawing];
}

/** A key that nobody else makes. `crypto.randomUUID` is missing where the page comes over plain HTTP. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
