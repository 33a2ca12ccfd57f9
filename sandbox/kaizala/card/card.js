// A card on a person's phone: it asks the proxy who holds it, and brings the user's code back.

import { showFacts } from "/web/facts.js";

const PATH = "/api/kaizala";
const TITLES = {
  id: "id",
  name: "name",
  phoneNumber: "phone",
  pictureUrl: "picture",
  actionPackageId: "action package",
};

export async function mount(shop) {
  const { people } = await shop.control.get("kaizala/people");
  return new Card(shop, people);
}

class Card {
  #shop;
  #person = document.getElementById("card-person");
  #kind = document.getElementById("card-kind");
  #code = document.getElementById("card-code");
  #get = document.getElementById("link-code-get");

  constructor(shop, people) {
    this.#shop = shop;
    this.#person.replaceChildren(...people.map(({ id, name }) => new Option(name, id)));
    document.getElementById("card-ask").addEventListener("click", () => this.#ask());
    this.#get.addEventListener("click", () => this.#getCode());
    document.getElementById("card-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#link(this.#code.value.trim());
    });
  }

  // Brings the marketplace's side in line with the session.
  look() {
    const { user } = this.#shop.session;
    this.#get.hidden = !user;
    document.getElementById("link-standing").textContent = user
      ? `You are ${user.displayName}. A code ties the person whose card brings it to you.`
      : "Log in to get a code.";
    this.#showCode("");
  }

  async #ask() {
    await this.#shop.trip.begin("The trip of one card");
    const { status, body } = await this.#call("GET", "me");
    showFacts(
      document.getElementById("card-claims"),
      status === 200 ? Object.entries(TITLES).map(([key, title]) => [title, body[key]]) : [],
    );
    if (status === 200) {
      this.#tell("fine", `The proxy knows me: I am ${body.name}.`);
    } else {
      this.#tell("odd", `Answered ${status} (${body?.code}).`);
    }
  }

  async #getCode() {
    await this.#shop.trip.begin("The trip of one link");
    const { status, body } = await this.#shop.proxy.call("POST", `${PATH}/link-codes`);
    this.#showCode(body?.code ?? "", body?.expiresAt);
    if (status !== 201) this.#tell("odd", `A code was refused: ${status} (${body?.code}).`);
  }

  async #link(code) {
    const { status, body } = await this.#call("POST", "link", { code });
    const ends = { linked: "Linked", unchanged: "Linked already" };
    if (status === 200) {
      this.#tell("fine", `${ends[body.status]}: my id is in the user’s private data.`);
    } else {
      this.#tell("odd", `Answered ${status} (${body?.code}).`);
    }
    await this.#shop.storage.show();
  }

  // A card has a token and no cookie; whose it is, and what is wrong with it, is chosen here.
  async #call(method, path, body) {
    const chosen = { person: this.#person.value, kind: this.#kind.value };
    const { token } = await this.#shop.control.post("kaizala/tokens", chosen);
    const options = { caller: "Card", headers: { accessToken: token }, credentials: "omit" };
    return this.#shop.proxy.call(method, `${PATH}/${path}`, body, options);
  }

  #showCode(code, expiresAt) {
    const shown = document.getElementById("link-code");
    shown.hidden = !code;
    shown.textContent = code;
    document.getElementById("link-code-end").textContent = code
      ? `Type or paste it into the card before ${new Date(expiresAt).toLocaleTimeString()}.`
      : "";
  }

  #tell(state, text) {
    const end = document.getElementById("card-end");
    end.dataset.state = state;
    end.textContent = text;
  }
}
