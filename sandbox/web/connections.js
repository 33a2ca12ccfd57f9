// The connections of the user who is logged in: how they stand, connect, disconnect.

import { leaveFor } from "./journey.js";
import { showFacts } from "./facts.js";

export const PANEL = "connections";
const PATH = "/api/connections";
const STANDINGS = {
  connected: ["Connected", "The proxy acts with a token that only it can open."],
  "needs-reconnection": ["Needs reconnection", "The connection no longer works. Connect again."],
  "not-connected": ["Not connected", "Nothing is stored."],
  "logged-out": ["Not known", "Log in to see it."],
  ended: ["Session ended", "The marketplace session has ended. Log in again to go on."],
  unavailable: ["Not known right now", "It cannot be looked up at the moment."],
};

export function mount(shop) {
  const vendors = shop.config.vendors.filter(({ connects }) => connects);
  if (vendors.length === 0) return { connections: { look() {}, showNews() {}, tellEnd() {} } };
  return { connections: new Connections(shop, vendors) };
}

class Connections {
  #shop;
  #cards;
  #entries = {};

  constructor(shop, vendors) {
    this.#shop = shop;
    this.#cards = vendors.map((vendor) => this.#cardOf(vendor));
  }

  // Asks how the user's connections stand, and shows it.
  async look() {
    const { user } = this.#shop.session;
    const { status, body } = user ? await this.#shop.proxy.call("GET", PATH) : { status: 0, body: null };
    if (this.#shop.session.user !== user) return; // it is about somebody else
    this.#entries = Object.fromEntries(body?.connections?.map((entry) => [entry.vendor, entry]) ?? []);
    const unknown = { status: user ? (status === 401 ? "ended" : "unavailable") : "logged-out" };
    this.#cards.forEach((card) => this.#show(card, this.#entries[card.vendor.name] ?? unknown));
    await this.showNews();
  }

  // Shows what has happened at the vendors meanwhile.
  async showNews() {
    for (const { vendor } of this.#cards) {
      await this.#shop.cards[vendor.name]?.show?.(this.#isConnected(vendor));
    }
  }

  // Says how the journey ended from which the browser has just come back.
  tellEnd({ vendor, end }) {
    const name = vendor.title;
    if (end === "declined") {
      this.#tell("waiting", `You did not allow it at ${name}. Nothing was connected.`);
    } else if (end === "connected" && this.#isConnected(vendor)) {
      this.#tell("fine", `${name} is connected.`);
    } else {
      this.#tell("odd", `${name} could not be connected. Try again.`);
    }
    document.getElementById("connections-end").focus();
  }

  #isConnected(vendor) {
    return this.#entries[vendor.name]?.status === "connected";
  }

  #cardOf(vendor) {
    const element = document.getElementById(vendor.name);
    const card = { vendor, element };
    for (const part of ["badge", "detail", "names", "connect", "disconnect"]) {
      card[part] = element.querySelector(`[data-part=${part}]`);
    }
    card.connect.addEventListener("click", () => (card.hasEnded ? this.#logInAgain(card) : this.#connect(vendor)));
    card.disconnect.addEventListener("click", () => this.#disconnect(card));
    return card;
  }

  #show(card, { status, details = {}, reason }) {
    const [title, sentence] = STANDINGS[status] ?? STANDINGS.unavailable;
    card.badge.dataset.state = status;
    card.badge.textContent = title;
    card.detail.textContent = reason ?? sentence;
    showFacts(card.names, Object.entries(details).map(([key, text]) => [words(key), text]));
    card.hasEnded = status === "ended";
    card.connect.textContent = card.hasEnded
      ? `Log in again, for ${card.vendor.title}`
      : `Connect ${card.vendor.title}`;
    card.connect.hidden = status === "connected" || status === "logged-out";
    card.disconnect.hidden = status !== "connected" && status !== "needs-reconnection";
  }

  async #logInAgain(card) {
    await this.#shop.account.logInAgain();
    if (!card.connect.hidden) card.connect.focus();
  }

  async #connect(vendor) {
    await this.#shop.trip.begin(`The trip of connecting ${vendor.title}`);
    const { status, body } = await this.#shop.proxy.call("POST", `${PATH}/${vendor.name}`, {});
    if (status === 200) {
      leaveFor(body.authorizeUrl, this.#shop.trip);
    } else {
      if (status === 401) await this.look();
      this.#tell("odd", `Connecting was answered ${status} (${body?.code}).`);
    }
  }

  async #disconnect(card) {
    await this.#shop.trip.begin(`The trip of disconnecting ${card.vendor.title}`);
    const { status, body } = await this.#shop.proxy.call("DELETE", `${PATH}/${card.vendor.name}`);
    if (status === 200) {
      this.#tell("fine", `${card.vendor.title} is disconnected: its token is revoked and wiped.`);
    } else {
      this.#tell("odd", `Disconnecting was answered ${status} (${body?.code}).`);
    }
    await this.look();
    await this.#shop.storage.show();
    if (!card.connect.hidden) card.connect.focus();
  }

  #tell(state, text) {
    const end = document.getElementById("connections-end");
    end.dataset.state = state;
    end.textContent = text;
  }
}

// "locationName" is for people too.
function words(key) {
  return key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
