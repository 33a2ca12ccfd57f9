// Who is logged in: the two people to choose from, and the way out.

export async function mount(shop) {
  const account = new Account(shop);
  await account.show();
  return { account };
}

class Account {
  #shop;

  constructor(shop) {
    this.#shop = shop;
    const people = shop.config.users.map((user) => this.#buttonFor(user));
    document.getElementById("people").replaceChildren(...people);
    document.getElementById("log-out").addEventListener("click", async () => {
      await this.logOut();
      document.querySelector("#people button").focus();
    });
  }

  async logIn(user) {
    await this.#shop.session.logIn(user);
    await this.show();
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
    this.#shop.identity.closeVendor();
    this.#shop.signing.closeVendor();
    Object.values(this.#shop.cards).forEach((card) => card.look?.());
    if (user) {
      await this.#shop.identity.look();
    } else {
      await this.#shop.storage.show();
    }
    for (const section of [this.#shop.signing, this.#shop.billing, this.#shop.connections]) {
      await section.look();
    }
  }

  #buttonFor(user) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = `Log in as ${user.displayName}`;
    button.addEventListener("click", async () => {
      await this.#shop.trip.begin();
      await this.logIn(user);
      document.getElementById("verify")?.focus();
    });
    return button;
  }
}
