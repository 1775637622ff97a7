/** What is shown where no image is left: the panel of the dashboard, as it changes. */

import { partOf, putPart } from "./parts.js";

const byId = (id) => document.getElementById(id);
const HELD = "Other labelers hold the rest, or must answer it since you have seen what the model proposes. New images come here by themselves.";

export class Finished {
  constructor(project) {
    this.project = project;
    this.place = byId("finished-next");
  }

  get shown() {
    return !byId("finished").hidden;
  }

  show() {
    byId("work").hidden = byId("strip").hidden = true;
    byId("finished").hidden = false;
    byId("round").textContent = byId("left").textContent = "";
  }

  hide() {
    byId("finished").hidden = true;
    byId("work").hidden = byId("strip").hidden = false;
  }

  /** Show what happens now, as the server tells it. */
  put(now) {
    if (this.place.firstElementChild) putPart(now);
    else this.place.append(now);
    const begun = !now.classList.contains("start");
    byId("finished-title").textContent = begun ? "You have finished all the available tasks" : "There are no images to label yet";
    byId("finished-undo").hidden = !begun;
    byId("finished-text").textContent = begun ? (now.classList.contains("label") ? HELD : "New images come here by themselves.") : "They come here by themselves once the project runs.";
  }

  hear({ name, html }) {
    if (name === "now") this.put(partOf(html));
  }

  /** Ask for it, where nothing comes by itself. */
  async ask() {
    const response = await fetch(`/projects/${this.project}`, { headers: { Accept: "text/html" } });
    const now = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("section.now");
    if (now) this.put(now);
  }
}
