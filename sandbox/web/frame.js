// A vendor's page in a frame of the page, so that the trip stays in view.

import { poll } from "./poll.js";

export class Frame {
  #trip;
  #card;
  #title;
  #frame;
  #isOver = () => false;
  #ended = () => {};
  #origin = null; // that of the vendor's page, while it is listened to
  #letGo = () => {};
  #round = 0;

  // `card` has a heading and an iframe.
  constructor(card, trip) {
    this.#trip = trip;
    this.#card = card;
    this.#title = card.querySelector("h3");
    this.#frame = card.querySelector("iframe");
    window.addEventListener("message", (event) => this.#hear(event));
  }

  // Shows the page at `url`, called `title`, until `isOver(data)` of a message of it: then `ended`
  // is called.
  open(url, { title, isOver, ended }) {
    this.close();
    this.#isOver = isOver;
    this.#ended = ended;
    this.#origin = new URL(url).origin;
    this.#letGo = this.#trip.hold();
    this.#goTo(url);
    this.#frame.title = title;
    this.#title.textContent = title;
    this.#card.hidden = false;
    this.#title.focus();
  }

  close() {
    this.#round += 1;
    this.#origin = null;
    this.#letGo();
    this.#card.hidden = true;
    this.#goTo("about:blank");
  }

  // Calls `look` as poll.js does while the same page is shown; answers whether it still is.
  async poll(look) {
    const round = this.#round;
    const isSame = () => round === this.#round;
    await poll(look, isSame);
    return isSame();
  }

  // Without a trace in the history, so that "back" leaves this page and not the frame's.
  #goTo(url) {
    this.#frame.contentWindow.location.replace(url);
  }

  // Only the frame's own window, at the origin that the proxy named, is listened to.
  #hear(event) {
    const isVendor = event.origin === this.#origin;
    if (!isVendor || event.source !== this.#frame.contentWindow) return;
    if (!this.#isOver(event.data)) return;
    this.#origin = null;
    this.#ended();
  }
}
