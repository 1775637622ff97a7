/** Images sent from this machine: chosen or dropped, a few at a time, each looked at by the server. */

import { ApiError, OfflineError, putFile } from "./api.js";
import { dropped, picked } from "./upload_files.js";

const AT_ONCE = 3;
/** Seconds between tries while the server is gone. */
const PAUSES = [1, 2, 4, 8, 15];
const LARGEST = 512 * 1024 * 1024;
const SHOWN = 200;

const number = new Intl.NumberFormat("en");
const counted = (n, noun) => `${number.format(n)} ${n === 1 ? noun : `${noun}s`}`;

/** Wait, but no longer than nobody stops it. */
const pause = (seconds, signal) =>
  new Promise((done) => {
    setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", done, { once: true });
  });

export class Upload {
  #waiting = [];
  #moving = new Map();
  #failed = [];
  #refused = [];
  #stop = null;
  #size = { all: 0, done: 0 };

  /** `begin()` gives the address that files are sent to; `ended()` is called when nothing is left to send. */
  constructor(place, { begin, ended = () => {} }) {
    Object.assign(this, { place, begin, ended, kept: 0, before: 0, signedOut: false });
    for (const button of place.querySelectorAll("[data-pick]")) {
      const input = place.querySelector(`[data-input="${button.dataset.pick}"]`);
      button.addEventListener("click", () => input.click());
      input.addEventListener("change", () => {
        this.add(picked(input.files));
        input.value = "";
      });
    }
    this.#hearDrops(place.querySelector(".upload-drop"));
    this.#at("[data-stop]").addEventListener("click", () => this.#stop?.abort());
    this.#at("[data-again]").addEventListener("click", () => this.add(this.#failed.splice(0)));
    addEventListener("beforeunload", (event) => this.busy && event.preventDefault());
  }

  #at = (selector) => this.place.querySelector(selector);

  #hearDrops(area) {
    const over = (event, yes) => {
      event.preventDefault();
      area.classList.toggle("over", yes);
    };
    area.addEventListener("dragover", (event) => over(event, true));
    area.addEventListener("dragleave", (event) => over(event, false));
    area.addEventListener("drop", async (event) => {
      over(event, false);
      this.add(await dropped(event.dataTransfer));
    });
  }

  get busy() {
    return this.#stop !== null;
  }

  /** Send files, `{ file, path }` each; what can be no image is refused here already. */
  add(files) {
    if (!files.length) return;
    for (const each of files) {
      const problem = wrong(each.file);
      if (problem) this.#refuse(each, problem);
      else this.#wait(each);
    }
    if (this.busy) this.#show();
    else this.#start();
  }

  #wait(each) {
    this.#waiting.push(each);
    this.#size.all += each.file.size;
  }

  async #start() {
    this.#stop = new AbortController();
    this.signedOut = false;
    this.#show();
    try {
      this.address = this.#waiting.length ? await this.begin() : null;
      await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work()));
    } catch (error) {
      this.#at(".upload-said").textContent = error.message;
      this.trouble = error.message;
    }
    for (const each of this.#waiting.splice(0)) this.#fail(each);
    this.#stop = null;
    this.#show();
    this.ended();
  }

  async #work() {
    while (this.#waiting.length && !this.#stop.signal.aborted) await this.#send(this.#waiting.shift());
  }

  async #send(each) {
    this.#moving.set(each, 0);
    try {
      const { fresh } = await this.#put(each);
      this.kept += 1;
      this.before += fresh ? 0 : 1;
      this.#size.done += each.file.size;
    } catch (error) {
      if (error instanceof ApiError && error.status < 500 && error.status !== 401) this.#refuse(each, error.message, true);
      else this.#fail(each, error);
    } finally {
      this.#moving.delete(each);
      this.#show();
    }
  }

  async #put(each) {
    const heard = (loaded) => {
      this.#moving.set(each, Math.min(loaded, each.file.size));
      this.#show();
    };
    for (let tries = 0; ; tries += 1) {
      try {
        return await putFile(`${this.address}?path=${encodeURIComponent(each.path)}`, each.file, { heard, signal: this.#stop.signal });
      } catch (error) {
        if (!(error instanceof OfflineError) || tries >= PAUSES.length || this.#stop.signal.aborted) throw error;
        heard(0);
        await pause(PAUSES[tries], this.#stop.signal);
      }
    }
  }

  #fail(each, error = null) {
    this.#failed.push(each);
    this.#size.all -= each.file.size;
    if (error?.status !== 401) return;
    this.signedOut = true;
    this.#stop?.abort();
  }

  #refuse({ file, path }, problem, counted_ = false) {
    this.#refused.push([path, problem.replace(`${path}: `, "")]);
    if (counted_) this.#size.all -= file.size;
  }

  /* What is shown */

  #show() {
    this.#at(".upload-state").hidden = false;
    this.#at("[data-stop]").hidden = !this.busy;
    this.#at("[data-again]").hidden = this.busy || !this.#failed.length;
    const moving = [...this.#moving.values()].reduce((sum, loaded) => sum + loaded, 0);
    const share = this.#size.all ? (this.#size.done + moving) / this.#size.all : Number(!this.busy);
    const progress = this.#at("progress");
    progress.hidden = !this.busy;
    progress.value = share;
    const all = this.kept + this.#waiting.length + this.#moving.size;
    this.#at(".upload-count").textContent = this.busy ? `${number.format(this.kept)} of ${counted(all, "image")}, ${Math.floor(100 * share)} %` : "";
    if (!this.busy) this.#at(".upload-said").textContent = this.#said();
    this.#showRefused();
  }

  #said() {
    const said = [];
    if (this.kept) said.push(`${counted(this.kept, "image")} ${this.kept === 1 ? "is" : "are"} there${this.before ? `, ${number.format(this.before)} of them already before` : ""}.`);
    if (this.#refused.length) said.push(`${counted(this.#refused.length, "file")} ${this.#refused.length === 1 ? "was" : "were"} not taken.`);
    if (this.#failed.length) said.push(`${counted(this.#failed.length, "file")} ${this.#failed.length === 1 ? "is" : "are"} not sent yet.`);
    if (this.signedOut) said.push("You are signed out: sign in again in another tab.");
    if (this.trouble) said.push(this.trouble);
    this.trouble = "";
    return said.join(" ");
  }

  #showRefused() {
    const list = this.#at(".upload-refused");
    const shown = Math.min(this.#refused.length, SHOWN);
    for (const [path, problem] of this.#refused.slice(list.children.length, shown)) {
      const name = Object.assign(document.createElement("span"), { className: "mono break", textContent: path });
      const why = Object.assign(document.createElement("span"), { className: "muted", textContent: problem });
      const row = document.createElement("li");
      row.append(name, why);
      list.append(row);
    }
    const details = list.closest("details");
    if (details.hidden && shown) details.open = shown <= 10;
    details.hidden = !shown;
    details.querySelector("summary").textContent = `Not taken (${number.format(this.#refused.length)})${shown < this.#refused.length ? `, the first ${SHOWN}` : ""}`;
  }
}

/** What can be said of a file before it is sent; the server has the last word. */
function wrong({ type, size }) {
  if (!size) return "The file has no bytes.";
  if (size > LARGEST) return "It is larger than 512 MB.";
  if (type && !type.startsWith("image/")) return "It is no image; JPEG, PNG, WebP, BMP, TIFF and GIF are taken.";
  return "";
}
