// Documents to sign: start one, show the vendor's page, wait for the result, show how it stands.

import { begunAt, handIn, isHandedIn } from "./handed-in.js";
import { NOT_KNOWN, partsOf, standingOf, tell } from "./standing.js";

const PATH = "/api/signings";
const MATTER = {
  SENTENCES: {
    none: ["Not signed yet", "You have not opened it yet."],
    pending: ["Not signed yet", "has not confirmed a signature yet"],
    signed: ["Signed", "has your signature"],
    declined: ["Declined", "was told that you decline"],
    expired: ["Expired", "It was not signed in time. Start again whenever you like."],
    cancelled: ["Withdrawn", "withdrew it before it was signed"],
    failed: ["Failed – try again", "could not finish it"],
  },
  GOOD: ["signed"],
  FLAG: "signed",
};

export function mount(shop) {
  if (shop.config.signs.length === 0) return { signing: { look() {} } };
  return { signing: new Signing(shop) };
}

class Signing {
  #shop;
  #documents;

  constructor(shop) {
    this.#shop = shop;
    const cards = [...document.querySelectorAll("[data-document]")];
    this.#documents = cards.map((card) => new DocumentCard(shop, card));
  }

  // Asks how all documents stand, and shows it.
  async look() {
    const { user } = this.#shop.session;
    const answer = user ? await this.#shop.proxy.call("GET", PATH) : null;
    if (this.#shop.session.user !== user) return; // it is about somebody else
    for (const one of this.#documents) {
      const body = answer?.body?.signings?.find((told) => told.document === one.name);
      one.show(answer && { status: answer.status, body: body ?? answer.body });
    }
  }
}

class DocumentCard {
  #shop;
  #vendors;
  #parts;
  #inputs;
  #body = null;
  #hasEnded = false; // the marketplace session

  constructor(shop, card) {
    this.name = card.dataset.document;
    this.#shop = shop;
    this.#vendors = shop.config.signs
      .filter(({ documents }) => documents.includes(this.name))
      .map((vendor) => ({ isOver: isPageOver, ...vendor, ...shop.modules[vendor.name] }));
    this.#parts = partsOf(card);
    this.#inputs = [...card.querySelectorAll("input")];
    this.#inputs.forEach((input) => input.addEventListener("change", () => this.#offer()));
    this.#parts.sign.addEventListener("click", () => (this.#hasEnded ? this.#logInAgain() : this.#sign()));
    this.#parts.again.addEventListener("click", () => this.#look());
  }

  // Shows what {status, body} of the proxy means, null where nobody is logged in.
  show(answer) {
    this.#body = answer?.status === 200 ? answer.body : null;
    const vendor = this.#named(this.#body?.provider);
    const isBegun = this.#isPending && !isHandedIn(this.#body);
    if (isBegun) tell(this.#parts, begunAt(vendor.title));
    else tell(this.#parts, answer ? standingOf(answer, vendor, MATTER) : NOT_KNOWN);
    this.#hasEnded = answer?.status === 401;
    this.#parts.sign.hidden = !answer;
    if (this.#isPending) this.#choose(this.#body.provider); // to go on with it
    this.#offer();
  }

  async #look() {
    const answer = await this.#shop.proxy.call("GET", `${PATH}/${this.name}`);
    this.show(answer);
    await this.#shop.storage.show();
    return answer;
  }

  async #logInAgain() {
    await this.#shop.account.logInAgain();
    this.#parts.sign.focus();
  }

  async #sign() {
    await this.#shop.trip.begin("The trip of one document");
    const vendor = this.#chosen;
    const asked = { provider: vendor.name, restart: this.#body?.status === "signed" };
    const { status, body } = await this.#shop.proxy.call("POST", `${PATH}/${this.name}`, asked);
    if (status !== 200 && status !== 201) {
      this.show({ status, body });
    } else if (body.redirectUrl) {
      await this.#shop.seal.show(body.transactionReference, vendor.title);
      await this.#open(vendor, body);
    } else {
      await this.#look();
    }
  }

  // On a marketplace the vendor's own library shows the page; here the sandbox says what it would do.
  async #open(vendor, { redirectUrl: link, transactionReference }) {
    const around = location.href;
    const { url } = await this.#shop.control.post(`${vendor.name}/frame`, { link, around });
    const title = `${vendor.title}’s page`;
    const ended = () => this.#awaitResult(vendor, transactionReference);
    this.#shop.vendorPage.open(url, { title, isOver: vendor.isOver, ended });
    this.show({ status: 200, body: { status: "pending", provider: vendor.name, transactionReference } });
    await this.#shop.storage.show();
  }

  // The page's word only says that the person's part is over; the result comes from the proxy.
  async #awaitResult(vendor, reference) {
    handIn(reference);
    const detail = `${vendor.title} has what it needs.`;
    tell(this.#parts, { state: "pending", title: "On its way", detail });
    const isSame = await this.#shop.vendorPage.poll(async () => {
      const { status, body } = await this.#look();
      return status === 401 || (status === 200 && (!this.#isPending || body.reason));
    });
    if (!isSame) return; // closed, or another document is shown
    this.#shop.vendorPage.close();
    this.#parts.standing.focus();
  }

  get #isPending() {
    return this.#body?.status === "pending";
  }

  get #chosen() {
    return this.#named(this.#inputs.find((input) => input.checked)?.value);
  }

  #named(name) {
    return this.#vendors.find((vendor) => vendor.name === name) ?? this.#vendors[0];
  }

  #choose(name) {
    const input = this.#inputs.find(({ value }) => value === name);
    if (input) input.checked = true;
  }

  #offer() {
    const { sign, again } = this.#parts;
    const { words } = sign.dataset;
    const { name, title } = this.#chosen;
    const { status, provider } = this.#body ?? {};
    again.hidden = !this.#isPending;
    sign.textContent = `Sign the ${words}`;
    if (status === "signed") sign.textContent = `Sign the ${words} once more`;
    if (this.#isPending) sign.textContent = `Go on with the ${words}`;
    if (this.#isPending && provider !== name) sign.textContent = `Sign the ${words} with ${title} instead`;
    if (this.#hasEnded) sign.textContent = `Log in again, for the ${words}`;
  }
}

// What pages say that have no words of their own for it.
function isPageOver(data) {
  return data === "check.over";
}
