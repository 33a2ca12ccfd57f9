// Starts the page: reads the sandbox's settings, then hands each section to its module.
//
// A simulated vendor brings its own part: `card.html`, which stands in the page already, with the
// vendor's name as its id and hidden until it works, and `card.js`, which is loaded here. What that
// exports is optional: `mount(shop)` returns the card, whose `look()` is called when somebody has
// logged in or out and whose `show(isConnected)` when there may be news; `isOver(data)` and
// `REASONS` are those of checkers.js, for documents and payments too.

import { isElsewhere } from "./address.js";
import { Control } from "./control.js";
import { comeBack } from "./journey.js";
import { Proxy } from "./proxy.js";
import { Session } from "./session.js";
import { mountSwitches } from "./switches.js";
import { Trip } from "./trip.js";
import * as account from "./account.js";
import * as billing from "./billing.js";
import * as checkers from "./checkers.js";
import * as connections from "./connections.js";
import * as identity from "./identity.js";
import * as rudeness from "./rudeness.js";
import * as signing from "./signing.js";
import * as storage from "./storage.js";

async function open() {
  const control = new Control();
  const config = await control.get("config");
  if (isElsewhere(config, control)) return;
  const modules = await modulesOf(config.vendors);
  const trip = new Trip(control);
  const shop = {
    config,
    control,
    trip,
    modules,
    cards: {},
    proxy: new Proxy(trip, config.vendors),
    session: new Session(config, trip),
  };
  const journey = comeBack(config.vendors);
  await trip.begin();
  if (journey?.drawn) await trip.goOn(journey.drawn, journey.vendor);
  await mountSwitches(control);
  for (const section of [checkers, storage, identity, signing, billing]) Object.assign(shop, section.mount(shop));
  for (const { name } of config.vendors) {
    const mount = modules[name]?.mount;
    if (mount) shop.cards[name] = await mount(shop);
    document.getElementById(name)?.removeAttribute("hidden");
  }
  for (const section of [connections, account, rudeness]) {
    Object.assign(shop, await section.mount(shop));
  }
  fillNavigation();
  if (journey?.vendor) shop.connections.tellEnd(journey);
  if (journey?.plan) await shop.billing.comeBack(journey.plan);
}

async function modulesOf(vendors) {
  const scripts = vendors.filter(({ script }) => script);
  const loaded = await Promise.all(scripts.map(({ script }) => import(script)));
  return Object.fromEntries(scripts.map(({ name }, index) => [name, loaded[index]]));
}

function fillNavigation() {
  const items = [...document.querySelectorAll("[data-nav]")].map((section) => {
    const link = document.createElement("a");
    link.href = `#${section.id}`;
    link.textContent = section.dataset.nav;
    const item = document.createElement("li");
    item.append(link);
    return item;
  });
  document.getElementById("nav").replaceChildren(...items);
}

function admit(failure) {
  const broken = document.getElementById("broken");
  broken.textContent = `The page cannot start: ${failure.message}. Is the sandbox still running?`;
  broken.hidden = false;
}

open().catch(admit);
