// The sealed reference, as bytes whose meaning anybody may know and nobody else can read: a strip of
// its characters in as many colors as it has parts. Until a check has begun it is an example.

const HEADER = ["header", "Header", "version, layout, which key", 2];
const PROOF = ["proof", "Proof", "nobody has changed it, and it was sealed for this use", 16];
const TOKEN = ["token", "Token", "of the user’s session at Sharetribe", 36];
const USER = ["user", "User", "whose session it is", 16];
const TIME = ["time", "Time", "when it was sealed; it expires", 4];
const RANDOM = ["token", "Random", "there is no session to seal", 8];
// By the low half of the first byte; the last part takes what is left.
const LAYOUTS = {
  1: [HEADER, PROOF, TOKEN, USER, TIME],
  2: [HEADER, PROOF, USER, TIME, TOKEN],
  3: [HEADER, PROOF, USER, TIME, RANDOM],
};
const EXAMPLE =
  "EQGk3vT0bq8wZ7yN5xJc2uRfLdPm9HsKEo4iVtYgQ1aXhBnC6eUzMjWr-F0pDlSkTvIqGb_OyA83xNw5EcRuZt7LhJmPfKdHsYg";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

export function mount(shop) {
  return { seal: new Seal(shop.control) };
}

class Seal {
  #control;
  #strip = document.getElementById("seal-strip");
  #legend = document.getElementById("seal-legend");
  #told = document.getElementById("seal-told");

  constructor(control) {
    this.#control = control;
    this.#draw(EXAMPLE);
    this.#told.textContent = "An example. Begin a check, and its own stands here.";
  }

  // Shows what the vendor called `title` was given for what it calls `reference`.
  async show(reference, title) {
    const path = `transactions/${encodeURIComponent(reference)}`;
    const { sealed } = await this.#control.get(path).catch(() => ({}));
    if (!sealed) return;
    this.#draw(sealed);
    this.#told.textContent = `This is what ${title} holds now, and will send back. Only the proxy can open it.`;
  }

  #draw(text) {
    const parts = partsOf(text);
    document.getElementById("seal-length").textContent = text.length;
    this.#strip.replaceChildren(...parts.map(({ name, text }) => make("span", name, text)));
    this.#legend.replaceChildren(
      ...parts.map(({ name, title, meaning, bytes }) => {
        const item = make("li", name, "");
        const told = make("span", name, `${bytes} bytes: ${meaning}`);
        item.append(make("strong", name, title), " ", told);
        return item;
      }),
    );
  }
}

// Returns the parts of a sealed reference with their characters: [{name, title, meaning, bytes, text}].
// A character has six bits and belongs to the part that has most of them.
export function partsOf(text) {
  const layout = LAYOUTS[layoutOf(text)] ?? LAYOUTS[1];
  const size = Math.floor((text.length * 6) / 8);
  let begin = 0;
  return layout.map(([name, title, meaning, wanted], index) => {
    const isLast = index === layout.length - 1;
    const bytes = isLast ? size - begin : wanted;
    const [from, to] = [begin, begin + bytes].map((byte) => Math.round((byte * 8) / 6));
    begin += bytes;
    return { name, title, meaning, bytes, text: isLast ? text.slice(from) : text.slice(from, to) };
  });
}

// The low half of the first byte, of which the first character has six bits.
function layoutOf([first, second]) {
  return ((LETTERS.indexOf(first) & 3) << 2) | (LETTERS.indexOf(second) >> 4);
}

function make(tag, name, text) {
  const element = Object.assign(document.createElement(tag), { textContent: text });
  element.dataset.seal = name;
  return element;
}
