/** Which shapes are still the model's, and what is made of all of them. */

import { area, bounds, within } from "./geometry.js";
import { marksOf, markWords, newKey, outlines } from "./values.js";

const shapesOf = (value) => value?.boxes ?? value?.polygons ?? [];

/** The same for two shapes that are the same, whatever the model's score. */
const printed = ({ label, points, xmin, ymin, xmax, ymax, ...more }) => JSON.stringify([label, points, xmin, ymin, xmax, ymax, marksOf(more)]);

function alike(a, b) {
  return a && b && a.label === b.label && markWords(a) === markWords(b) && a.points.length === b.points.length
    && a.points.every(([x, y], i) => Math.abs(x - b.points[i][0]) < 0.01 && Math.abs(y - b.points[i][1]) < 0.01);
}

/** What was begun, with what of the proposal lies below a threshold: hidden then, it is in no draft. */
export function resumed(draft, proposal, threshold) {
  const kind = draft.boxes ? "boxes" : "polygons";
  const there = new Set(draft[kind].map(printed));
  const hidden = shapesOf(proposal).filter((shape) => (shape.score ?? 1) < threshold && !there.has(printed(shape)));
  return { ...draft, [kind]: [...draft[kind], ...hidden] };
}

export class Proposals {
  #by = new Map();

  /**
   * The shapes to begin with: what the model proposed, or what the person had said or begun.
   * `proposed` is what of it is the model's; a shape that is the same is so still.
   */
  begin(value, scale, proposed) {
    const given = shapesOf(value);
    const model = new Map(shapesOf(proposed).map((shape) => [printed(shape), shape]));
    this.#by.clear();
    return outlines(value).map(({ points, ...more }, index) => {
      const id = newKey();
      const shape = { id, ...more, points: points.map((point) => point.map((v) => Math.round(v * scale * 1e4) / 1e4)) };
      const same = model.get(printed(given[index]));
      this.#by.set(id, { ...shape, given: given[index], model: Boolean(same), score: same?.score ?? undefined });
      return shape;
    });
  }

  /** Change every shape as it was given, as when classes are called otherwise. */
  each(change) {
    for (const [id, shape] of this.#by) this.#by.set(id, { ...change(shape), given: change(shape.given) });
  }

  /** Whether a shape is as it was given, by the model or by the person. */
  untouched(shape) {
    return alike(this.#by.get(shape.id), shape);
  }

  /** Whether a shape is the model's, and nobody touched it. */
  proposed(shape) {
    return Boolean(this.#by.get(shape.id)?.model) && this.untouched(shape);
  }

  score(shape) {
    return this.#by.get(shape.id)?.score;
  }

  get scored() {
    return [...this.#by.values()].some(({ score }) => score !== undefined);
  }

  below(shape, threshold) {
    const score = this.score(shape);
    return score !== undefined && score < threshold && this.untouched(shape);
  }

  /** A shape as it was given. */
  given(shape) {
    const { score, ...plain } = this.#by.get(shape.id).given;
    return plain;
  }

  /** The answer: what nobody touched to the last digit as it was given, the rest within the image. */
  answer(shapes, { width, height }, scale, boxes) {
    const round = (v, most) => within(Math.round((v / scale) * 100) / 100, most);
    const said = shapes.map((shape) => {
      if (this.untouched(shape)) return this.given(shape);
      const points = shape.points.map(([x, y]) => [round(x, width), round(y, height)]);
      if (!boxes) return area(points) > 0 ? { label: shape.label, points, ...marksOf(shape) } : null;
      const { minX: xmin, minY: ymin, maxX: xmax, maxY: ymax } = bounds(points);
      return xmax > xmin && ymax > ymin ? { label: shape.label, xmin, ymin, xmax, ymax, ...marksOf(shape) } : null;
    }).filter(Boolean);
    return boxes ? { kind: "boxes", boxes: said } : { kind: "polygons", polygons: said };
  }
}
