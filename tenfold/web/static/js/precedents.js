/** Why a model proposes what it does: the tagged images, or boxes, that its answer leans on. */

import { get } from "./api.js";
import { boxReasons, chanceOf } from "./box_reasons.js";
import { element, percent } from "./elements.js";
import { toast } from "./page.js";
import { words } from "./values.js";

const SAYS = "The model compares images by their features, and answers alike for what lies near. These are the tagged images nearest to this one.";
const NOTHING = "Nothing is noted of this proposal: what it leans on is gone, or its model is of an earlier version, or it came with an import.";

export class Precedents {
  /** `project` is its name, `colors` those of its classes. */
  constructor(project, colors) {
    Object.assign(this, { project, colors, address: `/api/projects/${project}/images` });
    this.dialog = document.getElementById("why");
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key.toLowerCase() !== "w" || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.dialog.close();
    });
  }

  /** Show what the proposal for an image leans on; `view` is as the data view has it. */
  async open({ image, prelabel, confidence }) {
    if (!prelabel) return toast("No model's proposal can be shown for this image.");
    try {
      if (prelabel.kind === "boxes") this.#showBoxes(prelabel, await get(`${this.address}/${image.sha256}/box-reasons`));
      else this.#show(image, prelabel, confidence, await get(`${this.address}/${image.sha256}/precedents`));
    } catch (error) {
      toast(error.message);
    }
    return undefined;
  }

  #title(prelabel, confidence) {
    const sure = confidence === null || confidence === undefined ? "" : `, ${chanceOf(confidence)} sure`;
    this.dialog.querySelector("h2").textContent = `Why “${words(prelabel)}”${sure}?`;
  }

  #showBoxes(prelabel, why) {
    this.#title(prelabel, why?.confidence);
    this.dialog.querySelector(".why").replaceChildren(...boxReasons(why, prelabel.boxes.length, this));
    this.dialog.showModal();
  }

  #show(image, prelabel, confidence, found) {
    this.#title(prelabel, confidence);
    const own = element("figure", "why-own", this.#picture(image.sha256, "this image"));
    const groups = [["Tagged like the proposal", found.filter((each) => each.same)], ["Tagged otherwise", found.filter((each) => !each.same)]];
    const said = element("p", "muted small", found.length ? SAYS : NOTHING);
    const parts = found.length ? groups.map(([title, some]) => this.#group(title, some, prelabel)) : [];
    this.dialog.querySelector(".why").replaceChildren(own, element("div", "stack", said, ...parts));
    this.dialog.showModal();
  }

  #group(title, some, prelabel) {
    const list = element("ul", "why-list", ...some.map((each) => this.#one(each, prelabel)));
    const none = element("p", "muted small", "No tagged image like that is near.");
    return element("section", "", element("h3", "", title), some.length ? list : none);
  }

  #one({ view, likeness, same }, prelabel) {
    const said = words(view.value);
    const label = element("span", "why-label clip", said);
    label.style.setProperty("--color", this.colors.get(view.value.label ?? view.value.labels?.[0]) ?? "transparent");
    const corrected = same !== (said === words(prelabel));
    const link = element("a", "", this.#picture(view.image.sha256, `tagged ${said}`), label, element("span", "muted small num", `${percent(likeness)} alike${corrected ? "; its label changed since" : ""}`));
    link.href = `/projects/${this.project}/data/${view.image.sha256}`;
    return element("li", "", link);
  }

  #picture(sha256, alt) {
    return Object.assign(document.createElement("img"), { src: `${this.address}/${sha256}/thumb`, alt, loading: "lazy" });
  }
}
