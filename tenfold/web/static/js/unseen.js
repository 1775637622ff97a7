/** An image whose picture doesn't come: nobody answers what they haven't seen; it may be skipped. */

export class UnseenView {
  constructor(desk, items) {
    Object.assign(this, { desk, items, began: performance.now(), size: "screen", editable: false });
  }

  get ask() {
    return ["The picture doesn’t come.", "It is tried again every few seconds; S skips it.", "It is tried again every few seconds, or skip it."];
  }

  get actButton() {
    return "";
  }

  keys() {
    return [];
  }

  key() {
    return false;
  }

  pick() {}

  act() {}

  skip(reason) {
    this.desk.send(this.items.map((item) => ({ item, skip: reason, actions: 2 })), this.began);
  }
}
