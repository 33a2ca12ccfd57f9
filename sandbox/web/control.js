// The sandbox's control API: what is stored, and the switches that make the services rude.

export class Control {
  get(path) {
    return this.#send("GET", path);
  }

  post(path, body = {}) {
    return this.#send("POST", path, body);
  }

  put(path, body) {
    return this.#send("PUT", path, body);
  }

  switch(changes) {
    return this.#send("PATCH", "switches", changes);
  }

  async #send(method, path, body) {
    const options = { method, cache: "no-store" };
    if (body !== undefined) {
      options.headers = { "Content-Type": "application/json" };
      options.body = JSON.stringify(body);
    }
    const answer = await fetch(`/sandbox/${path}`, options);
    if (!answer.ok) {
      throw new Error(`the sandbox answered ${answer.status} to ${method} ${path}`);
    }
    return answer.json();
  }
}
