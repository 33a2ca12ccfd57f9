// The identity check: start it, show the vendor's page, wait for the result, show the badge.
//
// Of the vendor's module, `isOver(data)` tells whether a message of its page says that the person's
// part is over, and `REASONS` has the words for its reasons.

import { standingOf } from "./standing.js";

const PATH = "/api/id-verification";
const WAITS_MILLISECONDS = [600, 600, 1000, 1500, 2500, 4000, 6000, 10_000, 15_000];

export function mount(shop) {
  if (!shop.config.checks) return { identity: { look() {}, closeVendor() {} } };
  return { identity: new Identity(shop) };
}

class Identity {
  #shop;
  #vendor;
  #module;
  #body = null;
  #vendorOrigin = null;
  #letGo = () => {};
  #round = 0;
  #frame = document.getElementById("vendor-frame");
  #verify = document.getElementById("verify");
  #checkAgain = document.getElementById("check-again");

  constructor(shop) {
    this.#shop = shop;
    this.#vendor = shop.config.checks;
    this.#module = shop.modules[this.#vendor.name] ?? {};
    this.#verify.addEventListener("click", () => this.#verifyMe());
    this.#checkAgain.addEventListener("click", () => this.look());
    window.addEventListener("message", (event) => this.#hear(event));
  }

  // Starts a check. Returns {status, body} of the proxy.
  start({ restart = false } = {}) {
    return this.#shop.proxy.call("POST", PATH, restart ? { restart } : {});
  }

  // Asks for the result and shows it. Returns {status, body} of the proxy.
  async look() {
    const answer = await this.#shop.proxy.call("GET", PATH);
    this.#body = answer.body;
    this.tellStanding(answer);
    this.#offer(answer);
    await this.#shop.storage.show(answer.body?.checksum);
    await this.#shop.connections.showNews();
    return answer;
  }

  // Shows what an answer of the proxy means.
  tellStanding(answer) {
    this.tell(standingOf(answer, this.#vendor.title, this.#module.REASONS));
  }

  tell({ state, title, detail }) {
    const badge = document.getElementById("badge");
    badge.dataset.state = state;
    badge.textContent = title;
    document.getElementById("badge-detail").textContent = detail;
  }

  closeVendor() {
    this.#round += 1;
    this.#vendorOrigin = null;
    this.#letGo();
    document.getElementById("vendor").hidden = true;
    this.#goTo("about:blank");
  }

  async #verifyMe() {
    await this.#shop.trip.begin("The trip of one check");
    const finished = this.#body?.status === "approved";
    const { status, body } = await this.start({ restart: finished });
    if (status !== 200 && status !== 201) {
      this.tellStanding({ status, body });
    } else if (body.redirectUrl) {
      await this.#openVendor(body.redirectUrl);
    } else {
      await this.look();
    }
  }

  async #openVendor(redirectUrl) {
    this.closeVendor();
    this.#vendorOrigin = new URL(redirectUrl).origin;
    this.#letGo = this.#shop.trip.hold();
    this.#goTo(redirectUrl);
    document.getElementById("vendor").hidden = false;
    document.getElementById("vendor-title").focus();
    const detail = `Finish the steps on ${this.#vendor.title}’s page.`;
    this.tell({ state: "pending", title: "Under way", detail });
    this.#checkAgain.hidden = true;
    await this.#shop.storage.show("valid");
  }

  // Without a trace in the history, so that "back" leaves this page and not the frame's.
  #goTo(url) {
    this.#frame.contentWindow.location.replace(url);
  }

  // Only the frame's own window, at the origin that the proxy named, is listened to.
  #hear(event) {
    const isVendor = event.origin === this.#vendorOrigin;
    if (!isVendor || event.source !== this.#frame.contentWindow) return;
    if (this.#module.isOver?.(event.data)) this.#awaitResult();
  }

  // The vendor's "success" only says that the pictures have arrived; the result comes from the proxy.
  async #awaitResult() {
    this.#vendorOrigin = null;
    const round = this.#round;
    const detail = `${this.#vendor.title} has what it needs.`;
    this.tell({ state: "pending", title: "Still being checked", detail });
    for (const wait of WAITS_MILLISECONDS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (round !== this.#round) return; // closed, or a new check has begun
      const { status, body } = await this.look();
      if (status === 401 || (status === 200 && body.status !== "pending")) break;
    }
    if (round !== this.#round) return;
    this.closeVendor();
    document.getElementById("standing").focus();
  }

  #offer({ body }) {
    const pending = body?.status === "pending";
    this.#checkAgain.hidden = !pending;
    this.#verify.textContent = LABELS[body?.status] ?? "Verify my identity";
  }
}

const LABELS = {
  pending: "Continue the check",
  approved: "Verify again",
  rejected: "Try again",
  failed: "Try again",
  expired: "Start again",
};
