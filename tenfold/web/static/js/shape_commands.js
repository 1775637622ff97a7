/** What keys and buttons do to the shapes of an image. */

import { corners, moved, resized } from "./geometry.js";
import { marksOf } from "./values.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
/** Pixels by which a doubled shape lies beside the first. */
const BESIDE = 12;

/** The shapes of the last image, in shares of its width and height. */
let last = [];

export function remember(view) {
  const { width, height } = view.canvas.size;
  last = view.canvas.shapes().map(({ id, points, ...more }) => ({ ...more, points: points.map(([x, y]) => [x / width, y / height]) }));
}

export function copyLast(view) {
  if (!last.length) return view.desk.say("There is nothing to copy yet.");
  const { width, height } = view.canvas.size;
  view.add(last.map(({ points, ...more }) => ({ ...more, points: points.map(([x, y]) => [x * width, y * height]) })));
  return view.canvas.unselect();
}

export function middle(view) {
  const { width: w, height: h } = view.canvas.size;
  view.add([{ label: view.next, points: corners({ minX: w * 0.4, minY: h * 0.4, maxX: w * 0.6, maxY: h * 0.6 }) }]);
}

export function double(view) {
  const chosen = view.canvas.find(view.current);
  const { width, height } = view.canvas.size;
  if (chosen) view.add([{ label: chosen.label, ...marksOf(chosen), points: moved(chosen.points, BESIDE, BESIDE, width, height) }]);
}

/** Say of the marked shape that it is hard to make out, or no longer. */
export function hard(view) {
  const chosen = view.canvas.find(view.current);
  const mark = `Mark ${view.boxes ? "a box" : "an outline"} first`;
  if (!chosen) return view.desk.say(`${mark}: Tab, or a click.`, `${mark}: tap it.`);
  return view.change({ ...chosen, difficult: !chosen.difficult });
}

/** Mark the shape after, or before. */
export function step(view, by) {
  const all = view.canvas.shapes();
  if (!all.length) return;
  const at = all.findIndex(({ id }) => id === view.current);
  view.select(all[(at + (at < 0 && by < 0 ? 0 : by) + all.length) % all.length].id);
}

export function nudge(view, event) {
  const chosen = view.canvas.find(view.current);
  if (!chosen) return;
  const [dx, dy] = ARROWS[event.key];
  const by = (event.shiftKey ? 10 : 1) * view.scale;
  if (view.corners?.point) return void view.corners.move(dx * by, dy * by);
  const { width, height } = view.canvas.size;
  const points = (event.altKey ? resized : moved)(chosen.points, dx * by, dy * by, width, height);
  view.change({ ...chosen, points }, `nudge ${chosen.id}`);
}

/** Remove the marked corner or shape, or take the last point of an unfinished one back. */
export function erase(view) {
  if (view.pen.busy) view.pen.back();
  else if (view.corners?.point) view.corners.remove();
  else view.remove(view.current);
}
