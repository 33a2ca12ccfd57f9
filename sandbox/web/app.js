// Starts the page: reads the sandbox's settings, then hands each section to its module.
//
// A further integration is a <section class="band" id="…" data-nav="…"> beside the others in
// index.html and a module with a `mount` function, listed in SECTIONS. It gets the same `shop` as
// the others, and what its `mount` returns is added to it.

import { Control } from "./control.js";
import { comeBack } from "./journey.js";
import { Proxy } from "./proxy.js";
import { Session } from "./session.js";
import { Trip } from "./trip.js";
import * as account from "./account.js";
import * as connections from "./connections.js";
import * as identity from "./identity.js";
import * as kaizala from "./kaizala.js";
import * as rudeness from "./rudeness.js";
import * as sensedia from "./sensedia.js";
import * as storage from "./storage.js";

const SECTIONS = [storage, identity, connections, kaizala, sensedia, account, rudeness];

async function open() {
  const control = new Control();
  const config = await control.get("config");
  const trip = new Trip(control);
  const shop = {
    config,
    control,
    trip,
    proxy: new Proxy(trip),
    session: new Session(config, trip),
  };
  const journey = comeBack();
  await trip.begin();
  if (journey?.drawn) await trip.goOn(journey.drawn, journey.vendor);
  for (const section of SECTIONS) {
    Object.assign(shop, await section.mount(shop));
  }
  fillNavigation();
  if (journey) shop.connections.tellEnd(journey);
}

function fillNavigation() {
  const items = [...document.querySelectorAll("[data-nav]:not([hidden])")].map((section) => {
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
