/** What the pages share on which reviewers look at one image after the other: keys and dialogs. */

import { closeDialogs, dialogKey } from "./dialogs.js";

export const instructions = () => document.getElementById("instructions").showModal();

/** Do what keys ask for; a label's own keys come after those of the page. */
export function answerKeys(keys, corrector = null) {
  addEventListener("keydown", (event) => {
    if (event.isComposing) return undefined;
    const dialog = document.querySelector("dialog[open]");
    if (dialog) return dialogKey(event, dialog);
    if (event.target.closest("input:not([type=checkbox], [type=range]), textarea, select")) return undefined;
    if (event.target.closest("button, a, summary") && (event.key === "Enter" || event.key === " ")) return undefined;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const action = plain && !(name === "Enter" && corrector?.busy) ? keys[name] : null;
    if (action) {
      event.preventDefault();
      if (!event.repeat || name.startsWith("Arrow") || "jk".includes(name)) action(event);
    } else if (corrector?.key(event)) event.preventDefault();
    return undefined;
  }, true);
}

export function closeByButton() {
  closeDialogs();
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && !event.target.closest("dialog")) event.target.closest("button")?.blur();
  });
}
