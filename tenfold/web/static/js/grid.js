/** Several images at once: tagged one after the other or together, or only checked. */

import { digitOf } from "./classes.js";
import { Edits } from "./edits.js";
import { Enlarged } from "./enlarged.js";
import { alike, answered, checking, tagging } from "./grid_work.js";
import { Hints, hintsFor } from "./hints.js";
import { Marks } from "./marks.js";
import { grouped } from "./pages.js";
import { sift, Threshold } from "./threshold.js";
import { redrawn, tilePicture, tileText } from "./tile.js";
import { outlines, withNames, words } from "./values.js";

const PATIENCE = 3000;
const NARROW = 520;
/** More images than these have little room each. */
const FEW = 20;

/** Wait until pictures are there, or will not come. */
async function settled(images) {
  const late = images.filter((image) => !image.complete);
  if (!late.length) return;
  const enough = new Promise((done) => setTimeout(done, PATIENCE));
  await Promise.race([Promise.allSettled(late.map((image) => image.decode())), enough]);
}

export class GridView {
  constructor(desk, count) {
    this.desk = desk;
    this.count = count;
    this.size = "thumb";
    this.editable = desk.start.task === "classification";
    this.marks = new Marks(desk.start);
    this.threshold = desk.start.editor === "shapes" ? new Threshold(desk.start.project, () => this.#sifted()) : null;
    this.large = new Enlarged(() => this.over ?? this.tiles[this.at], () => desk.panel.colors);
  }

  async show(items) {
    this.began = performance.now();
    this.work = items[0]?.prelabel ? checking : this.editable && items.every(grouped) ? alike : tagging;
    const marked = this.marks.kept;
    this.tiles = items.map((item) => {
      const picked = marked.has(item.sha256) && !item.restored;
      return { item, value: item.restored ?? null, skip: null, picked, odd: false, actions: picked ? 1 : 0 };
    });
    this.edits = new Edits(this.#state());
    this.#sift();
    this.hints = new Hints(this.work.lettered ? hintsFor(items.length) : [], () => this.#markHints());
    this.at = 0;
    this.over = null;
    this.#build();
    this.#focus(0);
    this.#mark();
  }

  /** One by one, what lies below the threshold is hidden and left out; so here. */
  #sift() {
    for (const tile of this.tiles) {
      const { sure, below } = sift(tile.item.prelabel, this.threshold?.value ?? 0);
      Object.assign(tile, { proposal: sure, below, unsure: below > 0 && !outlines(sure).length });
    }
  }

  #sifted() {
    this.#sift();
    for (const tile of this.tiles) redrawn(tile, this.desk.panel.colors);
    this.#mark();
  }

  /** What was said of the images, to take it back and do it again. */
  #state() {
    return this.tiles.map(({ value, skip, picked, odd }) => ({ value, skip, picked, odd }));
  }

  /** Keep what is said now as a step that can be taken back. */
  #step() {
    this.edits.keep(this.#state());
    this.marks.keep(this.tiles);
    this.#mark();
  }

  /** Undo or redo on this page; false where nothing is left, so that answers come back. */
  undo(redo) {
    const state = redo ? this.edits.redo() : this.edits.undo();
    if (!state) return false;
    this.tiles.forEach((tile, index) => Object.assign(tile, state[index]));
    this.marks.keep(this.tiles);
    this.#mark();
    return true;
  }

  get items() {
    return this.tiles.map((tile) => tile.item);
  }

  /** The image of the cursor. */
  get pointed() {
    return this.tiles[this.at]?.item;
  }

  /** Whether something was said here that isn't sent. */
  get touched() {
    return this.tiles.some((tile) => tile.actions > 0);
  }

  /** What is to be kept until it is sent. */
  get drafts() {
    return this.tiles.filter(({ actions }) => actions).map(({ item, value }) => [item, value]);
  }

  get ask() {
    return this.work.ask(this.tiles, this.editable);
  }

  get actButton() {
    return this.work.button(this.tiles);
  }

  /** Whether there is nothing yet that the button would send. */
  get actIdle() {
    return this.work !== checking && !answered(this.tiles);
  }

  keys() {
    const [space, letters, digits, enter] = this.work.keys;
    const rows = [["← → ↑ ↓", "move"], ["Space", space], ...this.hints.rows(letters)];
    if (this.editable) rows.push(["1 … 9, 0", digits]);
    if (this.threshold) rows.push(["[ ]", "show more, fewer of the proposals"]);
    rows.push(["C", "held: see the image large, under the pointer or at the cursor"], ["Enter", enter]);
    return rows;
  }

  #build() {
    this.grid = document.createElement("div");
    this.grid.className = this.tiles.length > FEW ? "grid many" : "grid";
    this.grid.setAttribute("role", "group");
    this.grid.setAttribute("aria-label", "Images");
    this.tiles.forEach((tile, index) => this.grid.append(this.#tile(tile, index)));
    this.desk.stage.canvas = null;
    this.desk.stage.place.replaceChildren(this.grid);
    this.#columns();
    if (!this.threshold) return;
    this.desk.objects.replaceChildren(this.threshold.place);
    this.desk.objects.hidden = !this.tiles.some(({ item }) => outlines(item.prelabel).length);
  }

  #columns() {
    const { clientWidth: width, clientHeight: height } = this.desk.stage.place;
    const count = this.tiles.length;
    let best = 1;
    let most = 0;
    for (let columns = 1; columns <= Math.min(count, 12); columns += 1) {
      const rows = Math.ceil(count / columns);
      const side = Math.min(width / columns, (height / rows - 30) * 1.1);
      if (side > most) [best, most] = [columns, side];
    }
    if (width < NARROW) best = Math.min(3, Math.max(best, 2), count);
    this.columns = best;
    this.grid.style.gridTemplateColumns = `repeat(${best}, minmax(0, 1fr))`;
    this.grid.style.gridAutoRows = `minmax(${width < NARROW ? "8.5rem" : "6.25rem"}, 1fr)`;
  }

  #tile(tile, index) {
    const box = document.createElement("div");
    box.className = "gtile";
    box.tabIndex = -1;
    box.setAttribute("role", "checkbox");
    tile.hint = this.hints.all[index] ?? "";
    tile.box = box;
    tile.text = Object.assign(document.createElement("div"), { className: "gtile-text" });
    box.append(tilePicture(tile, this.tiles.length <= 4 ? "screen" : "thumb", this.desk.panel.colors), tile.text);
    this.large.hearFinger(box, tile);
    box.addEventListener("click", () => {
      if (!tile.pressed) {
        this.#toggle(tile);
        this.#focus(index);
      }
      tile.pressed = false;
    });
    box.addEventListener("pointerenter", () => {
      this.over = tile;
      if (this.large.shown) this.large.show(tile);
    });
    box.addEventListener("pointerleave", () => (this.over = null));
    return box;
  }

  #toggle(tile) {
    tile.picked = !tile.picked;
    tile.actions += 1;
    tile.value = null;
    tile.skip = null;
    tile.odd = false;
    this.#step();
  }

  leave() {
    this.large.hide();
    this.desk.objects.hidden = true;
    this.desk.settled(false);
  }

  #focus(index) {
    if (!this.tiles.length) return;
    this.at = Math.max(0, Math.min(index, this.tiles.length - 1));
    this.tiles.forEach((tile, i) => (tile.box.tabIndex = i === this.at ? 0 : -1));
    this.tiles[this.at].box.focus({ preventScroll: false });
    if (this.large.shown) this.large.show(this.tiles[this.at]);
  }

  #mark() {
    this.hints.forget();
    this.tiles.forEach((tile, index) => this.#markTile(tile, index));
    this.desk.panel.show();
    this.desk.settled(this.work === checking && !this.tiles.some((tile) => tile.picked));
    this.desk.describe(this);
  }

  #markTile(tile, index) {
    const state = tile.skip ? "skipped" : tile.picked ? this.work.picked : tile.value ? "answered" : tile.proposal && !tile.unsure ? "proposed" : "";
    tile.box.className = `gtile ${state}`;
    tile.box.setAttribute("aria-checked", tile.picked ? "true" : "false");
    const said = tile.skip ? `skipped: ${tile.skip}` : tile.value ? words(tile.value) : tile.picked && !tile.unsure ? this.work.said(tile) : this.#proposed(tile);
    tile.box.setAttribute("aria-label", `Image ${index + 1}: ${said || "no class yet"}${tile.hint ? `, key ${[...tile.hint].join(", then ")}` : ""}`);
    const value = tile.skip || (tile.picked && !tile.value) ? null : tile.value ?? tile.proposal;
    tileText(tile, said, value, this.desk.panel.colors);
  }

  /** The tiles that the second letter is for stand out. */
  #markHints() {
    const { begun } = this.hints;
    for (const { box, hint } of this.tiles) {
      box.classList.toggle("meant", Boolean(begun) && hint.startsWith(begun));
      box.classList.toggle("beside", Boolean(begun) && !hint.startsWith(begun));
    }
  }

  #proposed({ proposal, below, unsure }) {
    const hidden = below ? `${below} below the threshold` : "";
    if (unsure || !proposal) return hidden;
    return `${words(proposal)}?${hidden && ` (${hidden})`}`;
  }

  pick(name) {
    if (!this.editable) return this.desk.say("Mark what is wrong: it comes one by one.");
    const { tiles, goOn } = this.work.targets(this.tiles, this.at);
    const advance = goOn && tiles.length === 1;
    for (const tile of tiles) {
      tile.value = { kind: "class", label: name };
      tile.odd = tile.picked;
      tile.skip = null;
      tile.picked = false;
    }
    if (tiles.length) tiles[0].actions += 1;
    if (advance) this.#focus(this.at + 1);
    return this.#step();
  }

  skip(reason) {
    const picked = this.tiles.filter((tile) => tile.picked);
    const targets = picked.length ? picked : [this.tiles[this.at]];
    for (const tile of targets) Object.assign(tile, { skip: reason, value: null, picked: false });
    targets[0].actions += 2;
    this.#step();
  }

  async act() {
    const { tiles } = this;
    if (this.acting === tiles) return undefined;
    this.acting = tiles;
    if (tiles.some(({ image }) => !image.complete)) await settled(tiles.map(({ image }) => image));
    this.acting = null;
    return this.tiles === tiles && this.desk.view === this ? this.#send() : undefined;
  }

  /** Send what was said, and accept what was seen; what has no answer yet comes one by one. */
  #send() {
    const answers = [];
    for (const tile of this.tiles) {
      const { item, skip, actions } = tile;
      const value = skip ? null : this.work.value(tile);
      if (skip) answers.push({ item, skip, actions });
      else if (value) answers.push({ item, value, actions });
    }
    const rest = this.tiles.filter((tile) => !answers.some((answer) => answer.item === tile.item));
    if (!answers.length && this.work !== checking) return this.desk.say("Nothing has a class yet: press its key.", "Nothing has a class yet: choose it.");
    if (answers.length) answers[0].actions += 1;
    return this.desk.send(answers, this.began, this.work.oneByOne(rest).map((tile) => tile.item));
  }

  /** Classes are called otherwise now; what was said stays said. */
  renamed(called) {
    for (const tile of this.tiles) tile.value = withNames(tile.value, called);
    this.edits.each((state) => state.map((said) => ({ ...said, value: withNames(said.value, called) })));
    this.#sift();
    this.#mark();
  }

  key(event) {
    const place = this.hints.type(event);
    if (place !== null) return this.#hinted(place), true;
    if (this.hints.forget() && event.key === "Escape") return true;
    const index = digitOf(event);
    if (index !== null) {
      const each = this.desk.panel.classes[index];
      if (each) this.pick(each.name);
      return true;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns, ArrowDown: this.columns }[event.key];
    if (step) {
      const next = this.at + step;
      if (next >= 0 && next < this.tiles.length) this.#focus(next);
      return true;
    }
    if (event.key.toLowerCase() === "c") return this.large.hold("c"), true;
    if (this.threshold && "[]".includes(event.key)) return this.threshold.step(event.key === "]" ? 1 : -1), true;
    if (event.key === "Enter") return this.act(), true;
    if (event.key === " " || event.key === "x") return this.#toggle(this.tiles[this.at]), true;
    return false;
  }

  #hinted(place) {
    if (place < 0) return;
    this.#focus(place);
    this.#toggle(this.tiles[place]);
  }
}
