/** A cell of the data view opened large, corrected, and the next one with one key. */

import { Corrector } from "./corrector.js";
import { toast } from "./page.js";
import { words } from "./values.js";

const byId = (id) => document.getElementById(id);

export class CellEditor {
  /**
   * `why(index)` shows what a proposal leans on, null where that isn't told; `cells()` gives what is loaded and `more()` loads further ones; `correct(index, value)` sends a label;
   * `moved(index)` is told which cell is open.
   */
  constructor({ start, address, why, cells, correct, more, moved }) {
    Object.assign(this, { start, address, why, cells, correct, more, moved });
    this.dialog = byId("editing");
    this.dialog.addEventListener("close", () => this.corrector?.leave());
    this.dialog.addEventListener("keydown", (event) => this.#key(event));
    byId("save").addEventListener("click", () => this.save());
    byId("next").addEventListener("click", () => this.go(1));
    byId("previous").addEventListener("click", () => this.go(-1));
  }

  open(index) {
    this.dialog.showModal();
    this.corrector ??= new Corrector({
      start: this.start, stage: byId("stage"), classes: byId("classes"), objects: byId("objects"), say: toast,
      picked: () => this.save(), told: () => this.#showSave(),
    });
    this.corrector.sent = () => this.save();
    return this.#show(index);
  }

  async #show(index) {
    this.index = index;
    const view = this.cells()[index];
    this.moved(index);
    const value = view.value ?? view.prelabel;
    byId("editing-title").textContent = view.image.paths[0] ?? view.image.sha256.slice(0, 12);
    byId("details").href = `/projects/${this.start.project}/data/${view.image.sha256}`;
    this.#say(view);
    await this.corrector.show({ ...view.image, value, path: view.image.paths[0] ?? "", proposed: view.prelabel }).catch((error) => toast(error.message));
    this.#showSave();
    byId("stage").focus({ preventScroll: true });
    for (const next of this.cells().slice(index + 1, index + 3)) this.corrector.picture(next.image.sha256);
  }

  #say(view) {
    const said = Object.assign(document.createElement("p"), { className: "ask", textContent: view.value ? words(view.value) : "no label" });
    const state = Object.assign(document.createElement("p"), { className: "muted small", textContent: [view.state, view.by].filter(Boolean).join(", ") });
    const rows = [said, state];
    if (view.prelabel) rows.push(Object.assign(document.createElement("p"), { className: "small", textContent: `The model proposes ${words(view.prelabel)}${view.confidence === null ? "" : `, ${Math.round(100 * view.confidence)} % sure`}.` }));
    byId("said").replaceChildren(...rows);
  }

  #showSave() {
    const { changed } = this.corrector;
    const view = this.cells()[this.index];
    byId("save").firstChild.textContent = changed || !view.value ? "Save" : "Keep";
    byId("save").disabled = !this.corrector.value();
  }

  save() {
    const { index } = this;
    const value = this.corrector.value();
    if (this.corrector.missing) return toast(this.corrector.missing);
    if (this.corrector.changed || !this.cells()[index].value) this.correct(index, value);
    return this.go(1);
  }

  async go(by) {
    const to = this.index + by;
    if (to >= this.cells().length - 20) await this.more();
    if (to < 0 || to >= this.cells().length) return toast(by > 0 ? "That was the last one." : "This is the first one.");
    return this.#show(to);
  }

  #key(event) {
    if (event.target.closest("input:not([type=range]), select, textarea")) return;
    if (event.target.closest("button, a") && (event.key === "Enter" || event.key === " ")) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const action = plain && { ...(this.why && { w: () => this.why(this.index) }), j: () => this.go(1), k: () => this.go(-1), Enter: () => !this.corrector.busy && (this.save(), true) }[name];
    const used = action ? action() !== false : false;
    if (used || (event.key !== "Escape" && this.corrector.key(event))) {
      event.preventDefault();
      event.stopPropagation();
    }
  }
}
