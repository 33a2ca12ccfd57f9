// Draws who calls whom, hop by hop, and says why. The services' hops come from the sandbox; the browser's own
// calls to the proxy are drawn here while they are under way.

import { whyOf } from "./why.js";

const LANES = ["Browser", "Proxy", "Sharetribe"];
const MOST_SIDE_BY_SIDE = 5; // names of lanes
const UUID = /([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const POLL_MILLISECONDS = 400;
const AWAKE_MILLISECONDS = 2500;

export class Trip {
  #control;
  #lanes = [...LANES];
  #rows = [];
  #last = 0;
  #holds = 0;
  #awakeUntil = 0;
  #polling = false;
  #example = null; // whoever plays one
  #title = document.getElementById("trip-title");
  #list = document.getElementById("trip-hops");

  constructor(control) {
    this.#control = control;
    document.addEventListener("visibilitychange", () => this.#poll());
    document.getElementById("trip-clear").addEventListener("click", () => this.begin());
  }

  // Starts an empty drawing: what happened before is not shown again.
  async begin(title = "The trip") {
    this.#last = (await this.#fetch()).at(-1)?.number ?? this.#last;
    this.#endExample();
    this.#clear(title);
  }

  get isEmpty() {
    return this.#rows.length === 0;
  }

  // Shows an empty drawing for an example, until a real call takes its place: then `story.stop()` is
  // called.
  showExample(story) {
    this.#example = story;
    this.#clear("The trip: an example");
  }

  // Draws what somebody has made up: a hop, or an `interlude` between two of them.
  drawOfExample(hop) {
    const row = this.#insert(hop);
    if (!hop.interlude) shorten(row, hop);
    this.#sum();
    const card = row.closest(".trip");
    card.scrollTop = card.scrollHeight; // where it is higher than the screen
  }

  #endExample() {
    const story = this.#example;
    if (!story) return;
    this.#example = null;
    story.stop();
    this.#clear("The trip");
  }

  #clear(title) {
    this.#title.textContent = title;
    this.#rows = [];
    this.#list.replaceChildren();
    this.#lanes = [...LANES];
    this.#showLanes();
    this.#sum();
  }

  // What is drawn now, for `goOn` on a page that is opened later.
  get drawn() {
    return { title: this.#title.textContent, last: this.#last, hops: this.#rows.map(({ hop }) => hop) };
  }

  // Goes on with an earlier page's drawing after the browser was at a service's page, which sent
  // it here. One that is a `vendor` of connections sent it to the proxy, which sent it here. Nobody
  // has timed that last call: it stands behind the browser's last visit at the service.
  async goOn({ title, last, hops }, vendor) {
    this.#title.textContent = title;
    this.#last = last;
    hops.forEach((hop) => this.#insert(hop));
    (await this.#fetch()).forEach((hop) => this.#take(hop));
    const visit = vendor && this.#rows.findLast(({ hop }) => isVisit(hop, vendor.title))?.hop;
    if (!visit) return;
    const path = `/api/connections/${vendor.name}/return`;
    const back = { caller: "Browser", callee: "Proxy", method: "GET", path, status: 303, note: "" };
    this.#insert({ ...back, started: visit.started + visit.milliseconds });
    this.#sum();
  }

  // Draws a call that starts now; `arrive(status, note)` of what it returns draws its end.
  depart(caller, callee, method, path) {
    this.#endExample();
    this.wake();
    const started = Date.now();
    const hop = { caller, callee, method, path, note: "", started, underWay: true };
    const row = this.#insert(hop);
    return {
      arrive: (status, note) => {
        const milliseconds = Date.now() - started;
        Object.assign(hop, { status, note, milliseconds, underWay: false });
        fill(row, hop);
        this.#sum();
      },
    };
  }

  // Asks for new hops for a little while.
  wake() {
    this.#awakeUntil = Date.now() + AWAKE_MILLISECONDS;
    this.#poll();
  }

  // Asks for new hops until the function that it returns is called.
  hold() {
    this.#holds += 1;
    this.#poll();
    let held = true;
    return () => {
      if (held) this.#holds -= 1;
      held = false;
      this.wake();
    };
  }

  async #poll() {
    if (this.#polling) return;
    this.#polling = true;
    while (!document.hidden && (this.#holds > 0 || Date.now() < this.#awakeUntil)) {
      for (const hop of await this.#fetch()) {
        if (hop.number > this.#last) this.#take(hop);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
    }
    this.#polling = false;
  }

  async #fetch() {
    try {
      return (await this.#control.get(`hops?after=${this.#last}`)).hops;
    } catch {
      return []; // the proxy, through which this call goes, may be restarting
    }
  }

  #take(hop) {
    this.#last = hop.number;
    if (hop.method === "OPTIONS") return; // a preflight belongs to the call after it
    this.#endExample();
    // A hop is logged when it ends. Sorted by its start, a call stands above those it causes.
    this.#insert({ ...hop, started: hop.at * 1000 - hop.milliseconds });
    this.#sum();
  }

  #insert(hop) {
    const row = document.createElement("li");
    if (hop.interlude) row.append(part("interlude", hop.interlude));
    else row.append(this.#track(hop), makeText(hop));
    const place = this.#rows.findIndex((other) => other.hop.started > hop.started);
    if (place < 0) {
      this.#rows.push({ hop, row });
      this.#list.append(row);
    } else {
      this.#list.insertBefore(row, this.#rows[place].row);
      this.#rows.splice(place, 0, { hop, row });
    }
    if (!hop.interlude) fill(row, hop);
    this.#explain();
    document.getElementById("trip-empty").hidden = true;
    return row;
  }

  // A hop that was drawn late may be what others serve.
  #explain() {
    let cause = null;
    for (const { hop, row } of this.#rows) {
      if (hop.interlude) continue;
      const named = { ...hop, caller: titled(hop.caller), callee: titled(hop.callee) };
      if (named.callee === "Proxy") cause = named;
      row.querySelector(".why").textContent = whyOf(named, cause);
    }
  }

  #track(hop) {
    const [from, to] = [this.#laneOf(hop.caller), this.#laneOf(hop.callee)];
    const track = document.createElement("div");
    track.className = "track";
    track.setAttribute("aria-hidden", "true");
    const arrow = document.createElement("span");
    arrow.className = from < to ? "arrow" : "arrow back";
    arrow.style.setProperty("--start", Math.min(from, to));
    arrow.style.setProperty("--length", Math.abs(from - to));
    track.append(arrow);
    return track;
  }

  // A lane's place from the left; a service that is new here gets one on the right.
  #laneOf(party) {
    const name = titled(party);
    if (!this.#lanes.includes(name)) {
      this.#lanes.push(name);
      this.#showLanes();
    }
    return this.#lanes.indexOf(name);
  }

  #showLanes() {
    const heads = this.#lanes.map((name) => part("lane", name));
    const lanes = document.getElementById("trip-lanes");
    lanes.replaceChildren(...heads);
    lanes.toggleAttribute("data-crowded", heads.length > MOST_SIDE_BY_SIDE);
    document.querySelector(".trip").style.setProperty("--lanes", this.#lanes.length);
  }

  #sum() {
    const hops = this.#rows.filter(({ hop }) => !hop.interlude);
    const calls = hops.length;
    const made = hops.filter(({ hop }) => titled(hop.caller) === "Proxy").length;
    document.getElementById("trip-empty").hidden = calls > 0;
    document.getElementById("trip-sum").textContent = calls
      ? `${calls} ${calls === 1 ? "call" : "calls"}, ${made} of them by the proxy`
      : "";
  }
}

function makeText(hop) {
  const text = document.createElement("div");
  text.className = "told";
  const request = document.createElement("code");
  const path = hop.path.replace(UUID, "$1…").split(/(?<=\/)/);
  request.append(`${hop.method} `, ...path.flatMap((part) => [part, document.createElement("wbr")]));
  const who = part("who", `${titled(hop.caller)} to ${titled(hop.callee)}`);
  text.append(who, part("end", ""), part("why", ""), request, part("note", ""));
  return text;
}

function fill(row, hop) {
  row.dataset.state = stateOf(hop);
  const digits = hop.milliseconds < 10 ? 1 : 0;
  const took = hop.milliseconds === undefined ? "" : ` · ${hop.milliseconds.toFixed(digits)} ms`;
  const ended = `${hop.status ?? "no answer"}${took}`;
  row.querySelector(".end").textContent = hop.underWay ? "under way" : ended;
  const note = row.querySelector(".note");
  note.textContent = hop.note;
  note.hidden = !hop.note;
}

// Of an example nobody wants to know the path, nor how long it took.
function shorten(row, { note }) {
  row.querySelector("code").remove();
  row.querySelector(".note").remove();
  row.querySelector(".end").textContent = note;
}

function isVisit(hop, service) {
  return titled(hop.caller) === "Browser" && hop.callee === service;
}

function stateOf(hop) {
  if (hop.underWay) return "under-way";
  if (hop.status === null || hop.status >= 500) return "broken";
  return hop.status >= 400 ? "refused" : "fine";
}

function part(name, text) {
  return Object.assign(document.createElement("span"), { className: name, textContent: text });
}

// A service writes its own name as it likes.
function titled(party) {
  return party !== party.toLowerCase() ? party : party.charAt(0).toUpperCase() + party.slice(1);
}
