/** What the pages share on which reviewers look at one image after the other: keys and dialogs. */

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

function dialogKey(event, dialog) {
  if (!/^[1-9]$/.test(event.key) || event.target.closest("input, textarea")) return;
  dialog.querySelectorAll("[data-skip]")[Number(event.key) - 1]?.click();
}

export function closeByButton() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
  document.addEventListener("click", (event) => {
    if (event.detail > 0 && !event.target.closest("dialog")) event.target.closest("button")?.blur();
  });
}

/** Show a sheet of keys, each row `[keys, text]`. */
export function keySheet(dialog, rows) {
  dialog.querySelector(".key-sheet").replaceChildren(...rows.flatMap(([keys, text]) => {
    const term = document.createElement("dt");
    term.append(...keys.split(/(?:, | )(?=\S)/).map((key) => (key === "…" ? "…" : Object.assign(document.createElement("kbd"), { textContent: key }))));
    return [term, Object.assign(document.createElement("dd"), { textContent: text })];
  }));
  dialog.showModal();
}
