// The identity check: start it at the vendor that was chosen, show that vendor's page, wait for the
// result, show the badge.

import { Frame } from "./frame.js";
import { standingOf, tell } from "./standing.js";

const PATH = "/api/id-verification";
const MATTER = {
  SENTENCES: {
    none: ["Not verified yet", "Other members see who has shown a document."],
    pending: ["Still being checked", "has not given its result yet"],
    approved: ["Verified", "accepted the document and, where one was taken, the selfie matches"],
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

export function mount(shop) {
  if (shop.config.checks.length === 0) return { identity: { look() {}, closeVendor() {} } };
  return { identity: new Identity(shop) };
}

class Identity {
  #shop;
  #body = null;
  #frame;
  #verify = document.getElementById("verify");
  #checkAgain = document.getElementById("check-again");

  constructor(shop) {
    this.#shop = shop;
    this.#frame = new Frame(document.getElementById("vendor"), shop.trip);
    this.#verify.addEventListener("click", () => this.#verifyMe());
    this.#checkAgain.addEventListener("click", () => this.look());
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
    const vendor = checkers.named(answer.body?.provider) ?? checkers.chosen;
    this.#tell(standingOf(answer, vendor, MATTER));
  }

  #tell(standing) {
    const [badge, detail] = ["badge", "badge-detail"].map((id) => document.getElementById(id));
    tell({ badge, detail }, standing);
  }

  closeVendor() {
    this.#frame.close();
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
    const { name, title, isOver = () => false } = this.#shop.checkers.chosen;
    const page = `${title}’s page`;
    this.#frame.open(redirectUrl, { title: page, isOver, ended: () => this.#awaitResult(title) });
    this.#tell({ state: "pending", title: "Under way", detail: `Finish the steps on ${page}.` });
    this.#body = { status: "pending", provider: name };
    this.#offer();
    this.#checkAgain.hidden = true;
    await this.#shop.storage.show("valid");
  }

  // The vendor's "success" only says that the pictures have arrived; the result comes from the proxy.
  // Where that tells what a check waits for, nothing will come by itself soon.
  async #awaitResult(title) {
    const detail = `${title} has what it needs.`;
    this.#tell({ state: "pending", title: "Still being checked", detail });
    const isSame = await this.#frame.poll(async () => {
      const { status, body } = await this.look();
      return status === 401 || (status === 200 && (!this.#isPending || body.reason));
    });
    if (!isSame) return; // closed, or a new check has begun
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
