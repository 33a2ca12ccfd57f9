// Who is logged in: the two people to choose from, and the way out.

import { sentence } from "./trouble.js";

export function mount(shop) {
  return { account: new Account(shop) };
}

class Account {
  #shop;
  #told = document.getElementById("account-told");

  constructor(shop) {
    this.#shop = shop;
    const people = shop.config.users.map((user) => this.#buttonFor(user));
    document.getElementById("people").replaceChildren(...people);
    document.getElementById("log-out").addEventListener("click", async () => {
      await this.logOut();
      document.querySelector("#people button").focus();
    });
    shop.session.onElsewhere(() => this.#changeElsewhere());
  }

  async logIn(user) {
    await this.#shop.session.logIn(user);
    await this.show();
  }

  // As the same person, after the session has ended.
  async logInAgain() {
    await this.logIn(this.#shop.session.user ?? this.#shop.config.users[0]);
  }

  async logOut() {
    await this.#shop.session.logOut();
    await this.show();
  }

  // Brings the page in line with the session.
  async show() {
    const { user } = this.#shop.session;
    document.getElementById("log-in").hidden = Boolean(user);
    document.getElementById("member").hidden = !user;
    document.getElementById("log-out").hidden = !user;
    document.getElementById("session-name").textContent = user?.displayName ?? "Not logged in";
    document.getElementById("member-name").textContent = user?.displayName ?? "";
    document.getElementById("member-email").textContent = user?.email ?? "";
    document.getElementById("initial").textContent = user?.displayName.charAt(0) ?? "";
    this.#told.textContent = "";
    this.#shop.vendorPage.close();
    Object.values(this.#shop.cards).forEach((card) => card.look?.());
    await this.#shop.identity.look();
    if (!user) await this.#shop.storage.show();
    for (const section of [this.#shop.signing, this.#shop.billing, this.#shop.connections]) {
      await section.look();
    }
  }

  async #changeElsewhere() {
    const { user } = this.#shop.session;
    await this.#shop.trip.begin();
    await this.show();
    this.#told.textContent = user
      ? `${user.displayName} has logged in in another tab. All tabs of a browser have one session.`
      : "You have logged out in another tab. All tabs of a browser have one session.";
  }

  #buttonFor(user) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Log in as ${user.displayName}`;
    button.addEventListener("click", async () => {
      await this.#shop.trip.begin();
      try {
        await this.logIn(user);
      } catch (failure) {
        this.#told.textContent = sentence(`Not logged in: ${failure.message}`);
        return;
      }
      if (this.#shop.session.user !== user) return; // logged out meanwhile
      const verify = document.getElementById("verify");
      if (verify?.checkVisibility()) verify.focus();
      else this.#shop.tabs.focus();
    });
    return button;
  }
}
