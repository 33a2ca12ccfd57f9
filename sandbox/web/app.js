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
import { Trouble } from "./trouble.js";
import * as access from "./access.js";
import * as account from "./account.js";
import * as billing from "./billing.js";
import * as checkers from "./checkers.js";
import * as connections from "./connections.js";
import * as identity from "./identity.js";
import * as rudeness from "./rudeness.js";
import * as seal from "./seal.js";
import * as signing from "./signing.js";
import * as storage from "./storage.js";
import * as story from "./story.js";
import * as tabs from "./tabs.js";
import * as vendorPage from "./vendor-page.js";

const trouble = new Trouble();

async function open() {
  const { tabs: parts } = tabs.mount();
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
    tabs: parts,
    cards: {},
    proxy: new Proxy(trip, config.vendors, trouble),
    session: new Session(config, trip, trouble),
  };
  const journey = comeBack(config);
  await trip.begin();
  if (journey?.drawn) await trip.goOn(journey.drawn, journey.vendor);
  await mountSwitches(control);
  for (const section of [checkers, seal, access, storage, vendorPage, identity, signing, billing, story]) {
    Object.assign(shop, section.mount(shop));
  }
  for (const { name } of config.vendors) {
    const mount = modules[name]?.mount;
    if (mount) shop.cards[name] = await mount(shop);
    document.getElementById(name)?.removeAttribute("hidden");
  }
  for (const section of [connections, rudeness, account]) Object.assign(shop, section.mount(shop));
  await shop.account.show();
  if (journey) parts.select(journey.vendor ? connections.PANEL : billing.PANEL);
  else parts.follow(); // there is more above it now than when the page was opened
  if (journey?.vendor) shop.connections.tellEnd(journey);
  if (journey?.plan) await shop.billing.comeBack(journey.plan);
  shop.story.open();
}

async function modulesOf(vendors) {
  const scripts = vendors.filter(({ script }) => script);
  const loaded = await Promise.all(scripts.map(({ script }) => import(script)));
  return Object.fromEntries(scripts.map(({ name }, index) => [name, loaded[index]]));
}

open().catch((failure) => trouble.startFailed(failure));
