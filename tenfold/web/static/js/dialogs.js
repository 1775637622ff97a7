/** Dialogs of the pages that show images: how they close, the reasons to leave an image out, the sheet of keys. */

/** Close dialogs by their buttons, and by a click beside them. */
export function closeDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog || event.target.closest("[data-close]")) dialog.close();
    });
  }
}

/** Be told which reason is chosen to leave an image out. */
export function hearReason(chosen) {
  const dialog = document.getElementById("skipping");
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("[data-skip]");
    if (!button) return;
    dialog.close();
    chosen(button.dataset.skip);
  });
}

/** The key that opened the instructions or the sheet of keys closes them; a digit chooses a reason. */
export function dialogKey(event, dialog) {
  if (dialog.id === "instructions" && event.key.toLowerCase() === "i") dialog.close();
  else if (dialog.id === "keys" && event.key === "?") dialog.close();
  else reasonKey(event, dialog);
}

function reasonKey(event, dialog) {
  if (!/^[1-9]$/.test(event.key) || event.target.closest("input, textarea")) return;
  dialog.querySelectorAll("[data-skip]")[Number(event.key) - 1]?.click();
}

/** Show the sheet of keys, each row `[keys, text]`. */
export function keySheet(rows) {
  const dialog = document.getElementById("keys");
  dialog.querySelector(".key-sheet").replaceChildren(...rows.flatMap(([keys, text]) => {
    const term = document.createElement("dt");
    term.append(...keys.split(/(?:, | )(?=\S)/).map((key) => (key === "…" ? "…" : Object.assign(document.createElement("kbd"), { textContent: key }))));
    return [term, Object.assign(document.createElement("dd"), { textContent: text })];
  }));
  dialog.showModal();
}
