'use strict';

/**
 * The gate before both privileged endpoints of the Web Template: Express middleware that lets an
 * order through only for a user of whom Echoseal holds a good outcome.
 *
 *     const { echosealGate } = require('./api-util/echoseal-gate.cjs');
 *     router.post(['/initiate-privileged', '/transition-privileged'],
 *       echosealGate(require('./api-util/sdk')));        // before the endpoints themselves
 *
 * Both, because an inquiry is begun at Sharetribe directly and becomes an order by the second one.
 * A transition that is not privileged never comes here: in `default-negotiation`, that is the payment.
 * Speculative calls are held up too, so that the page says so before a card is asked for.
 *
 * It reads what the endpoint behind it reads: `bodyParams.transition` of the parsed body, and the
 * session in `req.cookies`, of which it leaves the endpoint the access token that was judged. Whatever
 * it cannot judge does not pass: a transition in an odd form counts as guarded, and where nobody can
 * tell how the user stands, the answer is 503.
 *
 * Settings, of the environment unless given as options:
 *   ECHOSEAL_GATE             what must be good, all of it: `id-verification` (which it is when
 *                             nothing is set), `signings/<document>`, `billing/<plan>`, with commas;
 *                             `off` lets everybody through
 *   ECHOSEAL_GATE_TRANSITIONS what guarded transitions have in their names, with commas; by default
 *                             `transition/request-payment`, and so what goes on after it. `*`: all
 *   ECHOSEAL_GATE_BY          `product`: Echoseal is asked, with the visitor's session; an outcome
 *                             cannot be put back by its user there. `records`: the user's private
 *                             data is read here, by CHECKSUM_KEYS and both files of verifier/,
 *                             which lie beside this one. By default `product` where ECHOSEAL_URL
 *                             is set, else `records`
 *   ECHOSEAL_URL, ECHOSEAL_API_PREFIX, CHECKSUM_KEYS, REACT_APP_SHARETRIBE_SDK_CLIENT_ID
 */

const http = require('node:http');
const https = require('node:https');

const TIMEOUT_SECONDS = 20;
const MAX_ANSWER_BYTES = 200_000;
const FLAGS = { 'id-verification': 'verified', signings: 'signed', billing: 'entitled' };
/** A session may be renewed while it is judged; once is enough for an hour. */
const TRIES = 2;
const LOG_IN = 'Log in, then try again.';
const VERIFIER =
  'copy echoseal-records.mjs and echoseal-checksum.mjs of verifier/ beside echoseal-gate.cjs';
const PAYMENT = 'transition/request-payment';
const BAD_URL = 'ECHOSEAL_URL: not like https://echoseal.example, without a path';
const SUBJECT = /^[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?$/;

/**
 * @typedef {object} Requirement
 * @property {string} matter `id-verification`, `signings/<document>` or `billing/<plan>`
 * @property {string} record the name of its record in private data
 * @property {string} flag what is true in Echoseal's answer when it is good
 */
/**
 * @typedef {object} Judgement
 * @property {boolean} isGood
 * @property {string} status how it stands, in Echoseal's words
 */
/** @typedef {Record<string, unknown>} Session what the SDK keeps in its cookie */
/** @typedef {(req: any, res: any, requirement: Requirement) => Promise<Judgement>} Judge */
/** @typedef {(req: any, res: any, next: (error?: unknown) => void) => void} Middleware */

/** Why nobody passes: how the answer says it. */
class Refusal extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   * @param {object} [meta] what is lacking, and how it stands
   */
  constructor(status, code, message, meta = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.meta = meta;
  }
}

/**
 * Return the middleware.
 *
 * @param {any} sdkUtils the template's `server/api-util/sdk`; `records` needs it
 * @param {object} [options]
 * @param {string} [options.require] in place of ECHOSEAL_GATE
 * @param {string} [options.transitions] in place of ECHOSEAL_GATE_TRANSITIONS
 * @param {string} [options.by] in place of ECHOSEAL_GATE_BY
 * @param {NodeJS.ProcessEnv} [options.env] in place of the environment
 * @returns {Middleware}
 * @throws {Error} for settings that cannot be meant; the message names the setting, and no key
 */
function echosealGate(sdkUtils, { require: required, transitions, by, env = process.env } = {}) {
  const wanted = (required ?? env.ECHOSEAL_GATE) || 'id-verification';
  if (wanted.trim() === 'off') {
    console.warn('Echoseal: the gate is off (ECHOSEAL_GATE); every order passes.');
    return (_req, _res, next) => next();
  }
  const requirements = listed(wanted).map(requirementOf);
  if (requirements.length === 0) throw new Error('ECHOSEAL_GATE: names nothing');
  const isGuarded = guards((transitions ?? env.ECHOSEAL_GATE_TRANSITIONS) || PAYMENT);
  const cookie = `st-${env.REACT_APP_SHARETRIBE_SDK_CLIENT_ID ?? ''}-token`;
  const judge = judgeOf(sdkUtils, (by ?? env.ECHOSEAL_GATE_BY) || '', env, cookie);

  return async (req, res, next) => {
    if (!isGuarded(req.body)) {
      next();
      return;
    }
    try {
      await pass(req, res, cookie, requirements, judge);
    } catch (error) {
      // no error of another kind may let anybody pass, or tell what is not theirs to know
      answer(res, error instanceof Refusal ? error : unavailable(error));
      return;
    }
    next();
  };
}

/** @param {string} text @returns {string[]} */
function listed(text) {
  return text
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');
}

/** @param {string} matter @returns {Requirement} */
function requirementOf(matter) {
  const [kind = '', subject, ...rest] = matter.split('/');
  if (matter === 'id-verification') {
    return { matter, record: 'idVerification', flag: FLAGS['id-verification'] };
  }
  const isSubject = subject !== undefined && SUBJECT.test(subject) && rest.length === 0;
  if (isSubject && kind === 'signings') {
    return { matter, record: `signing_${subject}`, flag: FLAGS.signings };
  }
  if (isSubject && kind === 'billing') {
    return { matter, record: `billing_${subject}`, flag: FLAGS.billing };
  }
  throw new Error(
    `ECHOSEAL_GATE: ${matter} is none of id-verification, signings/<document>, billing/<plan>, off`,
  );
}

/**
 * Return what tells whether a parsed body asks for a transition that is guarded.
 *
 * Only a text of visible ASCII with another name is free: a list, an object, another
 * alphabet's letters and a body that was not parsed are all held up. So is a second field that may
 * be read as the transition's: all of `bodyParams` and `queryParams` goes on to Sharetribe.
 *
 * @param {string} text
 * @returns {(body: any) => boolean}
 */
function guards(text) {
  const names = listed(text).map(guardedName);
  if (names.length === 0) throw new Error('ECHOSEAL_GATE_TRANSITIONS: names nothing');
  return body => {
    const transition = body?.bodyParams?.transition;
    if (typeof transition !== 'string' || !/^[\x21-\x7e]+$/.test(transition)) return true;
    if (Object.keys(body.bodyParams).filter(speaksOfTransition).length !== 1) return true;
    if (Object.keys(body.queryParams ?? {}).some(speaksOfTransition)) return true;
    return names.some(name => transition.toLowerCase().includes(name));
  };
}

/**
 * @param {string} name
 * @returns {string} what a guarded transition has in its name; "" is in every one
 * @throws {Error} for a text that no transition has in its name: it would guard nothing
 */
function guardedName(name) {
  if (!/^[A-Za-z0-9_./-]*\*?$/.test(name)) {
    throw new Error(`ECHOSEAL_GATE_TRANSITIONS: not a name: ${name}`);
  }
  return name.toLowerCase().replace(/\*$/, '');
}

/** @param {string} field @returns {boolean} in whatever case, whatever stands between its letters */
function speaksOfTransition(field) {
  return field.toLowerCase().replace(/[^a-z]/g, '').includes('transition');
}

/**
 * @param {any} sdkUtils
 * @param {string} by
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cookie the name of the session's
 * @returns {Judge}
 */
function judgeOf(sdkUtils, by, env, cookie) {
  const chosen = by || (env.ECHOSEAL_URL ? 'product' : 'records');
  if (chosen !== 'product' && chosen !== 'records') {
    throw new Error(`ECHOSEAL_GATE_BY: ${chosen} is neither product nor records`);
  }
  if (chosen === 'product' && env.ECHOSEAL_URL) {
    return askedOf(addressOf(env.ECHOSEAL_URL, env.ECHOSEAL_API_PREFIX || '/api'), cookie);
  }
  if (chosen === 'records' && env.CHECKSUM_KEYS) {
    const clientId = env.REACT_APP_SHARETRIBE_SDK_CLIENT_ID ?? '';
    return readBy(sdkUtils, env.CHECKSUM_KEYS, clientId, cookie);
  }
  const known = { product: 'ECHOSEAL_URL', records: 'CHECKSUM_KEYS' };
  const missing = by ? known[chosen] : 'ECHOSEAL_URL or CHECKSUM_KEYS';
  const unset = unsetUntil(`set ${missing}, or ECHOSEAL_GATE=off`);
  return async () => {
    throw unset;
  };
}

/** @param {string} done what has to be done before orders can be checked */
function unsetUntil(done) {
  console.error(`Echoseal: the gate refuses every order: ${done}.`);
  return new Refusal(503, 'echoseal-gate-unset', 'Orders cannot be checked here yet.');
}

/**
 * Return where all is good for one session, which the endpoint then goes on with.
 *
 * @param {any} req
 * @param {any} res
 * @param {string} cookie
 * @param {Requirement[]} requirements
 * @param {Judge} judge
 * @throws {Refusal}
 */
async function pass(req, res, cookie, requirements, judge) {
  adopt(req, res, cookie);
  for (let tries = 0; tries < TRIES; tries += 1) {
    const before = sessionOf(req, cookie);
    await requireAll(req, res, requirements, judge);
    const session = sessionOf(req, cookie);
    if (session.access_token === before.access_token) {
      handOver(req, res, cookie, session);
      return;
    }
    // it was renewed meanwhile, perhaps to another user's: all that is asked for is judged anew
  }
  throw new Error('a session that is renewed again and again');
}

/**
 * Have a session that was renewed for this request, and so is the browser's now, read from here on.
 *
 * @param {any} req
 * @param {any} res
 * @param {string} cookie
 */
function adopt(req, res, cookie) {
  const renewed = valuesOf([res.getHeader('Set-Cookie') ?? []].flat(), cookie).pop();
  if (renewed === undefined) return;
  req.cookies = { ...req.cookies, [cookie]: decodeURIComponent(renewed) };
}

/**
 * Return the values of one name.
 *
 * @param {string[]} cookies each as in Cookie or Set-Cookie
 * @param {string} name
 * @returns {string[]}
 */
function valuesOf(cookies, name) {
  return cookies
    .map(one => one.split(';', 1)[0] ?? '')
    .filter(pair => pair.split('=', 1)[0]?.trim() === name)
    .map(pair => pair.slice(pair.indexOf('=') + 1).trim());
}

/**
 * Return the session as the endpoint reads it. Of two it takes the first, which any page of a sibling
 * host can have put there.
 *
 * @param {any} req
 * @param {string} cookie
 * @returns {Session}
 * @throws {Refusal}
 */
function sessionOf(req, cookie) {
  const sent = new Set(valuesOf(String(req.headers.cookie ?? '').split(';'), cookie));
  if (sent.size > 1) {
    throw new Refusal(401, 'session-ambiguous', 'Remove the cookies of this site and log in again.');
  }
  const text = req.cookies?.[cookie];
  if (sent.size === 0 || !text) throw new Refusal(401, 'session-missing', LOG_IN);
  const session = objectIn(String(text));
  if (session === null) throw new Refusal(401, 'session-unreadable', LOG_IN);
  return session;
}

/** @param {string} text @returns {Record<string, unknown> | null} null for anything but an object */
function objectIn(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * @param {any} req
 * @param {any} res
 * @param {Requirement[]} requirements
 * @param {Judge} judge
 * @throws {Refusal} for the first that is not good
 */
async function requireAll(req, res, requirements, judge) {
  for (const requirement of requirements) {
    const { isGood, status } = await judge(req, res, requirement);
    if (isGood !== true) {
      const message = 'The marketplace asks for something of you before you can order.';
      const meta = { matter: requirement.matter, standing: status };
      throw new Refusal(403, 'echoseal-required', message, meta);
    }
  }
}

/**
 * Leave the endpoint with the access token that was judged, and with nothing to renew it by: a cookie
 * may hold a refresh token of somebody else's. Should it end on the way, the order fails, and the
 * browser keeps its session, in place of which the SDK would put an anonymous one.
 *
 * @param {any} req
 * @param {any} res
 * @param {string} name
 * @param {Session} session
 */
function handOver(req, res, name, session) {
  const judged = JSON.stringify({ ...session, refresh_token: undefined });
  req.cookies = { ...req.cookies, [name]: judged };
  const setCookie = res.cookie;
  res.cookie = (/** @type {string} */ key, /** @type {unknown[]} */ ...rest) =>
    key === name ? res : setCookie.call(res, key, ...rest);
}

/** @param {unknown} error what its message says is of addresses and settings, and holds no key */
function unavailable(error) {
  const why = error instanceof Error ? error.message || error.name : 'unknown';
  console.error(`Echoseal: an order was not checked (${why.slice(0, 200)})`);
  return new Refusal(503, 'echoseal-unavailable', 'Orders cannot be checked now; try again later.');
}

/**
 * Answer as the template's own endpoints do: its `request` makes an error of the document, and its
 * `storableError` keeps `status` and `data.errors`, where pages find the code.
 *
 * @param {any} res
 * @param {Refusal} refusal
 */
function answer(res, { status, code, message, meta }) {
  const statusText = http.STATUS_CODES[status];
  const errors = [{ status, code, title: message, meta }];
  if (status === 503) res.set('Retry-After', '5');
  res
    .status(status)
    .set('Cache-Control', 'no-store')
    .json({ name: 'LocalAPIError', message, status, statusText, code, ...meta, data: { errors } });
}

// ---- by asking Echoseal -----------------------------------------------------------------------

/**
 * @param {string} text
 * @param {string} prefix
 * @returns {string} what stands before `/<matter>`
 */
function addressOf(text, prefix) {
  const { protocol, origin, username, password, pathname, search, hash } = read(text.trim());
  const isOrigin = pathname === '/' && !search && !hash && !username && !password;
  if (!['http:', 'https:'].includes(protocol) || !isOrigin) throw new Error(BAD_URL);
  if (!/^(\/[A-Za-z0-9_-]+)+$/.test(prefix)) {
    throw new Error('ECHOSEAL_API_PREFIX: not a path like /api');
  }
  return origin + prefix;
}

/** @param {string} text @returns {URL} */
function read(text) {
  try {
    return new URL(text);
  } catch {
    throw new Error(BAD_URL);
  }
}

/**
 * @param {string} address
 * @param {string} cookie
 * @returns {Judge}
 */
function askedOf(address, cookie) {
  return async (req, res, { matter, flag }) => {
    // Written anew: of what the browser sent, Echoseal might read more than this server does.
    const session = encodeURIComponent(JSON.stringify(sessionOf(req, cookie)));
    const { status, cookies, text } = await get(`${address}/${matter}`, {
      Accept: 'application/json',
      Cookie: `${cookie}=${session}`,
      'X-Forwarded-For': forwardedFor(req),
    });
    for (const one of cookies) if (one.startsWith(`${cookie}=`)) res.append('Set-Cookie', one);
    adopt(req, res, cookie);
    const told = objectIn(text) ?? {};
    if (status === 401 || status === 403) {
      throw new Refusal(status, String(told.code ?? 'session-refused'), LOG_IN);
    }
    if (status !== 200) throw new Error(`${matter} was answered with ${status}`);
    return { isGood: told[flag] === true, status: String(told.status) };
  };
}

/** @param {any} req */
function forwardedFor(req) {
  const told = [req.headers['x-forwarded-for'], req.socket?.remoteAddress];
  return told.filter(Boolean).join(', ');
}

/**
 * Ask, without following a redirect, and with an end in sight.
 *
 * @param {string} url
 * @param {Record<string, string>} headers
 * @returns {Promise<{status: number, cookies: string[], text: string}>}
 */
function get(url, headers) {
  return new Promise((resolve, reject) => {
    const library = url.startsWith('https:') ? https : http;
    const signal = AbortSignal.timeout(TIMEOUT_SECONDS * 1000);
    const asked = library.get(url, { headers, signal }, response => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', part => {
        text += part;
        if (text.length > MAX_ANSWER_BYTES) asked.destroy(new Error('a long answer'));
      });
      response.on('error', reject);
      response.on('end', () => {
        const cookies = response.headers['set-cookie'] ?? [];
        resolve({ status: response.statusCode ?? 0, cookies, text });
      });
    });
    asked.on('error', reject);
  });
}

// ---- by the records in the user's private data --------------------------------------------------

/**
 * @param {any} sdkUtils
 * @param {string} keys
 * @param {string} clientId
 * @param {string} cookie
 * @returns {Judge}
 */
function readBy(sdkUtils, keys, clientId, cookie) {
  if (typeof sdkUtils?.getSdk !== 'function') {
    throw new Error("echosealGate: give it the template's server/api-util/sdk");
  }
  // @ts-expect-error It lies in verifier/, and beside this file once both are copied.
  const verifier = import('./echoseal-records.mjs').catch(({ message }) => {
    throw unsetUntil(`${VERIFIER} (${message})`);
  });
  verifier.catch(() => {}); // told already, and each order is refused by it
  /** @type {WeakMap<object, {accessToken: unknown, user: any}>} */
  const seen = new WeakMap();
  return async (req, res, { record }) => {
    // One call for all that is required of one session.
    let known = seen.get(req);
    if (!known || known.accessToken !== sessionOf(req, cookie).access_token) {
      const user = await currentUser(req, res, sdkUtils);
      adopt(req, res, cookie);
      known = { accessToken: sessionOf(req, cookie).access_token, user };
      seen.set(req, known);
    }
    const { readRecord, isSigned, isEntitled } = await verifier;
    const found = await readRecord({
      keys,
      clientId,
      userId: known.user.id.uuid,
      privateData: known.user.attributes.profile.privateData,
      name: record,
    });
    const status = found?.status ?? 'none';
    if (record.startsWith('signing_')) return { isGood: isSigned(found), status };
    if (record.startsWith('billing_')) return { isGood: isEntitled(found), status };
    return { isGood: status === 'approved', status };
  };
}

/**
 * Return the user of the session, as Sharetribe tells it. A session that is renewed for this is
 * written to the answer.
 *
 * @param {any} req
 * @param {any} res
 * @param {any} sdkUtils
 */
async function currentUser(req, res, sdkUtils) {
  try {
    return (await sdkUtils.getSdk(req, res).currentUser.show()).data.data;
  } catch (error) {
    const { status } = /** @type {{status?: unknown}} */ (error);
    if (status === 401 || status === 403) {
      throw new Refusal(status, 'session-refused', LOG_IN);
    }
    throw error;
  }
}

module.exports = { echosealGate };
