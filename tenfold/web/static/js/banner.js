/** What became of the answers: saved, waiting in this browser, refused; and whether there is work. */

import { words } from "./values.js";

const byId = (id) => document.getElementById(id);

export class Banner {
  #state = "ok";
  #paused = "";

  constructor() {
    byId("refused-again").addEventListener("click", () => (this.outbox.sendRefusedAgain(), byId("refused").close()));
    byId("refused-drop").addEventListener("click", () => (this.outbox.dropRefused(), byId("refused").close()));
  }

  /** Show what the outbox says of itself. */
  saved(outbox, state) {
    this.outbox = outbox;
    this.#state = state;
    const { count } = outbox;
    const place = byId("saved");
    place.classList.toggle("waiting", state !== "ok");
    place.textContent = count ? (state === "ok" ? "Saving …" : `${count} not sent yet`) : state === "ok" ? "✓ Saved" : "";
    this.#show();
  }

  /** Say that the project hands nothing out; `state` is empty where it does. */
  paused(state) {
    this.#paused = state;
    this.#show();
  }

  get #text() {
    const count = this.outbox?.count ?? 0;
    const kept = count ? `${count === 1 ? "One answer is" : `${count} answers are`} kept in this browser and will be sent when it is back. ` : "";
    const texts = {
      offline: `The server doesn’t answer. ${kept}You can go on with the images that are here.`,
      trouble: `The server has trouble saving. ${kept}`,
      "signed out": `You are signed out here. ${count ? "Your answers are kept in this browser. " : ""}`,
    };
    return texts[this.#state] ?? (this.#paused ? `This project is ${this.#paused}: nothing new is handed out. What you answer is kept. ` : "");
  }

  #show() {
    const refused = this.outbox?.refused() ?? [];
    const text = this.#text;
    const banner = byId("banner");
    banner.hidden = !text && !refused.length;
    banner.replaceChildren(text);
    if (this.#state === "signed out") banner.append(link("Sign in in a new tab", `/signin?next=${location.pathname}`));
    if (refused.length) banner.append(`${refused.length === 1 ? "One answer was" : `${refused.length} answers were`} refused. `, button("See why", () => this.#showRefused()));
  }

  #showRefused() {
    byId("refused-list").replaceChildren(...this.outbox.refused().map(({ answer, error }) => {
      const row = document.createElement("li");
      row.textContent = `${answer.value ? words(answer.value) : `skipped: ${answer.skip}`}: ${error}`;
      return row;
    }));
    byId("refused").showModal();
  }
}

function link(text, href) {
  return Object.assign(document.createElement("a"), { textContent: text, href, target: "_blank" });
}

function button(text, action) {
  const made = Object.assign(document.createElement("button"), { type: "button", className: "link", textContent: text });
  made.addEventListener("click", action);
  return made;
}
