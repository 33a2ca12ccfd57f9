// What keeps the page from working at all, and the way out, in plain words.

const ELSEWHERE =
  "Is the sandbox on another machine, or in a container? Then forward that port too, under the same number.";

export class Trouble {
  #place = document.getElementById("broken");
  #about = null;

  // The sandbox has said that the page cannot work.
  startFailed(failure) {
    this.#tell("start", `The page cannot start: ${sentence(failure.message)} Is the sandbox still running? Start it, then reload this page.`);
  }

  // Nothing answers where this page itself came from.
  proxySilent() {
    this.#tell("proxy", `Nothing answers at ${location.origin} any more. Is the sandbox still running? Start it with “make demo”, then reload this page.`);
  }

  // The browser cannot reach the simulated Sharetribe at `url`.
  sharetribeSilent(url) {
    this.#tell("sharetribe", `This browser cannot reach the simulated Sharetribe at ${url}, so nobody can log in. ${ELSEWHERE}`);
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
