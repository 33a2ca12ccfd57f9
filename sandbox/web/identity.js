// The identity check: start it at the vendor that was chosen, show that vendor's page, wait for the
// result, show the badge.

import { standingOf } from "./standing.js";

const PATH = "/api/id-verification";
const WAITS_MILLISECONDS = [600, 600, 1000, 1500, 2500, 4000, 6000, 10_000, 15_000];

export function mount(shop) {
  if (shop.config.checks.length === 0) return { identity: { look() {}, closeVendor() {} } };
  return { identity: new Identity(shop) };
}

class Identity {
  #shop;
  #body = null;
  #shown = null; // the vendor whose page is in the frame, and its origin while that is listened to
  #origin = null;
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
    shop.checkers.follow(() => this.#offer());
  }

  // Starts a check at the vendor that was chosen. Returns {status, body} of the proxy.
  start({ restart = false } = {}) {
    const provider = this.#shop.checkers.chosen.name;
    return this.#shop.proxy.call("POST", PATH, restart ? { provider, restart } : { provider });
  }

  // Asks for the result and shows it. Returns {status, body} of the proxy.
  async look() {
    const answer = await this.#shop.proxy.call("GET", PATH);
    this.#body = answer.body;
    this.tellStanding(answer);
    if (this.#isPending) this.#shop.checkers.choose(this.#body.provider); // to go on with it
    this.#offer();
    await this.#shop.storage.show(answer.body?.checksum);
    await this.#shop.connections.showNews();
    return answer;
  }

  // Shows what an answer of the proxy means.
  tellStanding(answer) {
    const { checkers } = this.#shop;
    this.tell(standingOf(answer, checkers.named(answer.body?.provider) ?? checkers.chosen));
  }

  tell({ state, title, detail }) {
    const badge = document.getElementById("badge");
    badge.dataset.state = state;
    badge.textContent = title;
    document.getElementById("badge-detail").textContent = detail;
  }

  closeVendor() {
    this.#round += 1;
    this.#origin = null;
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
    this.#shown = this.#shop.checkers.chosen;
    this.#origin = new URL(redirectUrl).origin;
    this.#letGo = this.#shop.trip.hold();
    this.#goTo(redirectUrl);
    const page = `${this.#shown.title}’s page`;
    this.#frame.title = page;
    document.getElementById("vendor-title").textContent = page;
    document.getElementById("vendor").hidden = false;
    document.getElementById("vendor-title").focus();
    this.tell({ state: "pending", title: "Under way", detail: `Finish the steps on ${page}.` });
    this.#body = { status: "pending", provider: this.#shown.name };
    this.#offer();
    this.#checkAgain.hidden = true;
    await this.#shop.storage.show("valid");
  }

  // Without a trace in the history, so that "back" leaves this page and not the frame's.
  #goTo(url) {
    this.#frame.contentWindow.location.replace(url);
  }

  // Only the frame's own window, at the origin that the proxy named, is listened to.
  #hear(event) {
    const isVendor = event.origin === this.#origin;
    if (!isVendor || event.source !== this.#frame.contentWindow) return;
    if (this.#shown.isOver?.(event.data)) this.#awaitResult();
  }

  // The vendor's "success" only says that the pictures have arrived; the result comes from the proxy.
  // Where that tells what a check waits for, nothing will come by itself soon.
  async #awaitResult() {
    this.#origin = null;
    const round = this.#round;
    const detail = `${this.#shown.title} has what it needs.`;
    this.tell({ state: "pending", title: "Still being checked", detail });
    for (const wait of WAITS_MILLISECONDS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (round !== this.#round) return; // closed, or a new check has begun
      const { status, body } = await this.look();
      if (status === 401 || (status === 200 && (!this.#isPending || body.reason))) break;
    }
    if (round !== this.#round) return;
    this.closeVendor();
    document.getElementById("standing").focus();
  }

  get #isPending() {
    return this.#body?.status === "pending";
  }

  #offer() {
    const { name, title } = this.#shop.checkers.chosen;
    const isElsewhere = this.#isPending && this.#body.provider !== name;
    this.#checkAgain.hidden = !this.#isPending;
    this.#verify.textContent = isElsewhere
      ? `Verify with ${title} instead`
      : (LABELS[this.#body?.status] ?? "Verify my identity");
  }
}

const LABELS = {
  pending: "Continue the check",
  approved: "Verify again",
  rejected: "Try again",
  failed: "Try again",
  expired: "Start again",
};
