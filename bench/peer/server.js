'use strict';
/*
 * What Echoseal is compared with: the same two routes as an Express server would have them, on the
 * marketplace's own SDK. A start asks who the user is, begins at the vendor and writes "pending"; a
 * callback opens the sealed token, asks whose it is and writes the result with a checksum.
 *
 *   WAY=article   an SDK for each request; a callback's SDK renews its token by a refused call
 *   WAY=tuned     the token of a callback is redeemed beforehand, over a kept connection
 *   WAY=expert    also one SDK for all requests; whose session it serves is looked up per request
 *
 * All of them keep their connections. With FRONTEND_URL all else goes to that frontend.
 */
const { AsyncLocalStorage } = require('node:async_hooks');
const crypto = require('node:crypto');
const http = require('node:http');
const cookieParser = require('cookie-parser');
const express = require('express');
const { createProxyMiddleware } = require('http-proxy-middleware');
const { createInstance, tokenStore } = require('sharetribe-flex-sdk');
const undici = require('undici');

const { CHECKSUM_KEY, CLIENT_ID, FRONTEND_URL, HOST, PORT, SEAL_KEY, UPSTREAM_URL } = process.env;
const PAGE = 'https://market.example';
const VENDOR_CREDENTIALS = `Basic ${Buffer.from('bench-token:bench-secret').toString('base64')}`;
const VENDOR_ADDRESSES = new Set([
  '34.202.241.227', '34.226.103.119', '34.226.254.127', '52.52.51.178', '52.53.95.123', '54.67.101.173',
]);

const keptConnections = { keepAlive: true, maxSockets: Infinity, maxFreeSockets: 4096 };
const httpAgent = new http.Agent(keptConnections);
const dispatcher = new undici.Agent({ connections: null, pipelining: 1 });

// --- The seal and the checksum ----------------------------------------------------------------

const key = Buffer.from(SEAL_KEY, 'hex');

function seal(text) {
  const nonce = crypto.randomBytes(12);
  const cipher = crypto.createCipheriv('aes-256-gcm', key, nonce);
  const parts = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(parts).toString('base64url');
}

function unseal(sealed) {
  const bytes = Buffer.from(sealed, 'base64url');
  const decipher = crypto.createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12));
  decipher.setAuthTag(bytes.subarray(-16));
  return decipher.update(bytes.subarray(12, -16), undefined, 'utf8') + decipher.final('utf8');
}

function checksum(record) {
  return crypto.createHmac('sha256', CHECKSUM_KEY).update(JSON.stringify(record)).digest('hex');
}

// --- The upstreams ----------------------------------------------------------------------------

async function post(path, headers, body) {
  const options = { method: 'POST', dispatcher, headers: { accept: 'application/json', ...headers }, body };
  const answer = await undici.request(UPSTREAM_URL + path, options);
  const object = await answer.body.json();
  if (answer.statusCode !== 200) throw new Error(`${path} answered ${answer.statusCode}`);
  return object;
}

function beginAtVendor(userReference) {
  const order = {
    customerInternalReference: crypto.randomUUID(),
    userReference,
    successUrl: `${PAGE}/verified`,
    errorUrl: `${PAGE}/not-verified`,
    callbackUrl: `${PAGE}/api/callbacks/jumio`,
  };
  const headers = { authorization: VENDOR_CREDENTIALS, 'content-type': 'application/json', 'user-agent': 'bench/1' };
  return post('/api/v4/initiate', headers, JSON.stringify(order));
}

function redeem(refreshToken) {
  const form = new URLSearchParams({ client_id: CLIENT_ID, grant_type: 'refresh_token', refresh_token: refreshToken });
  return post('/v1/auth/token', { 'content-type': 'application/x-www-form-urlencoded' }, form.toString());
}

// --- The three ways ---------------------------------------------------------------------------

const sdkSettings = { clientId: CLIENT_ID, baseUrl: UPSTREAM_URL, httpAgent };
const current = new AsyncLocalStorage();
const sharedSdk = createInstance({
  ...sdkSettings,
  tokenStore: {
    getToken: () => current.getStore().getToken(),
    setToken: token => current.getStore().setToken(token),
    removeToken: () => current.getStore().removeToken(),
  },
});

const withOwnSdk = (store, act) => act(createInstance({ ...sdkSettings, tokenStore: store }));
const withSharedSdk = (store, act) => current.run(store, () => act(sharedSdk));
const unredeemed = refreshToken => ({ token_type: 'bearer', refresh_token: refreshToken });

const { withSdk, tokenOf } = {
  article: { withSdk: withOwnSdk, tokenOf: unredeemed },
  tuned: { withSdk: withOwnSdk, tokenOf: redeem },
  expert: { withSdk: withSharedSdk, tokenOf: redeem },
}[process.env.WAY];

// --- The routes -------------------------------------------------------------------------------

const app = express();
app.set('trust proxy', 1);
app.set('etag', false);
app.disable('x-powered-by');

// Does what an asynchronous handler does; what it throws becomes a 502.
const route = handler => (req, res) =>
  handler(req, res).catch(error => {
    console.error(error.message);
    res.status(502).json({ error: 'upstream' });
  });

async function start(req, res) {
  const store = tokenStore.expressCookieStore({ clientId: CLIENT_ID, req, res, secure: true });
  await withSdk(store, async sdk => {
    const session = await sdk.authInfo();
    if (!session || session.grantType !== 'refresh_token') {
      return res.status(401).json({ error: 'session' });
    }
    await sdk.currentUser.show();
    const begun = await beginAtVendor(seal(store.getToken().refresh_token));
    const idVerification = { transactionReference: begun.transactionReference, status: 'pending' };
    await sdk.currentUser.updateProfile({ privateData: { idVerification } });
    return res.status(201).json({ redirectUrl: begun.redirectUrl });
  });
}

async function callback(req, res) {
  if (!VENDOR_ADDRESSES.has(req.ip)) return res.status(403).json({ error: 'origin' });
  const form = req.body;
  let refreshToken;
  try {
    refreshToken = unseal(form.customerId);
  } catch {
    return res.status(400).json({ error: 'reference' });
  }
  const idVerification = {
    status: form.verificationStatus,
    transactionReference: form.jumioIdScanReference,
    completedAt: form.transactionDate,
    document: { type: form.idType, country: form.idCountry },
  };
  const privateData = { idVerification, idVerificationChecksum: checksum(idVerification) };
  const store = tokenStore.memoryStore();
  store.setToken(await tokenOf(refreshToken));
  await withSdk(store, async sdk => {
    await sdk.currentUser.show();
    await sdk.currentUser.updateProfile({ privateData });
  });
  return res.json({ status: 'stored' });
}

app.get('/healthz', (req, res) => res.json({ status: 'ok' }));
app.post('/api/id-verification', cookieParser(), route(start));
app.post('/api/callbacks/jumio', express.urlencoded({ extended: false, limit: '64kb' }), route(callback));
if (FRONTEND_URL) {
  const agent = new http.Agent(keptConnections);
  app.use(createProxyMiddleware({ target: FRONTEND_URL, changeOrigin: false, xfwd: true, agent }));
}

const server = app.listen(Number(PORT), HOST, 4096);
server.keepAliveTimeout = 65_000;
