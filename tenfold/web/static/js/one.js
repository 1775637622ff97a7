/** One image after the other: a digit is the class, and the next image is there. */

import { digitOf } from "./classes.js";
import { element } from "./elements.js";
import { accepted, words } from "./values.js";

export class OneView {
  /** The classes of the last image, for the next one that is just like it. */
  static last = null;

  constructor(desk) {
    this.desk = desk;
    this.size = "screen";
    this.editable = true;
    this.same = desk.start.task === "multilabel" ? this.#sameButton() : null;
  }

  /** A button for what has a key: for hands that have none. */
  #sameButton() {
    const button = element("button", "small", "Same as last", element("kbd", "", "C"));
    button.type = "button";
    button.title = "The classes of the last image";
    button.addEventListener("click", () => this.#sameAsLast(false));
    return button;
  }

  async show([item]) {
    this.item = item;
    this.actions = 0;
    this.many = this.desk.start.task === "multilabel";
    const namesOf = (value) => (value ? (this.many ? value.labels : [value.label]) : []);
    this.tagged = namesOf(item.tagged);
    this.proposed = namesOf(item.prelabel);
    const earlier = item.restored && (this.many ? item.restored.labels : [item.restored.label]);
    this.chosen = new Set(earlier ?? (this.many ? (item.tagged ? this.tagged : this.proposed) : []));
    this.#offerSame();
    this.#mark();
    const { image, ready } = this.desk.queue.picture(item);
    if (!image.complete) await ready;
    if (this.item !== item) return;
    image.alt = item.path || "image to label";
    this.desk.stage.show(image, item);
    this.began = performance.now();
  }

  #offerSame() {
    if (!this.same) return;
    this.same.disabled = !OneView.last;
    this.desk.objects.replaceChildren(this.same);
    this.desk.objects.hidden = false;
  }

  leave() {
    this.desk.objects.hidden = true;
  }

  get items() {
    return [this.item];
  }

  /** Whether something was said here that isn't sent. */
  get touched() {
    return this.actions > 0;
  }

  /** What is to be kept until it is sent. */
  get drafts() {
    return this.many && this.touched ? [[this.item, this.#set]] : [];
  }

  get #set() {
    return { kind: "set", labels: [...this.chosen].sort() };
  }

  get ask() {
    if (this.item.tagged) return this.#askAgain();
    if (this.many) return this.proposed.length || this.item.prelabel ? ["Which classes are in it?", "Dashed ones are proposed. Enter sends.", "Dashed ones are proposed. Mend what is wrong, then send."] : ["Which classes are in it?", "Any number; Enter sends. N: none of them.", "Any number, or none of them."];
    return this.item.prelabel ? ["Is the proposal right?", "Enter accepts it; another key corrects it.", "Accept it, or choose another class."] : ["Which class is it?", "Its key, and the next image comes.", "Choose it, and the next image comes."];
  }

  /** Neither the tag nor the model's word is a key press nearer than the other. */
  #askAgain() {
    const against = `Tagged “${words(this.item.tagged)}”; a model says “${words(this.item.prelabel)}”.`;
    if (this.many) return [against, "What is in it? The tag is chosen; Enter sends.", "What is in it? The tag is chosen to begin with."];
    return [against, "Which is it? Press its key, or that of another class.", "Which is it? Choose it, or another class."];
  }

  get actButton() {
    if (this.many) return this.chosen.size ? "Send" : "None of the classes";
    return this.#offered ? `Accept “${this.#offered.label}”` : "";
  }

  get actKey() {
    return this.#unsaid ? "N" : "⏎";
  }

  keys() {
    const rows = [["1 … 9, 0", this.many ? "put a class on or off" : "class, and the next image"]];
    if (this.many) rows.push(["C", "the same classes as of the last image; ⇧C sends them too"], ["Enter", "send, and the next image"], ["N", "it has none of the classes"]);
    else if (this.#offered) rows.push(["Enter", "accept the proposal"]);
    return rows;
  }

  /** What Enter accepts, where one class is asked for. */
  get #offered() {
    return this.item?.tagged ? null : this.item?.prelabel;
  }

  /** Whether nobody said anything yet, the model neither: then Enter, pressed once too often, says nothing. */
  get #unsaid() {
    return this.many && !this.chosen.size && !this.item?.prelabel;
  }

  #mark() {
    this.desk.panel.show([...this.chosen], this.proposed, this.tagged);
    this.desk.describe(this);
  }

  pick(name) {
    this.actions += 1;
    if (!this.many) return this.desk.send([this.#answer({ kind: "class", label: name })], this.began);
    if (!this.chosen.delete(name)) this.chosen.add(name);
    return this.#mark();
  }

  act() {
    if (this.#unsaid) return this.desk.say("Nothing is chosen. N says that it has none of the classes.", "Nothing is chosen.");
    return this.#send();
  }

  /** Say that it has none of the classes: a key of its own, so that it never happens by accident. */
  none() {
    if (this.chosen.size) return this.desk.say("Classes are chosen. Put them off first, then N says that it has none.", "Classes are chosen. Put them off first.");
    return this.#send();
  }

  /** What the button does. */
  press() {
    if (this.#unsaid) this.none();
    else this.act();
  }

  #send() {
    if (this.many) {
      this.actions += 1;
      OneView.last = [...this.chosen];
      this.desk.send([this.#answer(this.#set)], this.began);
    } else if (this.#offered) {
      this.actions += 1;
      this.desk.send([this.#answer(accepted(this.#offered))], this.began);
    }
  }

  skip(reason) {
    this.desk.send([{ item: this.item, skip: reason, actions: this.actions + 2 }], this.began);
  }

  /** Choose what the last image got, and send it where Shift is held. */
  #sameAsLast(send) {
    if (!OneView.last) return this.desk.say("There is no last image yet.");
    this.chosen = new Set(OneView.last.filter((name) => this.desk.panel.colors.has(name)));
    if (send) return this.#send();
    this.actions += 1;
    return this.#mark();
  }

  #answer(value) {
    return { item: this.item, value, actions: this.actions };
  }

  /** Classes are called otherwise now; what is chosen stays chosen. */
  renamed(called) {
    this.proposed = this.proposed.map(called);
    this.tagged = this.tagged.map(called);
    this.chosen = new Set([...this.chosen].map(called));
    OneView.last = OneView.last?.map(called) ?? null;
    this.#mark();
  }

  key(event) {
    const index = digitOf(event);
    if (index !== null) {
      const each = this.desk.panel.classes[index];
      if (each) this.pick(each.name);
      return true;
    }
    if (event.key === "Enter") {
      this.act();
      return true;
    }
    if (this.many && event.key.toLowerCase() === "n") {
      if (!event.repeat) this.none();
      return true;
    }
    if (this.many && event.key.toLowerCase() === "c") {
      this.#sameAsLast(event.shiftKey);
      return true;
    }
    return false;
  }
}
