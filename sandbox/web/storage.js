// Shows the user's private data as Sharetribe holds it, and what its checksum is worth.

const MARKS = {
  valid: "Checksum valid: written by the proxy, for this user",
  invalid: "Checksum invalid: changed by somebody else",
  absent: "No checksum: the proxy has written nothing here",
  unknown: "Changed since the proxy was asked",
};

export function mount(shop) {
  return { storage: new Storage(shop) };
}

class Storage {
  #shop;
  #data = document.getElementById("private-data");
  #mark = document.getElementById("checksum");
  #marked = "[]"; // what the mark is about

  constructor(shop) {
    this.#shop = shop;
  }

  // Shows what is stored now; `checksum` is the proxy's word on it. Returns {privateData, writes}.
  async show(checksum) {
    const { user } = this.#shop.session;
    if (!user) {
      this.#data.textContent = "{}";
      this.#marked = "[]";
      this.#tell("absent", "Log in to see it");
      this.#shop.access.show();
      return { privateData: {}, writes: 0 };
    }
    const stored = await this.#shop.control.get(`users/${user.id}`);
    if (this.#shop.session.user !== user) return stored; // it is about somebody else
    this.#data.textContent = JSON.stringify(stored.privateData, null, 2);
    this.#shop.access.show(stored.permissions);
    const { idVerification, idVerificationChecksum } = stored.privateData;
    const now = JSON.stringify([idVerification, idVerificationChecksum].filter(Boolean));
    if (checksum) this.#tell(checksum, MARKS[checksum] ?? MARKS.unknown);
    else if (now !== this.#marked) this.#tell("unknown", MARKS.unknown);
    this.#marked = now;
    return stored;
  }

  #tell(state, text) {
    this.#mark.dataset.state = state;
    this.#mark.textContent = text;
  }
}
