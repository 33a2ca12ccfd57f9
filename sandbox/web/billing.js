// Plans: go to the vendor's page to pay, come back, ask what was paid; and to the page of a customer.

import { showFacts } from "./facts.js";
import { leaveFor, returnUrlOf } from "./journey.js";
import { poll } from "./poll.js";
import { NOT_KNOWN, partsOf, standingOf, tell } from "./standing.js";

export const PANEL = "billing";
const PATH = "/api/billing";
const MATTER = {
  SENTENCES: {
    none: ["Nothing yet", "No payment was made, and no card is kept."],
    pending: ["Under way", "has not confirmed a payment yet"],
    active: ["Active", "renews it until you cancel"],
    past_due: ["Payment missing", "could not take the last payment"],
    paused: ["Paused", "takes no payments for now"],
    paid: ["Paid", "has taken the payment"],
    saved: ["Card saved", "keeps the card for later payments"],
    cancelled: ["Ended", "has ended it"],
    expired: ["Not finished", "The page was left before anything was paid."],
    failed: ["Not paid", "could not take the payment, or has paid it back"],
  },
  GOOD: ["paid", "saved"],
  FLAG: "entitled",
};
const LABELS = {
  subscription: (words) => `Subscribe to the ${words}`,
  payment: (words) => `Pay the ${words}`,
  setup: (words) => `Save a ${words}`,
};
const LIVING = ["active", "past_due", "paused"];

export function mount(shop) {
  if (shop.config.bills.length === 0) return { billing: { look() {}, comeBack() {} } };
  return { billing: new Billing(shop) };
}

class Billing {
  #shop;
  #plans;
  #refresh = document.getElementById("billing-refresh");

  constructor(shop) {
    this.#shop = shop;
    const cards = [...document.querySelectorAll("[data-plan]")];
    this.#plans = cards.map((card) => new Plan(shop, card));
    this.#refresh.addEventListener("click", () => this.#lookAfresh());
  }

  // Asks how all plans stand, and shows it. `query` may say that what is stored does not do.
  async look(query = "") {
    const { user } = this.#shop.session;
    const answer = user ? await this.#shop.proxy.call("GET", PATH + query) : null;
    if (this.#shop.session.user !== user) return; // it is about somebody else
    this.#refresh.hidden = !user;
    for (const one of this.#plans) {
      const body = answer?.body?.plans?.find((told) => told.plan === one.name);
      one.show(answer && { status: answer.status, body: body ?? answer.body });
    }
  }

  // The browser is back from the page on which this plan is paid for, or settled.
  async comeBack(plan) {
    await this.#plans.find(({ name }) => name === plan)?.comeBack();
  }

  async #lookAfresh() {
    await this.#shop.trip.begin("The trip of asking afresh");
    await this.look("?fresh=true");
    await this.#shop.storage.show();
  }
}

class Plan {
  #shop;
  #vendors;
  #parts;
  #mode;
  #words;
  #body = null;
  #hasEnded = false; // the marketplace session

  constructor(shop, card) {
    this.name = card.dataset.plan;
    this.#shop = shop;
    this.#vendors = shop.config.bills
      .filter(({ plans }) => this.name in plans)
      .map((vendor) => ({ ...vendor, REASONS: shop.modules[vendor.name]?.REASONS }));
    this.#parts = partsOf(card);
    this.#mode = card.dataset.mode;
    this.#words = this.name.replaceAll("-", " ");
    this.#parts.start.addEventListener("click", () => (this.#hasEnded ? this.#logInAgain() : this.#start()));
    this.#parts.manage.addEventListener("click", () => this.#manage());
  }

  // Shows what {status, body} of the proxy means, null where nobody is logged in.
  show(answer) {
    const body = answer?.status === 200 ? answer.body : null;
    this.#body = body;
    this.#hasEnded = answer?.status === 401;
    tell(this.#parts, answer ? this.#standingOf(answer) : NOT_KNOWN);
    showFacts(this.#parts.facts, [
      ["entitled", body?.provider && (body.entitled ? "yes" : "no")],
      ["paid until", dateOf(body?.paidUntil)],
      ["ends", dateOf(body?.endsAt)],
    ]);
    this.#offer(Boolean(answer));
  }

  async comeBack() {
    const isPending = await this.#look();
    this.#parts.standing.focus();
    if (isPending) await poll(async () => !(await this.#look()));
  }

  // Asks how the plan stands, and shows it; answers whether more is to be heard soon.
  async #look() {
    const answer = await this.#shop.proxy.call("GET", `${PATH}/${this.name}?fresh=true`);
    this.show(answer);
    await this.#shop.storage.show();
    return this.#body?.status === "pending" && !this.#body.reason;
  }

  #standingOf(answer) {
    const provider = this.#body?.provider;
    const vendor = this.#vendors.find(({ name }) => name === provider) ?? this.#vendors[0];
    const standing = standingOf(answer, vendor, MATTER);
    const isEnding = standing.state === "active" && this.#body.endsAt;
    return isEnding ? { ...standing, detail: "It is cancelled, and good until it ends." } : standing;
  }

  #offer(isKnown) {
    const { status, customerId } = this.#body ?? {};
    const { start, manage } = this.#parts;
    const label = LABELS[this.#mode](this.#words);
    start.textContent = MATTER.GOOD.includes(status) ? `${label} once more` : label;
    if (status === "pending") start.textContent = `Go on: ${label}`;
    if (this.#hasEnded) start.textContent = `Log in again, for the ${this.#words}`;
    start.hidden = !isKnown || LIVING.includes(status);
    manage.hidden = !customerId;
  }

  async #logInAgain() {
    await this.#shop.account.logInAgain();
    this.#parts.start.focus();
  }

  async #start() {
    await this.#shop.trip.begin("The trip of one payment");
    const here = returnUrlOf(this.name);
    const restart = MATTER.GOOD.includes(this.#body?.status);
    await this.#leave("", { successUrl: here, errorUrl: here, restart });
  }

  async #manage() {
    await this.#shop.trip.begin("The trip to the customer’s page");
    await this.#leave("/portal", { returnUrl: returnUrlOf(this.name) });
  }

  async #leave(route, asked) {
    const { status, body } = await this.#shop.proxy.call("POST", `${PATH}/${this.name}${route}`, asked);
    if (status !== 200 && status !== 201) {
      this.show({ status, body });
    } else if (body.redirectUrl) {
      leaveFor(body.redirectUrl, this.#shop.trip);
    } else {
      await this.#look(); // paid already, or on its way
    }
  }
}

function dateOf(time) {
  if (!time) return "";
  return new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric" });
}
