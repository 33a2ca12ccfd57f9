// The buttons that let something go wrong, and what became of it.

import { scenariosWith } from "./scenarios.js";
import { Stage } from "./stage.js";
import { sentence } from "./trouble.js";

const FIRST = ["lose", "forge", "repeat"]; // those that stand apart from the others
const VERDICTS = { fine: "As it should be. ", odd: "Not as it should be. " };

export function mount(shop) {
  return shop.config.checks.length > 0 ? { rudeness: new Rudeness(shop) } : {};
}

class Rudeness {
  #shop;
  #stage;
  #busy = false;
  #cards;

  constructor(shop) {
    this.#shop = shop;
    this.#stage = new Stage(shop);
    const { chosen } = shop.checkers;
    this.#cards = scenariosWith(chosen.title).map((scenario) => this.#cardFor(scenario));
    shop.checkers.follow((vendor) => this.#name(vendor));
    const isFirst = ({ id }) => FIRST.includes(id);
    const items = (cards) => cards.map(({ item }) => item);
    const first = FIRST.map((id) => this.#cards.find((card) => card.id === id));
    const more = this.#cards.filter((card) => !isFirst(card));
    document.getElementById("rude").replaceChildren(...items(first));
    document.getElementById("rude-more").replaceChildren(...items(more));
    const { options, integrationApi } = shop.config;
    const set = [...options, `Integration API ${integrationApi ? "on" : "off"}`].join(", ");
    document.getElementById("mode").textContent =
      `${set}. These are set when the sandbox starts.`;
  }

  #cardFor({ id }) {
    const item = document.createElement("li");
    item.className = "card";
    item.id = `rude-${id}`;
    const does = document.createElement("p");
    const ended = Object.assign(document.createElement("p"), { className: "ended" });
    ended.setAttribute("role", "status");
    const actions = Object.assign(document.createElement("p"), { className: "actions" });
    const card = { id, item, does, ended, actions };
    card.go = this.#button("", () => this.#begin(card));
    card.go.classList.add("go");
    item.append(card.go, does, ended, actions);
    return card;
  }

  // The scenarios, and the switches beside them, are about the vendor that is chosen.
  #name(vendor) {
    scenariosWith(vendor.title).forEach((scenario, index) => {
      const card = this.#cards[index];
      card.scenario = scenario;
      card.does.textContent = scenario.does;
      card.go.textContent = scenario.title;
    });
    for (const part of document.querySelectorAll("[data-checker]")) {
      part.hidden = part.dataset.checker !== vendor.name;
    }
  }

  #button(label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = label;
    button.addEventListener("click", act);
    return button;
  }

  #begin(card) {
    return this.#play(card, async () => {
      this.#cards.forEach((other) => this.#abandon(other));
      await this.#stage.prepare(card.scenario.title);
      return card.scenario.run(this.#stage);
    });
  }

  // One scenario at a time. The buttons stay focusable, so that the keyboard does not lose its place.
  async #play(card, act) {
    if (this.#busy) return;
    this.#setBusy(true);
    this.#tell(card, { text: "Under way …" }, "under-way");
    const letGo = this.#shop.trip.hold();
    try {
      const ended = await act();
      this.#tell(card, ended, stateOf(ended));
      this.#offer(card, ended.next);
    } catch (failure) {
      this.#tell(card, { text: sentence(`It stopped: ${failure.message}`) }, "odd");
      await this.#stage.calm().catch(() => {}); // what stopped it may stop this too
    } finally {
      letGo();
      this.#setBusy(false);
    }
  }

  // What waited for its second button will not go on: the services behave again.
  #abandon(card) {
    if (!card.next?.isConnected) return;
    card.next.remove();
    if (card.ended.dataset.state === "waiting") this.#tell(card, { text: "" }, "");
  }

  #offer(card, next) {
    card.next?.remove();
    if (!next) return;
    card.next = this.#button(next.label, async () => {
      await this.#play(card, next.run);
      card.go.focus();
    });
    card.next.classList.add("next");
    card.actions.prepend(card.next);
    card.next.focus({ preventScroll: true });
  }

  #tell(card, { text }, state) {
    card.ended.dataset.state = state;
    card.ended.textContent = text;
    if (!VERDICTS[state]) return;
    const verdict = document.createElement("strong");
    verdict.textContent = VERDICTS[state];
    card.ended.prepend(verdict);
  }

  #setBusy(busy) {
    this.#busy = busy;
    const buttons = document.querySelectorAll(".rude button");
    buttons.forEach((button) => button.setAttribute("aria-disabled", String(busy)));
  }
}

function stateOf({ fine, next }) {
  if (next) return "waiting";
  return fine ? "fine" : "odd";
}
