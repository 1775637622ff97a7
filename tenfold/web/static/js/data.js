/** The data view: thousands of thumbnails, filtered, selected, opened and corrected where they are. */

import { get, post } from "./api.js";
import { ClassPanel, digitOf } from "./classes.js";
import { fileCell, fillCell, imageCell } from "./cell.js";
import { CellEditor } from "./cell_editor.js";
import { keySheet } from "./dialogs.js";
import { closeByButton } from "./looking.js";
import { toast } from "./page.js";
import { Precedents } from "./precedents.js";
import { Selection } from "./selection.js";
import { Sending } from "./sending.js";
import { CellWindow } from "./window.js";

const byId = (id) => document.getElementById(id);
const start = JSON.parse(byId("start").textContent);
const address = `/api/projects/${start.project}`;
const colors = new Map(start.classes.map(({ name, color }) => [name, color]));
const PAGE = 200;
const ASIDE = "set aside";
const AT_ONCE = 4;

let cells = start.page.images;
let { after } = start.page;
let ended = after === null;
let loading = null;
let turn = 0;

const place = byId("cells");
const selection = new Selection(shown);
const view = new CellWindow({
  place, count: () => cells.length, fill: (cell) => fillCell(cell, address), near: (index) => index + 6 * PAGE / 4 > cells.length && load(),
  make: (index) => (filters().get("state") === ASIDE ? fileCell : imageCell)(cells[index], { index, colors, selected: selection.has(index), current: index === selection.current }),
});

/* What is there */

function filters() {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData(byId("filters"))) if (value.trim()) wanted.set(name, value.trim());
  return wanted;
}

async function fetchPage() {
  const wanted = filters();
  const aside = wanted.get("state") === ASIDE;
  if (aside) {
    const files = await get(`${address}/quarantined?${new URLSearchParams({ after, limit: PAGE })}`);
    return { found: files, next: files.length === PAGE ? files.at(-1).path : null };
  }
  wanted.set("limit", PAGE);
  if (after) wanted.set("after", after);
  const page = await get(`${address}/images?${wanted}`);
  return { found: page.images, next: page.after };
}

function load() {
  if (ended || loading) return loading;
  const mine = turn;
  loading = fetchPage().then(({ found, next }) => {
    if (mine !== turn) return;
    take(found, next);
  }).catch((error) => toast(error.message)).finally(() => {
    if (mine === turn) loading = null;
  });
  return loading;
}

function take(found, next) {
  cells.push(...found);
  after = next;
  ended = next === null;
  loading = null;
  view.grown();
  showCount();
}

function showCount() {
  const aside = filters().get("state") === ASIDE;
  const noun = aside ? (cells.length === 1 ? "file" : "files") : cells.length === 1 ? "image" : "images";
  const amount = cells.length.toLocaleString("en").replaceAll(",", "\u2009");
  const all = !ended && ![...filters()].length ? ` of ${start.images.toLocaleString("en").replaceAll(",", "\u2009")}` : "";
  const searching = !ended && !cells.length;
  byId("count").textContent = searching ? "Searching …" : ended ? `${amount} ${noun}` : `${amount}${all} ${noun} loaded; more come as you scroll`;
  byId("nothing").hidden = cells.length > 0 || !ended;
  place.hidden = !cells.length && ended;
  place.setAttribute("aria-rowcount", ended ? Math.ceil(cells.length / (view.columns || 1)) : -1);
}

function again() {
  turn += 1;
  Object.assign(selection, { all: false });
  cells = [];
  after = "";
  ended = false;
  loading = null;
  selection.reset();
  view.reset();
  const wanted = filters();
  byId("clear").hidden = ![...wanted].length;
  history.replaceState(null, "", `?${wanted}`);
  showCount();
  load();
}

/** On a phone the images come first: the filters fold away where none is set. */
const fold = byId("unfold");
fold.addEventListener("click", () => fold.setAttribute("aria-expanded", fold.ariaExpanded !== "true"));
if (![...filters()].length) fold.ariaExpanded = "false";

let typing = 0;
byId("filters").addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(again, event.target.matches("input:not([type=checkbox])") ? 250 : 0);
});
byId("filters").addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  again();
});
byId("clear").addEventListener("click", (event) => {
  event.preventDefault();
  for (const field of byId("filters").elements) {
    if (field.type === "checkbox") field.checked = false;
    else if (field.name) field.value = "";
  }
  again();
});

/* Selecting */

const files = () => filters().get("state") === ASIDE;

function shown(indices) {
  const touched = indices ?? [...view.shown()].map(([index]) => index);
  for (const index of touched) {
    const cell = view.element(index);
    if (!cell) continue;
    const selected = selection.has(index);
    cell.classList.toggle("selected", selected);
    cell.classList.toggle("current", index === selection.current);
    cell.setAttribute("aria-selected", selected ? "true" : "false");
  }
  const { size, all } = selection;
  byId("selected").textContent = all ? "all of this filter are selected" : size ? `${size} selected` : "";
  for (const id of ["to-review", "assign"]) if (byId(id)) byId(id).disabled = files() || !(size || all);
  byId("open").disabled = files() || !cells.length || all;
  if (precedents) byId("ask-why").disabled = byId("open").disabled || !cells[selection.current]?.prelabel;
  byId("all").setAttribute("aria-pressed", all ? "true" : "false");
  if (cells.length) place.setAttribute("aria-activedescendant", `cell-${selection.current}`);
}

place.addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  if (!cell || files()) return;
  const index = Number(cell.dataset.index);
  if (event.target.closest(".cell-label")) {
    if (!selection.has(index)) selection.click(index);
    return change(index, event.target.closest(".cell-label"));
  }
  const mark = Boolean(event.target.closest(".cell-mark"));
  return selection.click(index, { add: mark || event.ctrlKey || event.metaKey, upTo: event.shiftKey });
});
place.addEventListener("dblclick", (event) => {
  const cell = event.target.closest(".cell");
  if (cell && !files()) edit(Number(cell.dataset.index));
});

/* Changing labels where they are */

const oneClass = start.task === "classification";
const menu = byId("class-menu");
const menuPanel = new ClassPanel(byId("menu-classes"), start.classes, (name) => {
  closeMenu();
  label(name);
});

function change(index, button) {
  if (!oneClass) return edit(index);
  const box = button.getBoundingClientRect();
  menu.hidden = false;
  menu.style.left = `${Math.max(8, Math.min(box.left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(box.bottom + 4, innerHeight - menu.offsetHeight - 8))}px`;
  const { value, prelabel } = cells[index];
  menuPanel.show(value ? [value.label] : [], prelabel ? [prelabel.label] : []);
  (menu.querySelector("[aria-pressed=true]") ?? menu.querySelector("button")).focus();
  return undefined;
}

function closeMenu() {
  if (menu.hidden) return;
  menu.hidden = true;
  place.focus({ preventScroll: true });
}

addEventListener("pointerdown", (event) => !menu.contains(event.target) && (menu.hidden = true));
place.addEventListener("scroll", () => (menu.hidden = true), { passive: true });

/** Say what class the selected images have, or the one under the cursor; a few are sent at once. */
async function label(name) {
  if (selection.all) return toast("Classes are set for images that are selected one by one or with Shift.");
  const chosen = selection.size ? selection.indices : [selection.current];
  const waiting = [...chosen];
  let refused = 0;
  const work = async () => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      if (!(await correct(index, { kind: "class", label: name }, chosen.length > 1))) refused += 1;
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, chosen.length) }, work));
  if (chosen.length > 1) toast(`${chosen.length - refused} of ${chosen.length} images are “${name}” now.${refused ? " The others were refused: an audit or a walk holds them." : ""}`);
  return undefined;
}

/** Show a label at once and send it; what is refused comes back. */
async function correct(index, value, quiet = false) {
  const before = cells[index];
  const mine = turn;
  cells[index] = { ...before, value, state: "reviewed", by: "adjudicated" };
  view.refresh(index);
  try {
    await post(`${address}/images/${before.image.sha256}/correct`, { value });
    return true;
  } catch (error) {
    if (mine === turn) cells[index] = before;
    if (mine === turn) view.refresh(index);
    if (!quiet) toast(error.message);
    return false;
  }
}

const precedents = byId("why") && new Precedents(start.project, colors);
const why = (index) => cells[index] && !files() && precedents.open(cells[index]);
const editor = new CellEditor({ start, address, why: precedents && why, cells: () => cells, correct, more: () => load(), moved: (index) => (selection.move(index), view.reveal(index)) });
const edit = (index) => cells[index] && !files() && editor.open(index);

const sending = new Sending({ address, selection, filters, shas: () => selection.indices.map((index) => cells[index].image.sha256) });
const unlessDisabled = (id, action) => () => byId(id) && !byId(id).disabled && action();
const askForReview = unlessDisabled("to-review", () => sending.review());
const assign = unlessDisabled("assign", () => sending.assign());

/* Keys */

const sheet = () => keySheet([
  ["← → ↑ ↓", "go from image to image; with Shift select up to there"],
  ["Space", "select, or no longer"], ["Ctrl+A", "select all of this filter"], ["Esc", "select nothing"],
  ...(oneClass ? [["1 … 9, 0", "the class of the selected images, or of the one at the cursor"]] : []),
  ["Enter", "open and correct"], ...(precedents ? [["W", "why the model proposes it: the tagged images that it leans on"]] : []), ["R", "send the selected images to review"],
  ...(byId("assign") ? [["A", "assign the selected images to somebody"]] : []), ["/", "search by path"], ["Home, End, PgUp, PgDn", "begin, end, a screen up or down"], ["?", "this sheet"],
]);

function step(event) {
  const page = view.columns * view.rowsOnScreen;
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -view.columns, ArrowDown: view.columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity }[event.key];
  const to = Math.max(0, Math.min(cells.length - 1, selection.current + by));
  if (event.shiftKey) selection.click(to, { upTo: true });
  else selection.move(to);
  view.reveal(to);
}

const keys = {
  " ": () => selection.click(selection.current, { add: true }), Escape: () => selection.clear(), Enter: () => edit(selection.current),
  ...(precedents && { w: () => why(selection.current) }), r: askForReview, a: assign, "/": () => byId("path").focus(), "?": sheet,
};

addEventListener("keydown", (event) => {
  if (!menu.hidden) return menuKey(event);
  if (document.querySelector("dialog[open]") || event.target.closest("input, select, textarea")) return undefined;
  if (event.target.closest("button, a, summary") && (event.key === "Enter" || event.key === " ")) return undefined;
  if (!cells.length && !"/?".includes(event.key)) return undefined;
  const ctrl = event.ctrlKey || event.metaKey;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (ctrl && name === "a") selection.everything();
  else if (ctrl || event.altKey) return undefined;
  else if (/^(Arrow|Page|Home|End)/.test(name)) step(event);
  else if (keys[name]) keys[name]();
  else if (oneClass && digitOf(event) !== null && start.classes[digitOf(event)]) label(start.classes[digitOf(event)].name);
  else return undefined;
  return event.preventDefault();
});

function menuKey(event) {
  const index = digitOf(event);
  if (event.key === "Escape") closeMenu();
  else if (index !== null && start.classes[index] && !event.target.closest("input")) (closeMenu(), label(start.classes[index].name));
  else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const buttons = [...menu.querySelectorAll("button:not([hidden])")];
    buttons.at((buttons.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1)) % buttons.length)?.focus();
  } else return;
  event.preventDefault();
}

closeByButton();
byId("all").addEventListener("click", () => (selection.all ? selection.clear() : selection.everything()));
byId("to-review").addEventListener("click", askForReview);
byId("assign")?.addEventListener("click", assign);
byId("ask-why")?.addEventListener("click", () => {
  place.focus({ preventScroll: true }); // where keys go on once the dialog is closed
  why(selection.current);
});
byId("open").addEventListener("click", () => edit(selection.current));
byId("show-keys").addEventListener("click", sheet);

if (files()) again();
view.measure();
selection.reset();
showCount();
place.focus({ preventScroll: true });
