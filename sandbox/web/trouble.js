// What keeps the page from working at all, and the way out, in plain words.

const IS_IT_RUNNING = "Is the sandbox still running? Start it with “make demo”, then reload this page.";
const ELSEWHERE =
  "Is the sandbox on another machine, or in a container? Then forward that port too, under the same number.";

export class Trouble {
  #place = document.getElementById("broken");
  #about = null;

  // The sandbox has said that the page cannot work.
  startFailed(failure) {
    this.#tell("start", `The page cannot start: ${sentence(failure.message)} ${IS_IT_RUNNING}`);
  }

  // Nothing answers where this page itself came from.
  proxySilent() {
    this.#tell("proxy", `Nothing answers at ${location.origin} any more. ${IS_IT_RUNNING}`);
  }

  // The browser cannot reach the simulated Sharetribe at `url`, which may be a path of this page's origin.
  sharetribeSilent(url) {
    const { href, origin } = new URL(url, location.href);
    const way = origin === location.origin ? IS_IT_RUNNING : ELSEWHERE;
    this.#tell("sharetribe", `This browser cannot reach the simulated Sharetribe at ${href}, so nobody can log in. ${way}`);
  }

  // The proxy answers, and takes this page for a stranger's.
  foreignOrigin() {
    const { port, pathname } = location;
    const own = `http://127.0.0.1:${port}${pathname}`;
    this.#tell("proxy", `The proxy refuses what comes from ${location.origin}, which is not its marketplace’s address. Open the page by the address that the sandbox has printed: `);
    if (location.hostname !== "127.0.0.1") {
      this.#place.append(Object.assign(document.createElement("a"), { href: own, textContent: own }));
    }
  }

  // Whatever was told about this is over.
  over(about) {
    if (this.#about !== about) return;
    this.#about = null;
    this.#place.hidden = true;
  }

  #tell(about, text) {
    this.#about = about;
    this.#place.textContent = text;
    this.#place.hidden = false;
  }
}

// Returns words as a sentence: with one full stop, whether they have brought one or not.
export function sentence(words) {
  return /[.!?…]$/.test(words.trim()) ? words.trim() : `${words.trim()}.`;
}
