/** What is done with the images selected in the data view: sent to review, or meant for somebody. */

import { post } from "./api.js";
import { toast } from "./page.js";

const byId = (id) => document.getElementById(id);
const MOST_SENT = 500;

export class Sending {
  /** `filters()` is what the view shows, `shas()` the images that are selected. */
  constructor({ address, selection, filters, shas }) {
    Object.assign(this, { address, selection, filters, shas });
  }

  review() {
    byId("asking-text").value = "";
    this.#open("asking", () => this.#sendToReview(byId("asking-text").value.trim()));
    byId("asking-text").focus();
  }

  assign() {
    const { person_id: person, only } = byId("assigning").querySelector("form").elements;
    this.#open("assigning", () => this.#mean(person.selectedOptions[0], only.checked));
    person.focus();
  }

  get #what() {
    const { all, size } = this.selection;
    return all ? "All images that the filter finds." : `${size} ${size === 1 ? "image" : "images"}.`;
  }

  #open(id, send) {
    const dialog = byId(id);
    dialog.querySelector("[data-what]").textContent = this.#what;
    dialog.onclose = () => dialog.returnValue === "send" && send().then(() => this.selection.clear(), (error) => toast(error.message));
    dialog.returnValue = "";
    dialog.showModal();
  }

  async #sendToReview(comment) {
    const asked = this.selection.all ? (await post(`${this.address}/reviews/ask-all?${this.filters()}`, { comment })).asked : await this.#askInParts(comment);
    toast(`${asked} ${asked === 1 ? "image is" : "images are"} on the review tab now.`);
  }

  async #askInParts(comment) {
    const shas = this.shas();
    let asked = 0;
    for (let from = 0; from < shas.length; from += MOST_SENT) {
      asked += (await post(`${this.address}/reviews/ask`, { shas: shas.slice(from, from + MOST_SENT), comment })).asked;
    }
    return asked;
  }

  async #mean({ value, text }, only) {
    const { all, size } = this.selection;
    const wanted = { person_id: Number(value), assigning: only ? "only" : "first" };
    const { images } = await (all ? post(`${this.address}/assignments/all?${this.filters()}`, wanted) : post(`${this.address}/assignments`, { ...wanted, shas: this.shas() }));
    const rest = all || images < size ? " What doesn’t wait in this round, or is somebody’s already, stays as it is." : "";
    toast(`${images} ${images === 1 ? "image is" : "images are"} assigned to ${text} now.${rest}`);
  }
}
