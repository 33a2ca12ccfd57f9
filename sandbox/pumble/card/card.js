// The operator's channel in Pumble: what the app says there, and a person who types a command.

export function mount(shop) {
  return new Chat(shop);
}

class Chat {
  #shop;
  #own = [];
  #messages = [];
  #list = document.getElementById("chat-messages");
  #input = document.getElementById("chat-text");
  #uninstall = document.getElementById("chat-uninstall");

  constructor(shop) {
    this.#shop = shop;
    this.#input.value = `/verified ${shop.config.users[0].email}`;
    document.getElementById("chat-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#type(this.#input.value.trim());
    });
    this.#uninstall.addEventListener("click", () => this.#remove());
  }

  async show(isConnected) {
    const { workspace, channel, person, messages } = await this.#shop.control.get("pumble/channel");
    document.getElementById("chat-title").textContent = `#${channel} at ${workspace}`;
    if (messages.length < this.#messages.length) this.#own = []; // the sandbox began afresh
    this.#messages = messages;
    this.#person = person;
    this.#uninstall.hidden = !isConnected;
    this.#draw();
  }

  #person = "";

  async #type(text) {
    const [, command, rest] = text.match(/^(\/\w+)\s*(.*)$/) ?? [];
    if (!command) {
      this.#say("Pumble", "Type a command, such as /verified and an email address.");
      return;
    }
    this.#say(this.#person, text);
    await this.#shop.trip.begin("The trip of one command");
    const letGo = this.#shop.trip.hold();
    const answer = await this.#shop.control.post("pumble/slash-command", { command, text: rest });
    letGo();
    this.#say("the app", said(answer), [this.#person]);
  }

  async #remove() {
    await this.#shop.trip.begin("The trip of an uninstallation");
    const letGo = this.#shop.trip.hold();
    const { status } = await this.#shop.control.post("pumble/uninstall");
    letGo();
    this.#say("Pumble", `The app was removed. Told so, the proxy answered ${status ?? "nothing"}.`);
    await this.#shop.connections.look();
    await this.#shop.storage.show();
    this.#input.focus();
  }

  // Lines that Pumble does not keep stand after the messages that were there when they came.
  #say(author, text, onlyFor = []) {
    this.#own.push({ author, text, onlyFor, after: this.#messages.length });
    this.#draw();
  }

  #draw() {
    const lines = this.#messages.flatMap((message, index) => [...this.#ownAt(index), message]);
    lines.push(...this.#ownAt(this.#messages.length));
    this.#list.replaceChildren(...lines.map(lineOf));
    document.getElementById("chat-empty").hidden = lines.length > 0;
    this.#list.parentElement.scrollTop = this.#list.scrollHeight;
  }

  #ownAt(index) {
    return this.#own.filter((line) => line.after === index);
  }
}

// An app answers with {"message": …}, whether it can help (200) or not (400).
function said({ status, body, inTime }) {
  if (!inTime) return "(no answer within 3 seconds)";
  try {
    return JSON.parse(body).message ?? `(answered ${status})`;
  } catch {
    return `(answered ${status})`;
  }
}

function lineOf({ author, text, onlyFor }) {
  const item = document.createElement("li");
  const who = Object.assign(document.createElement("strong"), { textContent: author });
  const words = Object.assign(document.createElement("span"), { textContent: text });
  item.append(who, words);
  if (onlyFor.length > 0) {
    const aside = document.createElement("span");
    aside.className = "muted";
    aside.textContent = `only ${onlyFor.join(" and ")} can see this`;
    item.append(aside);
  }
  return item;
}
