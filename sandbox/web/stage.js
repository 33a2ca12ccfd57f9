// What a scenario can do and see. What the person would do on the vendor's page the sandbox does.

export class Stage {
  #shop;
  #user;

  constructor(shop) {
    this.#shop = shop;
  }

  async prepare(title) {
    await this.calm();
    await this.#shop.trip.begin(title);
    this.#user = this.#shop.session.user ?? this.#shop.config.users[0];
    if (!this.#shop.session.user) await this.logIn();
    this.#shop.identity.closeVendor();
  }

  calm() {
    return this.#switch({ Callbacks: "send", "": "ok" }, { sharetribe: "ok" });
  }

  // The vendor's callbacks, the vendor and Sharetribe in another mode.
  callbacks(mode) {
    return this.#switch({ Callbacks: mode });
  }

  vendor(mode) {
    return this.#switch({ "": mode });
  }

  sharetribe(mode) {
    return this.#switch({}, { sharetribe: mode });
  }

  // `own` are the vendor's switches, which begin with its name.
  #switch(own, others = {}) {
    const { name } = this.#shop.config.checks;
    const named = Object.entries(own).map(([switchName, value]) => [name + switchName, value]);
    return this.#shop.control.switch({ ...Object.fromEntries(named), ...others });
  }

  logIn() {
    return this.#shop.account.logIn(this.#user);
  }

  logOut() {
    return this.#shop.account.logOut();
  }

  // 200: a scenario that was just left has begun a check, which will do unless it has ended.
  async start() {
    let { status, body } = await this.tryToStart();
    if (status === 200) {
      await this.look();
      ({ status, body } = await this.tryToStart());
    }
    if (status !== 201 && status !== 200) throw new Error(`starting was answered ${status} ${body?.code ?? ""}`);
    return body.transactionReference;
  }

  // Starts a check; a session that a strict rotation has used up is begun anew first.
  async tryToStart() {
    const { identity } = this.#shop;
    let answer = await identity.start({ restart: true });
    if (answer.status === 401) {
      await this.logIn();
      answer = await identity.start({ restart: true });
    }
    if (answer.status === 201 || answer.status === 200) {
      identity.tellStanding({ status: 200, body: { status: "pending", checksum: "valid" } });
    }
    return answer;
  }

  async finish(reference) {
    const path = `transactions/${reference}/finish`;
    return (await this.#shop.control.post(path, { outcome: "approved" })).callbacks;
  }

  async release() {
    return (await this.#shop.control.post("callbacks/release")).callbacks;
  }

  async forge(reference, outcome) {
    return (await this.#shop.control.post(`transactions/${reference}/forge`, { outcome })).status;
  }

  expireAccessTokens() {
    return this.#shop.control.post("access-tokens/expire");
  }

  // Answers the ids of the process that was killed and of the one that took over.
  async killProxy() {
    const { control } = this.#shop;
    const before = (await control.post("proxy/restart")).pid;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1000));
      const { pid } = await control.get("proxy").catch(() => ({ pid: before }));
      if (pid !== before) return { before, after: pid };
    }
    throw new Error("the proxy did not come back");
  }

  look() {
    return this.#shop.identity.look();
  }

  get cookie() {
    return this.#shop.session.cookie;
  }

  // What Sharetribe holds for the user: the status, the number of writes so far, and all of it.
  async stored() {
    if (this.#shop.session.user) await this.#shop.storage.show();
    const { privateData, writes } = await this.#shop.control.get(`users/${this.#user.id}`);
    const status = privateData.idVerification?.status ?? "none";
    return { status, writes, json: JSON.stringify(privateData) };
  }

  // Writes an approval with the user's own token, as the browser's console could.
  async writeByHand() {
    const { session, control, config } = this.#shop;
    const { privateData } = await control.get(`users/${this.#user.id}`);
    const forged = {
      ...privateData.idVerification,
      provider: config.checks.name,
      status: "approved",
      completedAt: new Date().toISOString(),
    };
    const written = { ...privateData, idVerification: forged };
    let answer = await session.updatePrivateData(written);
    if (answer.status === 401) {
      await this.logIn();
      answer = await session.updatePrivateData(written);
    }
    return answer.status;
  }
}
