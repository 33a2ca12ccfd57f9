// Logs in as Sharetribe's browser SDK does: the token goes into the cookie `st-<clientId>-token`.

const REMEMBERED_CLIENT = "sandbox-client-id";
const REMEMBERED_USER = "sandbox-user-id"; // beside the cookie, so that all tabs agree on who it is
const LIFETIME_DAYS = 30;
const WAIT_MILLISECONDS = 100;
const MOST_WAITS = 20;

// The characters that the SDK's cookie library (js-cookie 3) leaves as they are in a value.
const RAW_IN_VALUE = /%(2[346BF]|3[AC-F]|40|5[BDE]|60|7[BCD])/g;

export class Session {
  #config;
  #trip;
  #trouble;
  user = null;

  constructor(config, trip, trouble) {
    this.#config = config;
    this.#trip = trip;
    this.#trouble = trouble;
    this.#forgetEarlierSandbox();
    this.user = this.#remembered;
  }

  // Calls `listener` when another tab has logged somebody in or out: all tabs of a browser have one
  // cookie, and so one session. A tab that slept may hear of it only when it is looked at.
  onElsewhere(listener) {
    const compare = async () => {
      await this.#cookieIsHere();
      const now = this.#remembered;
      if (now?.id === this.user?.id) return;
      this.user = now;
      listener();
    };
    window.addEventListener("storage", compare);
    document.addEventListener("visibilitychange", compare);
    window.addEventListener("pageshow", compare);
  }

  get #remembered() {
    const id = localStorage.getItem(REMEMBERED_USER);
    return (this.token && this.#config.users.find((user) => user.id === id)) || null;
  }

  // Another tab's cookie may be seen a moment later than what that has stored.
  async #cookieIsHere() {
    for (let waits = 0; waits < MOST_WAITS; waits += 1) {
      if (this.token || !localStorage.getItem(REMEMBERED_USER)) return;
      await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
    }
  }

  // The token object of the cookie, or null.
  get token() {
    const start = `${this.#cookieName}=`;
    const found = document.cookie.split("; ").find((cookie) => cookie.startsWith(start));
    return found ? JSON.parse(decodeURIComponent(found.slice(start.length))) : null;
  }

  // The cookie's raw text, to see whether the proxy has replaced it.
  get cookie() {
    return JSON.stringify(this.token);
  }

  async logIn(user) {
    const form = new URLSearchParams({
      client_id: this.#config.clientId,
      grant_type: "password",
      username: user.email,
      password: user.password,
      scope: "user",
    });
    const answer = await this.#sharetribe("/v1/auth/token", form);
    if (!answer.ok) {
      throw new Error(`Sharetribe answered the login with ${answer.status}`);
    }
    this.#write(JSON.stringify(await answer.json()), LIFETIME_DAYS);
    this.user = user;
    localStorage.setItem(REMEMBERED_USER, user.id);
  }

  async logOut() {
    const token = this.token;
    if (token?.refresh_token) {
      const form = new URLSearchParams({ token: token.refresh_token });
      await this.#sharetribe("/v1/auth/revoke", form, token.access_token);
    }
    this.#write("", -1);
    this.user = null;
    localStorage.removeItem(REMEMBERED_USER);
  }

  // What any user can do from the browser's console: write to the own private data.
  updatePrivateData(privateData) {
    const body = JSON.stringify({ privateData });
    return this.#sharetribe("/v1/api/current_user/update_profile", body, this.token.access_token);
  }

  async #sharetribe(path, body, accessToken) {
    this.#trip.wake();
    const headers = { "X-Sandbox-Caller": "browser", Accept: "application/json" };
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    if (accessToken) headers.Authorization = `Bearer ${accessToken}`;
    const url = this.#config.sharetribeUrl;
    try {
      const answer = await fetch(url + path, { method: "POST", headers, body });
      this.#trouble.over("sharetribe");
      return answer;
    } catch (failure) {
      this.#trouble.sharetribeSilent(url);
      throw failure;
    }
  }

  get #cookieName() {
    return `st-${this.#config.clientId}-token`;
  }

  #write(value, days, name = this.#cookieName) {
    const text = encodeURIComponent(value).replace(RAW_IN_VALUE, decodeURIComponent);
    const expires = new Date(Date.now() + days * 86_400_000).toUTCString();
    document.cookie = `${name}=${text}; path=/; expires=${expires}`;
  }

  // Every start of the sandbox has a new client id; old cookies would pile up on this host.
  #forgetEarlierSandbox() {
    const earlier = localStorage.getItem(REMEMBERED_CLIENT);
    if (earlier && earlier !== this.#config.clientId) {
      this.#write("", -1, `st-${earlier}-token`);
    }
    localStorage.setItem(REMEMBERED_CLIENT, this.#config.clientId);
  }
}
