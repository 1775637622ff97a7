/** Several images at once: tag them one after the other, or mark only those whose proposal is wrong. */

import { digitOf } from "./classes.js";
import { accepted, outlines, svg, words } from "./values.js";

const LETTERS = "abdefhjklmnopqrtuvwy";
const LONG = 350;
const RETRY = 3000;
const PATIENCE = 3000;

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
  }

  async show(items) {
    this.began = performance.now();
    this.checking = Boolean(items[0]?.prelabel);
    this.tiles = items.map((item) => ({ item, value: item.restored ?? null, skip: null, picked: false, actions: 0 }));
    this.at = 0;
    this.#build();
    this.#focus(0);
    this.#mark();
  }

  get items() {
    return this.tiles.map((tile) => tile.item);
  }

  /** The image of the cursor. */
  get pointed() {
    return this.tiles[this.at]?.item;
  }

  get ask() {
    if (!this.checking) return ["Which class is each?", "Its key, and the next one. Click several to tag them together. Enter sends the page."];
    const proposals = new Set(this.items.map((item) => words(item.prelabel)));
    const all = proposals.size === 1 ? `Are all of these “${[...proposals][0]}”?` : "Are these all right?";
    return [all, this.editable ? "Click the wrong ones; a class key corrects them. Enter accepts the rest." : "Click the wrong ones. Enter accepts the rest; then the wrong ones come one by one."];
  }

  get actButton() {
    const wrong = this.tiles.filter((tile) => tile.picked).length;
    if (!this.checking) return "Send this page";
    if (!wrong) return `Accept all ${this.tiles.length}`;
    return `Accept ${this.tiles.length - wrong}, then ${wrong} one by one`;
  }

  keys() {
    const rows = [["← → ↑ ↓", "move"], ["Space", this.checking ? "mark as wrong" : "choose several"]];
    if (this.checking && this.#lettered) rows.push(["A … Y", "mark the image with that letter as wrong"]);
    if (this.editable) rows.push(["1 … 9, 0", this.checking ? "the right class of those marked" : "class, and the next image"]);
    rows.push(["C", "held: see the image large, under the pointer or at the cursor"]);
    rows.push(["Enter", this.checking ? "accept the rest, and the next page" : "send the page"]);
    return rows;
  }

  get #lettered() {
    return this.tiles.length <= LETTERS.length;
  }

  #build() {
    this.grid = document.createElement("div");
    this.grid.className = "grid";
    this.grid.setAttribute("role", "group");
    this.grid.setAttribute("aria-label", "Images");
    this.tiles.forEach((tile, index) => this.grid.append(this.#tile(tile, index)));
    this.desk.stage.canvas = null;
    this.desk.stage.place.replaceChildren(this.grid);
    this.#columns();
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
    if (width < 520) best = Math.min(3, Math.max(best, 2), count);
    this.columns = best;
    this.grid.style.gridTemplateColumns = `repeat(${best}, minmax(0, 1fr))`;
    this.grid.style.gridAutoRows = `minmax(${width < 520 ? "8.5rem" : "7rem"}, 1fr)`;
  }

  #tile(tile, index) {
    const box = document.createElement("div");
    box.className = "gtile";
    box.tabIndex = -1;
    box.setAttribute("role", "checkbox");
    const picture = document.createElement("div");
    picture.className = "gtile-picture";
    const image = document.createElement("img");
    image.src = tile.item.urls[this.tiles.length <= 4 ? "screen" : "thumb"];
    image.alt = "";
    image.draggable = false;
    image.addEventListener("error", () => setTimeout(() => image.isConnected && (image.src = image.src), RETRY));
    tile.image = image;
    picture.append(image, ...this.#lines(tile.item));
    const text = document.createElement("div");
    text.className = "gtile-text";
    box.append(picture, text);
    this.#pressLong(box, tile);
    box.addEventListener("click", () => {
      if (!this.pressed) {
        this.#toggle(tile);
        this.#focus(index);
      }
      this.pressed = false;
    });
    box.addEventListener("pointerenter", () => {
      this.over = tile;
      if (this.large) this.#enlarge(tile);
    });
    box.addEventListener("pointerleave", () => (this.over = null));
    tile.box = box;
    tile.text = text;
    tile.letter = this.checking && this.#lettered ? LETTERS[index] : "";
    return box;
  }

  #lines(item) {
    const shapes = outlines(item.prelabel);
    if (!shapes.length) return [];
    const drawing = svg("svg", { viewBox: `0 0 ${item.width} ${item.height}`, "aria-hidden": "true" });
    for (const { label, points } of shapes) {
      drawing.append(svg("polygon", { points: points.map((p) => p.join(",")).join(" "), stroke: this.desk.panel.colors.get(label) ?? "#fff" }));
    }
    return [drawing];
  }

  #toggle(tile) {
    tile.picked = !tile.picked;
    tile.actions += 1;
    tile.value = null;
    tile.skip = null;
    this.#mark();
  }

  leave() {
    this.#shrink();
    this.desk.settled(false);
  }

  #enlarge(tile) {
    this.large ??= Object.assign(document.createElement("div"), { className: "enlarged" });
    const figure = document.createElement("figure");
    const image = Object.assign(document.createElement("img"), { src: tile.item.urls.screen, alt: "" });
    const words_ = Object.assign(document.createElement("figcaption"), { textContent: tile.box.getAttribute("aria-label") });
    figure.append(image, ...this.#lines(tile.item), words_);
    this.large.replaceChildren(figure);
    document.body.append(this.large);
  }

  /** A finger that stays on a tile sees it large, and marks nothing. */
  #pressLong(box, tile) {
    let timer = null;
    box.addEventListener("pointerdown", (event) => {
      this.pressed = false;
      if (event.pointerType !== "touch") return;
      timer = setTimeout(() => {
        this.pressed = true;
        this.#enlarge(tile);
      }, LONG);
    });
    for (const end of ["pointerup", "pointercancel"]) {
      box.addEventListener(end, () => {
        clearTimeout(timer);
        if (this.pressed) this.#shrink();
      });
    }
    box.addEventListener("contextmenu", (event) => this.pressed && event.preventDefault());
  }

  #shrink() {
    this.large?.remove();
    this.large = null;
  }

  /** Large for as long as the key is held. */
  #hold() {
    if (this.large) return;
    this.#enlarge(this.over ?? this.tiles[this.at]);
    const up = (event) => {
      if (event.type === "keyup" && event.key.toLowerCase() !== "c") return;
      removeEventListener("keyup", up);
      removeEventListener("blur", up);
      this.#shrink();
    };
    addEventListener("keyup", up);
    addEventListener("blur", up);
  }

  #focus(index) {
    if (!this.tiles.length) return;
    this.at = Math.max(0, Math.min(index, this.tiles.length - 1));
    this.tiles.forEach((tile, i) => (tile.box.tabIndex = i === this.at ? 0 : -1));
    this.tiles[this.at].box.focus({ preventScroll: false });
    if (this.large) this.#enlarge(this.tiles[this.at]);
  }

  #mark() {
    for (const tile of this.tiles) {
      const proposal = tile.item.prelabel;
      const state = tile.skip ? "skipped" : tile.picked ? (this.checking ? "wrong" : "chosen") : tile.value ? "answered" : proposal ? "proposed" : "";
      tile.box.className = `gtile ${state}`;
      tile.box.setAttribute("aria-checked", tile.picked ? "true" : "false");
      const said = tile.skip ? `skipped: ${tile.skip}` : tile.value ? words(tile.value) : tile.picked && this.checking ? `not ${words(proposal)}` : proposal ? `${words(proposal)}?` : "";
      tile.box.setAttribute("aria-label", `Image ${this.tiles.indexOf(tile) + 1}: ${said || "no class yet"}${tile.letter ? `, key ${tile.letter}` : ""}`);
      const word = document.createElement("span");
      word.className = "clip";
      word.textContent = said;
      tile.text.replaceChildren(word);
      if (tile.letter) {
        const key = document.createElement("kbd");
        key.textContent = tile.letter.toUpperCase();
        tile.text.append(key);
      }
    }
    this.desk.panel.show();
    this.desk.settled(this.checking && !this.tiles.some((tile) => tile.picked));
    this.desk.describe(this);
  }

  #targets() {
    const picked = this.tiles.filter((tile) => tile.picked);
    return picked.length ? picked : [this.tiles[this.at]];
  }

  pick(name) {
    if (!this.editable) return;
    const targets = this.#targets();
    const advance = targets.length === 1 && !targets[0].picked;
    for (const tile of targets) {
      tile.value = { kind: "class", label: name };
      tile.skip = null;
      tile.picked = false;
      tile.actions += 1;
    }
    if (advance) this.#focus(this.at + 1);
    this.#mark();
  }

  skip(reason) {
    for (const tile of this.#targets()) {
      tile.skip = reason;
      tile.value = null;
      tile.picked = false;
      tile.actions += 2;
    }
    this.#mark();
  }

  async act() {
    const { tiles } = this;
    if (this.acting === tiles) return undefined;
    this.acting = tiles;
    if (tiles.some(({ image }) => !image.complete)) await settled(tiles.map(({ image }) => image));
    this.acting = null;
    return this.tiles === tiles && this.desk.view === this ? this.#send() : undefined;
  }

  /** Send what was said, and accept what was seen; a picture that didn't come is asked for again. */
  #send() {
    const answers = [];
    for (const tile of this.tiles) {
      const right = tile.item.prelabel && !tile.picked && tile.image.naturalWidth > 0;
      const value = tile.value ?? (right ? accepted(tile.item.prelabel) : null);
      if (tile.skip) answers.push({ item: tile.item, skip: tile.skip, actions: tile.actions });
      else if (value) answers.push({ item: tile.item, value, actions: tile.actions });
    }
    const rest = this.tiles.filter((tile) => !answers.some((answer) => answer.item === tile.item));
    if (!answers.length && !this.checking) return this.desk.say("Nothing has a class yet: press its key.");
    if (answers.length) answers[0].actions += 1;
    return this.desk.send(answers, this.began, rest.map((tile) => tile.item));
  }

  key(event) {
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
    if (event.key.toLowerCase() === "c") return this.#hold(), true;
    if (event.key === "Enter") return this.act(), true;
    if (event.key === " " || event.key === "x") return this.#toggle(this.tiles[this.at]), true;
    const letter = this.checking && this.#lettered && !event.ctrlKey && !event.metaKey ? LETTERS.indexOf(event.key.toLowerCase()) : -1;
    if (letter >= 0 && letter < this.tiles.length) {
      this.#focus(letter);
      this.#toggle(this.tiles[letter]);
      return true;
    }
    return false;
  }
}
