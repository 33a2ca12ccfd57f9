// The example that plays once when the page is opened: one check, hop by hop, as a drawing. Nothing is
// called and nothing begins; the first real call takes its place. It can be paused and played again,
// and where motion is not wanted it stands there whole.

const TOLD = "sandbox-story-told";
const STEP_MILLISECONDS = 1000;
const PAUSE_MILLISECONDS = 2200;
const STILL = matchMedia("(prefers-reduced-motion: reduce)");

const hopsAt = (service) => [
  hop("seal", "Browser", "Proxy", "POST", "/api/id-verification", 201),
  hop("seal", "Proxy", "Sharetribe", "GET", "/v1/api/current_user/show", 200),
  hop("seal", "Proxy", service, "POST", "(begin a check)", 200, "99 characters"),
  hop("seal", "Proxy", "Sharetribe", "POST", "/v1/api/current_user/update_profile", 200, "pending"),
  hop("wait", "Browser", service, "POST", "(show a document)", 200),
  { step: "wait", interlude: "Minutes or days pass. In the proxy: nothing." },
  hop("open", service, "Proxy", "POST", "/api/callbacks/…", 200, "the same 99 characters"),
  hop("open", "Proxy", service, "GET", "(the result)", 200),
  hop("open", "Proxy", "Sharetribe", "POST", "/v1/api/current_user/update_profile", 200, "approved"),
  hop("open", "Browser", "Proxy", "GET", "/api/id-verification", 200, "verified"),
];

export function mount(shop) {
  const { checks, signs, bills } = shop.config;
  const service = [...checks, ...signs, ...bills][0]?.title ?? "Service";
  return { story: new Story(shop.trip, hopsAt(service)) };
}

class Story {
  #trip;
  #hops;
  #next = 0;
  #round = 0;
  #isDrawn = false;
  #isPlaying = false;
  #button = document.getElementById("trip-play");

  constructor(trip, hops) {
    this.#trip = trip;
    this.#hops = hops;
    this.#button.addEventListener("click", () => this.#press());
  }

  // Plays it by itself, once in a tab, and not over what is drawn already.
  open() {
    if (sessionStorage.getItem(TOLD) || !this.#trip.isEmpty) return;
    sessionStorage.setItem(TOLD, "yes");
    this.#begin();
    if (STILL.matches) this.#showRest();
    else this.#play();
  }

  // A real call takes its place.
  stop() {
    this.#isDrawn = false;
    this.#rest("Play the example");
    mark(null);
  }

  #press() {
    if (this.#isPlaying) {
      this.#rest("Go on");
      return;
    }
    if (!this.#isDrawn || this.#next === this.#hops.length) this.#begin();
    this.#play();
  }

  #begin() {
    this.#next = 0;
    this.#isDrawn = true;
    this.#trip.showExample(this);
  }

  async #play() {
    const round = (this.#round += 1);
    this.#isPlaying = true;
    this.#button.textContent = "Pause";
    while (this.#next < this.#hops.length) {
      const pause = this.#hops[this.#next].interlude ? PAUSE_MILLISECONDS : STEP_MILLISECONDS;
      this.#draw();
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (round !== this.#round) return;
    }
    this.#rest("Play again");
    mark(null);
  }

  #showRest() {
    while (this.#next < this.#hops.length) this.#draw();
    this.#rest("Play again");
    mark(null);
  }

  #draw() {
    const one = this.#hops[this.#next];
    this.#next += 1;
    this.#trip.drawOfExample({ ...one, started: this.#next });
    mark(one.step);
  }

  #rest(offer) {
    this.#round += 1;
    this.#isPlaying = false;
    this.#button.textContent = offer;
  }
}

// In the picture, the step that a hop belongs to.
function mark(step) {
  for (const item of document.querySelectorAll("#steps > li")) {
    item.toggleAttribute("data-now", item.dataset.step === step);
  }
}

function hop(step, caller, callee, method, path, status, note = "") {
  return { step, caller, callee, method, path, status, note };
}
