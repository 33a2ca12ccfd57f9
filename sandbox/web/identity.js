// The identity check: start it, show the vendor's page, wait for the result, show the badge.

import { standingOf } from "./standing.js";

const PATH = "/api/id-verification";
const VENDOR_EVENT = 510; // "application state-change", the only event that Jumio documents
const WAITS_MILLISECONDS = [600, 600, 1000, 1500, 2500, 4000, 6000, 10_000, 15_000];

export function mount(shop) {
  return { identity: new Identity(shop) };
}

class Identity {
  #shop;
  #body = null;
  #vendorOrigin = null;
  #letGo = () => {};
  #round = 0;
  #frame = document.getElementById("vendor-frame");
  #verify = document.getElementById("verify");
  #checkAgain = document.getElementById("check-again");

  constructor(shop) {
    this.#shop = shop;
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
    this.tell(standingOf(answer));
    this.#offer(answer);
    await this.#shop.storage.show(answer.body?.checksum);
    await this.#shop.connections.showNews();
    return answer;
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
      this.tell(standingOf({ status, body }));
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
    this.tell({ state: "pending", title: "Under way", detail: "Finish the steps on Jumio’s page." });
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
    const told = parsed(event.data);
    if (told?.eventType !== VENDOR_EVENT) return;
    if (told.payload?.value === "success" || told.payload?.value === "error") {
      this.#awaitResult();
    }
  }

  // The vendor's "success" only says that the pictures have arrived; the result comes from the proxy.
  async #awaitResult() {
    this.#vendorOrigin = null;
    const round = this.#round;
    this.tell({ state: "pending", title: "Still being checked", detail: "Jumio has what it needs." });
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

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null; // other scripts post messages too
  }
}
