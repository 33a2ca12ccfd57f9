// Who checks: the vendors that can, and the one that the visitor has chosen. The first is chosen
// until another is.
//
// A vendor's card.js has what is its own: `isOver(data)` tells whether a message of its page says
// that the person's part is over, `REASONS` has plain words for its reasons, by their description or
// their code.

export function mount({ config, modules }) {
  return { checkers: new Checkers(config.checks, modules) };
}

class Checkers {
  #vendors;
  #inputs = [...document.querySelectorAll("input[name=checker]")];
  #listeners = [];

  constructor(vendors, modules) {
    this.#vendors = vendors.map((vendor) => ({ ...vendor, ...modules[vendor.name] }));
    this.#inputs.forEach((input) => input.addEventListener("change", () => this.#tell()));
  }

  get all() {
    return this.#vendors;
  }

  // {name, title, approval: the outcome that approves, isOver, REASONS}
  get chosen() {
    const name = this.#inputs.find((input) => input.checked)?.value;
    return this.named(name) ?? this.#vendors[0];
  }

  named(name) {
    return this.#vendors.find((vendor) => vendor.name === name);
  }

  choose(name) {
    const input = this.#inputs.find(({ value }) => value === name);
    if (!input || input.checked) return;
    input.checked = true;
    this.#tell();
  }

  // `listener` is called now, and whenever another is chosen.
  follow(listener) {
    this.#listeners.push(listener);
    listener(this.chosen);
  }

  #tell() {
    this.#listeners.forEach((listener) => listener(this.chosen));
  }
}
