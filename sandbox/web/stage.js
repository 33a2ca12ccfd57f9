// What a scenario can do and see. What the person would do on the vendor's page the sandbox does.
// A scenario stays with the vendor that was chosen when it began.

import { handIn } from "./handed-in.js";
import { showSwitches } from "./switches.js";

export class Stage {
  #shop;
  #user;
  #vendor;

  constructor(shop) {
    this.#shop = shop;
  }

  async prepare(title) {
    await this.calm();
    await this.release(); // what an earlier scenario has left on its way
    await this.#shop.trip.begin(title);
    this.#vendor = this.#shop.checkers.chosen;
    this.#user = this.#shop.session.user ?? this.#shop.config.users[0];
    if (!this.#shop.session.user) await this.logIn();
    this.#shop.vendorPage.close();
  }

  // Sharetribe and whoever checks behave again, also one that an earlier scenario was about.
  calm() {
    const own = this.#shop.checkers.all.flatMap(({ name }) => [
      [name, "ok"],
      [`${name}Callbacks`, "send"],
    ]);
    return this.#switch({ sharetribe: "ok", ...Object.fromEntries(own) });
  }

  // The vendor's callbacks, the vendor and Sharetribe in another mode.
  callbacks(mode) {
    return this.#switch({ [`${this.#vendor.name}Callbacks`]: mode });
  }

  vendor(mode) {
    return this.#switch({ [this.#vendor.name]: mode });
  }

  sharetribe(mode) {
    return this.#switch({ sharetribe: mode });
  }

  async #switch(changes) {
    showSwitches(await this.#shop.control.switch(changes));
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
    if (answer.body?.transactionReference) this.#showPending(answer.body.transactionReference);
    return answer;
  }

  async finish(reference) {
    const path = `transactions/${reference}/finish`;
    const { callbacks } = await this.#shop.control.post(path, { outcome: this.#vendor.approval });
    handIn(reference); // the sandbox has played the person
    if (this.#shop.session.user) this.#showPending(reference);
    return callbacks;
  }

  #showPending(transactionReference) {
    const body = { status: "pending", checksum: "valid", provider: this.#vendor.name, transactionReference };
    this.#shop.identity.show({ status: 200, body });
  }

  async release() {
    return (await this.#shop.control.post("callbacks/release")).callbacks;
  }

  async forge(reference) {
    const path = `transactions/${reference}/forge`;
    return (await this.#shop.control.post(path, { outcome: this.#vendor.approval })).status;
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

  // What Sharetribe holds for the user: the status, all of it, and how often it and what they may
  // do have been written so far.
  async stored() {
    if (this.#shop.session.user) await this.#shop.storage.show();
    const { privateData, writes, rights } = await this.#shop.control.get(`users/${this.#user.id}`);
    const status = privateData.idVerification?.status ?? "none";
    return { status, writes, rights, json: JSON.stringify(privateData) };
  }

  // Writes an approval with the user's own token, as the browser's console could.
  async writeByHand() {
    const { session, control } = this.#shop;
    const { privateData } = await control.get(`users/${this.#user.id}`);
    const forged = {
      ...privateData.idVerification,
      provider: this.#vendor.name,
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
