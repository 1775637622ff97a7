/** The keys of boxes and outlines, and what the sheet of keys says of them. */

import { bracketWithAlt } from "./brackets.js";
import { copyLast, double, erase, hard, middle, nudge, step } from "./shape_commands.js";

/** Return a function that does what a key asks for, and says whether it was one of ours. */
export function shapeKeys(view) {
  const zoom = (factor) => () => view.desk.stage.zoom(factor, view.desk.stage.pointer);
  const remove = () => erase(view);
  const keys = {
    Enter: () => view.act(), n: () => view.none(), Delete: remove, Backspace: remove,
    ",": () => step(view, -1), ".": () => step(view, 1), d: () => double(view), c: () => copyLast(view), h: () => hard(view), v: () => view.corners?.add(),
    a: () => middle(view), x: () => view.boxes && view.toggleClicks(),
    "[": () => view.threshold.step(-1), "]": () => view.threshold.step(1),
    "+": zoom(1.4), "=": zoom(1.4), "-": zoom(1 / 1.4), Home: zoom(0), " ": () => {}, Escape: () => view.escape(),
  };
  return (event) => {
    if ((event.ctrlKey || event.metaKey) && !bracketWithAlt(event)) {
      const key = event.key.toLowerCase();
      return ["z", "y"].includes(key) && view.undo(key === "y" || event.shiftKey);
    }
    if (event.key.toLowerCase() === "e" && view.corners) return view.corners.step(event.shiftKey ? -1 : 1), true;
    if (event.key.startsWith("Arrow")) return nudge(view, event), true;
    if (event.key === "Tab") return tab(view, event);
    // Corners of an outline that are chosen are Annotorious's to remove.
    const corner = (event.key === "Delete" || event.key === "Backspace") && view.canvas.element.querySelector(".a9s-handle-selected");
    if (corner) return view.keepSoon(), false;
    const does = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!does) return false;
    does();
    return true;
  };
}

/** Tab goes from shape to shape while the image has the focus; after Escape it is the browser's. */
function tab(view, event) {
  const elsewhere = document.activeElement?.closest?.(".tool-bar, .panel, .strip");
  if (elsewhere || view.free || event.altKey) return false;
  step(view, event.shiftKey ? -1 : 1);
  return view.current !== null;
}

export function shapeRows({ boxes, noun, plural }) {
  return [
    [boxes ? "drag" : "click", boxes ? "draw a box" : "draw an outline, corner by corner; Enter or the first point closes it"],
    ...(boxes ? [["X", "boxes by four clicks on their outermost points"]] : [["drag", "move a corner; on the middle of a side, a new corner; click and Del removes it"], ["E, ⇧E", "the corner after, before: arrow keys move it, V puts another one behind it, Del removes it"]]),
    ["1 … 9, 0", `class of the marked ${noun}, and of the next`],
    ["Tab, ⇧Tab", `mark the ${noun} after, before; clicking again marks the one below`],
    ["Del", `remove the marked ${noun}`],
    ["← → ↑ ↓", "move it by a pixel; with Shift by ten; with Alt change its size"],
    ["D", "double it"], ["C", `copy all ${plural} of the last image`],
    ["A", `put a ${noun} in the middle`],
    ["H", `the marked ${noun} is hard to make out: nobody is wrong who leaves it out, or says another class`],
    ["[ ]", "show more, fewer of the proposals, in the grid as well"],
    ["Ctrl+Z, Ctrl+Y", "undo and redo, in this image and then across images"],
    ["+ −, wheel", "zoom at the pointer; Home fits; Space and drag moves; two fingers do both"],
    ["Enter", "accept all, or send"],
    ["N", `there are no ${plural} in this image`],
  ];
}
