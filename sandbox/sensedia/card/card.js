// The developer portal: it orders credentials for an app, and what AWS then has of them.

import { showFacts } from "/web/facts.js";

export async function mount(shop) {
  const { plans } = await shop.control.get("sensedia/apps");
  const portal = new Portal(shop, plans);
  await portal.show();
  return {};
}

class Portal {
  #shop;
  #app = null;
  #key = "";
  #name = document.getElementById("portal-name");
  #plan = document.getElementById("portal-plan");
  #approve = document.getElementById("portal-approve");
  #move = document.getElementById("portal-move");
  #revoke = document.getElementById("portal-revoke");
  #use = document.getElementById("portal-use");

  constructor(shop, plans) {
    this.#shop = shop;
    this.#plan.replaceChildren(...plans.map((plan) => new Option(plan)));
    document.getElementById("portal-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#approveApp();
    });
    this.#move.addEventListener("click", () => this.#movePlan());
    this.#revoke.addEventListener("click", () => this.#revokeApp());
    this.#use.addEventListener("click", () => this.#useKey());
  }

  // Shows the newest app, and what the portal knows of its credentials.
  async show() {
    this.#app = (await this.#shop.control.get("sensedia/apps")).apps.at(-1) ?? null;
    const { name, slug, plan, keyId, key } = this.#app ?? {};
    this.#key = key ?? this.#key;
    showFacts(document.getElementById("portal-app"), [
      ["app", name],
      ["slug", slug],
      ["plan", plan],
      ["key id", keyId],
      ["key", key],
    ]);
    this.#move.hidden = this.#revoke.hidden = !key;
    this.#use.hidden = !this.#key;
  }

  // An app that is approved again keeps its slug, by which its key is found.
  #approveApp() {
    const name = this.#name.value.trim();
    const slug = this.#app?.name === name ? this.#app.slug : undefined;
    const order = { name, plan: this.#plan.value, ...(slug && { slug }) };
    return this.#order("approval", "post", "sensedia/apps", order, "The app has its key.");
  }

  #movePlan() {
    const path = `sensedia/apps/${this.#app.slug}/plan`;
    const order = { plan: this.#plan.value };
    return this.#order("change", "put", path, order, "Moved: the key stays the same.");
  }

  async #revokeApp() {
    const path = `sensedia/apps/${this.#app.slug}/revoke`;
    await this.#order("revocation", "post", path, {}, "Revoked. Try to use the key now.");
    if (this.#revoke.hidden) this.#approve.focus();
  }

  async #order(what, send, path, order, done) {
    await this.#shop.trip.begin(`The trip of one ${what}`);
    const letGo = this.#shop.trip.hold();
    const { status, message } = await this.#shop.control[send](path, order);
    letGo();
    await this.show();
    if (status === 200 || status === 204) {
      this.#tell("fine", `Answered ${status}. ${done}`);
    } else {
      this.#tell("odd", `Answered ${status ?? "nothing"}. ${message}`);
    }
  }

  async #useKey() {
    const { key } = await this.#shop.control.post("sensedia/keys/use", { key: this.#key });
    document.getElementById("key-standing").textContent = key
      ? `AWS knows it: ${key.enabled ? "enabled" : "disabled"}, on ${key.plans.join(" and ") || "no plan"}.`
      : "AWS does not know it.";
  }

  #tell(state, text) {
    const end = document.getElementById("portal-end");
    end.dataset.state = state;
    end.textContent = text;
  }
}
