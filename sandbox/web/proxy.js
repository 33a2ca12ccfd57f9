// The browser's calls to the proxy, each drawn in the trip while it is under way.

import { reachable } from "./address.js";

export class Proxy {
  #trip;
  #vendors;
  #trouble;

  constructor(trip, vendors, trouble) {
    this.#trip = trip;
    this.#vendors = vendors;
    this.#trouble = trouble;
  }

  // Returns {status, body, retryAfter}; `body` is null where the answer is not JSON. A call that
  // gets no answer at all has the status 0 and the code `no-answer`. `caller` is who is drawn as calling.
  async call(method, path, body, { caller = "Browser", headers, credentials = "same-origin" } = {}) {
    const hop = this.#trip.depart(caller, "Proxy", method, path);
    const options = { method, headers, credentials, cache: "no-store" };
    if (body !== undefined) {
      options.headers = { ...headers, "Content-Type": "application/json" };
      options.body = JSON.stringify(body);
    }
    try {
      const answer = await fetch(path, options);
      const told = await answer.json().catch(() => null);
      hop.arrive(answer.status, told?.code ?? "");
      if (told?.code === "cross-site") this.#trouble.foreignOrigin();
      else this.#trouble.over("proxy");
      const answered = reachable(told, this.#vendors);
      return { status: answer.status, body: answered, retryAfter: answer.headers.get("Retry-After") };
    } catch {
      hop.arrive(null, "no answer");
      this.#trouble.proxySilent();
      return { status: 0, body: { code: "no-answer" }, retryAfter: null };
    }
  }
}
