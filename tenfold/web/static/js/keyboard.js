/** Keys and buttons of the label page: those of the view first, then those of the page. */

import { bracketWithAlt } from "./brackets.js";
import { closeDialogs, dialogKey, hearReason, keySheet } from "./dialogs.js";
import { GridView } from "./grid.js";

const byId = (id) => document.getElementById(id);
const ROWS = [["Z", "undo: what was drawn or marked here, then the last answer; ⇧Z does it again"], ["⇧G", "several at once, or one by one"], ["G", "flag for the reviewer, with a comment"], ["S", "skip, with a reason"], ["I", "instructions"], ["B", "brightness, contrast, zoom"], ["/", "find a class"], ["?", "this sheet"]];

function hearStage(stage) {
  byId("zoom-in").addEventListener("click", () => stage.zoom(1.4));
  byId("zoom-out").addEventListener("click", () => stage.zoom(1 / 1.4));
  byId("zoom-fit").addEventListener("click", () => stage.zoom(0));
  byId("full").addEventListener("click", () => (document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen()));
  const shown = () => stage.filter(Number(byId("brightness").value), Number(byId("contrast").value));
  for (const id of ["brightness", "contrast"]) byId(id).addEventListener("input", shown);
  byId("view-reset").addEventListener("click", () => {
    byId("brightness").value = byId("contrast").value = 100;
    shown();
  });
}

/** `does` says what undo, redo, flag and together do; `busy()` whether an image is on its way. */
export function hearKeys(desk, does, busy) {
  const opens = (id) => () => byId(id).showModal();
  const keys = () => keySheet([...(desk.view?.keys() ?? []), ...ROWS]);
  const skip = () => desk.view && byId("skipping").showModal();
  // Within the image first, as Ctrl+Z and Ctrl+Y do.
  const within = (redo) => !busy() && desk.view?.undo?.(redo);
  const pageKeys = {
    z: ({ shiftKey: again }) => within(again) || (again ? does.redo() : does.undo()), y: () => within(true) || does.redo(), g: (event) => (event.shiftKey ? does.together() : does.flag()),
    s: skip, i: opens("instructions"), b: opens("viewing"), "?": keys, "/": () => desk.panel.find(),
  };

  addEventListener("keydown", (event) => {
    if (event.isComposing) return undefined;
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return dialogKey(event, dialog);
    // A field of a dialog that has just closed may still be told of a key.
    if (event.target.closest("input, textarea, select")?.checkVisibility()) return undefined;
    if (event.target.closest("button, a, summary") && (event.key === "Enter" || event.key === " ")) return undefined;
    const undoing = (event.ctrlKey || event.metaKey) && ["z", "y"].includes(event.key.toLowerCase());
    if (undoing) event.stopPropagation();
    const bracket = bracketWithAlt(event);
    if ((event.ctrlKey || event.metaKey) && !undoing && !bracket) return undefined;
    const letters = desk.view instanceof GridView;
    const own = event.altKey && !bracket && !event.key.startsWith("Arrow") ? false : !busy() && desk.view?.key(event);
    const plain = event.key.toLowerCase();
    const action = own || (plain === "y" && !undoing) ? null : pageKeys[plain];
    if (own || action) event.preventDefault();
    if (action && !(event.repeat && !letters)) action(event);
    return undefined;
  }, true);

  document.addEventListener("click", (event) => {
    if (event.detail > 0) event.target.closest("button")?.blur();
  });
  const buttons = { undo: () => within(false) || does.undo(), redo: () => within(true) || does.redo(), "finished-undo": does.undo, flag: does.flag, skip, "show-instructions": opens("instructions"), "show-keys": keys, "show-view": opens("viewing") };
  for (const [id, action] of Object.entries(buttons)) byId(id).addEventListener("click", action);
  hearReason((reason) => desk.view?.skip(reason));
  closeDialogs();
  hearStage(desk.stage);
}
