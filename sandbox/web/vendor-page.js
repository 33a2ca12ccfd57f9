// A vendor's page in a frame, in a dialog above this page.

import { poll } from "./poll.js";

export function mount({ trip }) {
  return { vendorPage: new VendorPage(document.getElementById("vendor"), trip) };
}

class VendorPage {
  #dialog;
  #trip;
  #title = document.getElementById("vendor-title");
  #frame = document.getElementById("vendor-frame");
  #isOver = () => false;
  #ended = () => {};
  #origin = null; // that of the vendor's page, while it is listened to
  #letGo = () => {};
  #round = 0;

  constructor(dialog, trip) {
    this.#dialog = dialog;
    this.#trip = trip;
    window.addEventListener("message", (event) => this.#hear(event));
    document.getElementById("vendor-close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#clear()); // the Escape key closes it too
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
    document.getElementById("vendor-origin").textContent = this.#origin;
    document.getElementById("vendor-empty").hidden = this.#origin === location.origin;
    this.#dialog.showModal();
  }

  close() {
    this.#dialog.close();
    this.#clear();
  }

  // Calls `look` as poll.js does while the same page is shown; answers whether it still is.
  async poll(look) {
    const round = this.#round;
    const isSame = () => round === this.#round;
    await poll(look, isSame);
    return isSame();
  }

  // A dialog tells later that it was closed, and may have been opened again meanwhile.
  #clear() {
    if (this.#dialog.open) return;
    this.#round += 1;
    this.#origin = null;
    this.#letGo();
    this.#goTo("about:blank");
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
