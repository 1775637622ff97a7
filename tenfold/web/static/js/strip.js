/** The strip of pictures: the last answers, to go back to, what is shown, and what comes. */

import { words } from "./values.js";

const LAST = 6;
const SHOWN = 20;
const COMING = 14;

function frame(name, item, state, caption = "") {
  const box = document.createElement(name);
  box.className = `frame ${state}`;
  const image = document.createElement("img");
  image.src = item.urls.thumb;
  image.alt = "";
  box.append(image);
  if (caption) box.append(Object.assign(document.createElement("span"), { className: "frame-text", textContent: caption }));
  return box;
}

/** Draw the strip; `back(answer)` is called when a last image is clicked. */
export function drawStrip(place, { last, now, coming, back }) {
  const done = last.slice(-LAST).map((answer) => {
    const said = answer.skip ? "skipped" : words(answer.value);
    const button = frame("button", answer.item, "done", `${answer.item.comment ? "⚑ " : ""}${said}`);
    button.type = "button";
    button.title = "Back to this image";
    button.setAttribute("aria-label", `Back to the image that got: ${said}`);
    button.addEventListener("click", () => back(answer));
    return button;
  });
  const others = coming.filter((item) => !now.includes(item)).slice(0, COMING);
  place.replaceChildren(...done, ...now.slice(0, SHOWN).map((item) => frame("div", item, "current")), ...others.map((item) => frame("div", item, "")));
}
