// Makes calls with a real SDK and prints what they led to.
//
// stdin   {sdk: "marketplace" | "integration", options: {clientId, baseUrl, …},
//          store: "memory" | "express" | "browser", token: the token object to start with or null,
//          cookie: the cookie header to start with, calls: [[method, ...args], {parallel: [call, …]}]}
// stdout  {results: one per call, token: the token object at the end, cookies: what was set}

const { readFileSync } = require("node:fs");

const packages = { marketplace: "sharetribe-flex-sdk", integration: "sharetribe-flex-integration-sdk" };
const input = JSON.parse(readFileSync(0, "utf8"));
const SDK = require(packages[input.sdk]);
const cookies = [];

// {"_sdkType": "UUID", …} and the like become what the SDK's own types are, {"_date": …} a Date,
// {"_image": …} a file of a picture.
const revive = value => {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(revive);
  if (value._sdkType) return SDK.types.toType(value);
  if (value._date) return new Date(value._date);
  if (value._image) return new File([Buffer.from(value._image, "base64")], "a.png", { type: "image/png" });
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revive(item)]));
};

const parseCookies = header =>
  Object.fromEntries(
    (header || "")
      .split("; ")
      .filter(Boolean)
      .map(pair => [pair.slice(0, pair.indexOf("=")), decodeURIComponent(pair.slice(pair.indexOf("=") + 1))])
  );

// What Express and cookie-parser do for `res.cookie`, `res.clearCookie` and `req.cookies`.
const expressStore = () =>
  SDK.tokenStore.expressCookieStore({
    clientId: input.options.clientId,
    secure: input.options.secure,
    req: { cookies: parseCookies(input.cookie) },
    res: {
      cookie: (name, value, options) => cookies.push({ name, value: encodeURIComponent(value), options }),
      clearCookie: name => cookies.push({ name, value: "", options: {} }),
    },
  });

// What a browser does for `document.cookie`: assigning sets one cookie, reading lists them all.
const browserStore = () => {
  const jar = new Map((input.cookie || "").split("; ").filter(Boolean).map(pair => pair.split(/=(.*)/s)));
  globalThis.document = {
    get cookie() {
      return [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    },
    set cookie(line) {
      const [pair, ...attributes] = line.split(";").map(part => part.trim());
      const [name, value] = pair.split(/=(.*)/s);
      const expires = attributes.find(attribute => attribute.startsWith("expires="));
      const isGone = expires && new Date(expires.slice("expires=".length)) <= new Date();
      isGone ? jar.delete(name) : jar.set(name, value);
      cookies.push({ name, value, options: { attributes } });
    },
  };
  return SDK.tokenStore.browserCookieStore({
    clientId: input.options.clientId,
    secure: input.options.secure,
  });
};

const memoryStore = () => {
  const store = SDK.tokenStore.memoryStore();
  if (input.token) store.setToken(input.token);
  return store;
};

const tokenStore = { memory: memoryStore, express: expressStore, browser: browserStore }[input.store]();
const sdk = SDK.createInstance({ ...input.options, tokenStore });

const make = async call => {
  if (call.parallel) return Promise.all(call.parallel.map(make));
  const [name, ...args] = call;
  const method = name.split(".").reduce((object, key) => object[key], sdk);
  try {
    const result = await method(...revive(args));
    return result && result.status ? { status: result.status, data: result.data } : { data: result };
  } catch (error) {
    if (!error.status) throw error;
    return { status: error.status, data: error.data };
  }
};

(async () => {
  const results = [];
  for (const call of input.calls) results.push(await make(call));
  process.stdout.write(JSON.stringify({ results, token: tokenStore.getToken() || null, cookies }));
})();
