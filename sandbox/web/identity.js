// The identity check: start it at the vendor that was chosen, show that vendor's page, wait for the
// result, show the badge.

import { begunAt, handIn, isHandedIn } from "./handed-in.js";
import { NOT_KNOWN, standingOf, tell } from "./standing.js";

const PATH = "/api/id-verification";
const MATTER = {
  SENTENCES: {
    none: ["Not verified yet", "Other members see who has shown a document."],
    pending: ["Still being checked", "has not given its result yet"],
    approved: ["Verified", "accepted the document and, if there was one, the selfie"],
    rejected: ["Not accepted", "did not accept the document"],
    failed: ["Failed – try again", "could not finish the check"],
    expired: ["Expired", "The check was not finished in time. Start again whenever you like."],
  },
  GOOD: ["approved"],
  FLAG: "verified",
};
const LABELS = {
  pending: "Continue the check",
  approved: "Verify again",
  rejected: "Try again",
  failed: "Try again",
  expired: "Start again",
};
const LOG_IN_AGAIN = "Log in again";

export function mount(shop) {
  if (shop.config.checks.length === 0) return { identity: { look: () => shop.storage.show() } };
  return { identity: new Identity(shop) };
}

class Identity {
  #shop;
  #body = null;
  #hasEnded = false; // the marketplace session
  #standing = document.getElementById("standing");
  #verify = document.getElementById("verify");
  #checkAgain = document.getElementById("check-again");

  constructor(shop) {
    this.#shop = shop;
    this.#verify.addEventListener("click", () => this.#press());
    this.#checkAgain.addEventListener("click", () => this.look());
    shop.checkers.follow(() => this.#offer());
  }

  // Starts a check at the vendor that was chosen. Returns {status, body} of the proxy.
  async start({ restart = false } = {}) {
    const { name, title } = this.#shop.checkers.chosen;
    const asked = restart ? { provider: name, restart } : { provider: name };
    const answer = await this.#shop.proxy.call("POST", PATH, asked);
    if (answer.body?.redirectUrl) await this.#shop.seal.show(answer.body.transactionReference, title);
    return answer;
  }

  // Asks for the result and shows it, where somebody is logged in. Returns {status, body} of the proxy.
  async look() {
    if (!this.#shop.session.user) {
      this.#body = null;
      this.#hasEnded = false;
      this.#tell(NOT_KNOWN);
      this.#offer();
      return { status: 401, body: null };
    }
    const { user } = this.#shop.session;
    const answer = await this.#shop.proxy.call("GET", PATH);
    if (this.#shop.session.user !== user) return answer; // it is about somebody else
    this.show(answer);
    if (this.#isPending) this.#shop.checkers.choose(this.#body.provider); // to go on with it
    this.#offer();
    await this.#shop.storage.show(answer.body?.checksum);
    await this.#shop.connections.showNews();
    return answer;
  }

  // Shows what an answer of the proxy means, and offers what goes with it.
  show(answer) {
    this.#body = answer.body;
    this.#tellStanding(answer);
    this.#offer();
  }

  #tellStanding(answer) {
    const { checkers } = this.#shop;
    const vendor = checkers.named(answer.body?.provider) ?? checkers.chosen;
    this.#hasEnded = answer.status === 401;
    const isBegun = answer.body?.status === "pending" && !isHandedIn(answer.body);
    this.#tell(isBegun ? begunAt(vendor.title) : standingOf(answer, vendor, MATTER));
  }

  #tell(standing) {
    const [badge, detail] = ["badge", "badge-detail"].map((id) => document.getElementById(id));
    tell({ badge, detail }, standing);
  }

  async #press() {
    if (!this.#hasEnded) return this.#verifyMe();
    await this.#shop.trip.begin("The trip of logging in again");
    await this.#shop.account.logInAgain();
    this.#verify.focus();
  }

  async #verifyMe() {
    await this.#shop.trip.begin("The trip of one check");
    const finished = this.#body?.status === "approved";
    const { status, body } = await this.start({ restart: finished });
    if (status !== 200 && status !== 201) {
      this.#tellStanding({ status, body });
      this.#offer();
    } else if (body.redirectUrl) {
      await this.#openVendor(body);
    } else {
      await this.look();
    }
  }

  async #openVendor({ redirectUrl, transactionReference }) {
    const { name, title, isOver = () => false } = this.#shop.checkers.chosen;
    this.#shop.vendorPage.open(redirectUrl, {
      title: `${title}’s page`,
      isOver,
      ended: () => this.#awaitResult(title, transactionReference),
    });
    this.#body = { status: "pending", provider: name, transactionReference };
    this.#tell(begunAt(title));
    this.#offer();
    await this.#shop.storage.show("valid");
  }

  // The vendor's "success" only says that the pictures have arrived; the result comes from the proxy.
  // Where that tells what a check waits for, nothing will come by itself soon.
  async #awaitResult(title, reference) {
    handIn(reference);
    const detail = `${title} has what it needs.`;
    this.#tell({ state: "pending", title: "Still being checked", detail });
    const isSame = await this.#shop.vendorPage.poll(async () => {
      const { status, body } = await this.look();
      return status === 401 || (status === 200 && (!this.#isPending || body.reason));
    });
    if (!isSame) return; // closed, or a new check has begun
    this.#shop.vendorPage.close();
    this.#standing.focus();
  }

  get #isPending() {
    return this.#body?.status === "pending";
  }

  #offer() {
    const { name, title } = this.#shop.checkers.chosen;
    const isElsewhere = this.#isPending && this.#body.provider !== name;
    const label = isElsewhere ? `Verify with ${title} instead` : LABELS[this.#body?.status];
    this.#verify.hidden = !this.#shop.session.user;
    this.#verify.textContent = this.#hasEnded ? LOG_IN_AGAIN : (label ?? "Verify my identity");
    this.#checkAgain.hidden = !this.#isPending || this.#hasEnded;
  }
}
