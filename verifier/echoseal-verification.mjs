/**
 * Reads which identity verification counts, from the private data of a Sharetribe user.
 *
 * Echoseal writes one record a session, `idVerification-<id>`, with its checksum in it, and beside
 * them a summary, `idVerification` and `idVerificationChecksum`. Users may write their own private
 * data, and a write may come late: only records whose checksum holds are believed, and they decide,
 * whatever the summary says. A session that only the summary names counts as one of them.
 *
 * The rules are those of proxy/references/counting.py. What Echoseal knows beyond private data, from
 * a seal that only it can open, is not seen here: see README.md, "What this cannot see".
 *
 * An ES module beside echoseal-checksum.mjs, for Node 18 or newer and every runtime with Web Crypto.
 *
 * @module echoseal-verification
 */

import { fieldsOf, verifyChecksum, webCrypto } from './echoseal-checksum.mjs';

const SUMMARY_KEY = 'idVerification';
const CHECKSUM_KEY = 'idVerificationChecksum';
const KEY_PREFIX = 'idVerification-';
// Echoseal keeps eight, and Sharetribe's 50 KB hold no more real ones than this: the work is bounded.
const MAX_RECORDS = 200;
// What a record says beyond its summary.
const ORDERING = ['vendorTime', 'revision', 'follows', 'after', 'starts', 'restart'];

const LEEWAY_SECONDS = 300;
// A vendor's own times may be told in whole seconds.
const ONE_CLOCK_LEEWAY_SECONDS = 1;
const TIMESTAMP = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/**
 * Return the record of the session that counts, as its summary has it.
 *
 * @param {object} stored
 * @param {string} stored.keys the proxy's CHECKSUM_KEYS: `<id>:<key>,<id>:<key>,…`
 * @param {string} stored.clientId the marketplace's client id, as the proxy has it
 * @param {string} stored.userId the user's UUID, from a source the user cannot edit
 * @param {object} stored.privateData the user's private data, all of it, as Sharetribe returns it
 * @returns {Promise<object | null>} a new object; null where there is none that can be believed,
 *   and for private data with more than 200 keys that begin with `idVerification-`
 * @throws {Error} (as a rejection) only when the keys cannot be used; the message holds no key
 */
export async function readVerification({ keys, clientId, userId, privateData }) {
  const isGenuine = stored => verifyChecksum({ keys, clientId, userId, ...stored });
  const stored = storedIn(privateData);
  const answers = await Promise.all(stored.map(isGenuine));
  const believed = stored.filter((_, index) => answers[index]);
  const counts = counting(await Promise.all(believed.map(({ value }) => sessionOf(value))));
  return counts === null ? null : summaryOf(counts);
}

/**
 * Read what may be a record, each field once: those of sessions in their order, then the summary.
 *
 * The summary is there in any case, so that unusable keys are an error whatever a user stores.
 *
 * @returns {{name: string, value?: unknown, checksum?: unknown}[]} for verifyChecksum() to judge
 */
function storedIn(privateData) {
  try {
    const names = Reflect.ownKeys(privateData).filter(isRecordName);
    if (names.length <= MAX_RECORDS) {
      const summary = ownValue(privateData, SUMMARY_KEY);
      return [
        ...names.map(name => ({ name, ...storedRecord(ownValue(privateData, name)) })),
        { name: SUMMARY_KEY, value: summary, checksum: ownValue(privateData, CHECKSUM_KEY) },
      ];
    }
  } catch {
    // no object, or one that throws when it is read
  }
  return [{ name: SUMMARY_KEY }];
}

function isRecordName(key) {
  return typeof key === 'string' && key.startsWith(KEY_PREFIX);
}

/** @returns {unknown} undefined for what is inherited or computed */
function ownValue(object, key) {
  return Reflect.getOwnPropertyDescriptor(object, key)?.value;
}

function storedRecord(record) {
  try {
    const fields = fieldsOf(record);
    const checksum = fields.get('checksum');
    fields.delete('checksum');
    return { value: Object.fromEntries(fields), checksum };
  } catch {
    return {};
  }
}

/** @returns {Promise<object>} what the rules ask of a session; times are unix seconds, 0 for none */
async function sessionOf(fields) {
  const { status, revision, follows, after } = fields;
  const provider = textOf(fields.provider);
  const transaction = textOf(fields.transactionReference);
  return {
    fields,
    provider,
    transaction,
    id: await idOf(provider, transaction),
    isPending: status === 'pending',
    // a session that merely expired says nothing of its user
    isVerdict: status !== 'pending' && status !== 'expired',
    revision: Number.isSafeInteger(revision) ? revision : 0,
    hasVendorTime: fields.vendorTime === true,
    startedAt: secondsOf(textOf(fields.startedAt)),
    completedAt: secondsOf(textOf(fields.completedAt)),
    follows: Array.isArray(follows) ? follows : [],
    after: Array.isArray(after) ? after : [],
  };
}

function textOf(value) {
  return typeof value === 'string' ? value : '';
}

/** @returns {Promise<string>} the eight characters that name a session */
async function idOf(provider, transaction) {
  const { subtle } = await webCrypto();
  const name = new TextEncoder().encode(`${provider}\0${transaction}`);
  const sixBytes = new Uint8Array(await subtle.digest('SHA-256', name), 0, 6);
  const base64 = btoa(String.fromCharCode(...sixBytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

function secondsOf(text) {
  const [, seconds, fraction = ''] = TIMESTAMP.exec(text) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  // the 30th of February is the 2nd of March to some engines
  if (Number.isNaN(milliseconds)) return 0;
  if (!new Date(milliseconds).toISOString().startsWith(seconds)) return 0;
  return (milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))) / 1e6;
}

/** @returns {object | null} a pending session while none was judged after it began, else the last */
function counting(records) {
  const sessions = newestOfEach(records);
  const waiting = sessions.filter(one => one.isPending && !isOutrun(one, sessions));
  const newest = greatest(waiting, one => [one.startedAt, ...textRank(one.transaction)]);
  return newest ?? lastResult(sessions);
}

/** @returns {object[]} one record a session: the vendor's last word; of two the same, the first */
function newestOfEach(records) {
  const newest = new Map();
  for (const record of records) {
    const key = JSON.stringify([record.provider, record.transaction]);
    if (!newest.has(key) || isGreater(wordRank(record), wordRank(newest.get(key)))) {
      newest.set(key, record);
    }
  }
  return [...newest.values()];
}

function wordRank(record) {
  return [record.isPending ? 0 : 1, record.revision, record.completedAt];
}

/** One that expired counts while none was judged after it began. */
function lastResult(sessions) {
  const finished = sessions.filter(
    one => one.isVerdict || !(one.isPending || isOutrun(one, sessions)),
  );
  const last = finished.filter(one => !finished.some(other => isLater(other, one)));
  return greatest(last.length > 0 ? last : finished, one => [
    one.startedAt,
    one.completedAt,
    ...textRank(one.transaction),
  ]);
}

/**
 * Tell whether one finished session surely finished after another.
 *
 * A first word without a time of the vendor's may be read again long after it was given.
 */
function isLater(session, other) {
  if (isKnownBefore(other, session)) return true;
  if (isKnownBefore(session, other)) return false;
  const seconds = session.completedAt - other.completedAt;
  if (Math.abs(seconds) > leeway(session, other)) return seconds > 0;
  return session.follows.includes(other.id);
}

function isKnownBefore(session, other) {
  const isUndated = !session.hasVendorTime && !session.revision;
  return isUndated && (other.follows.includes(session.id) || other.after.includes(session.id));
}

function leeway(session, other) {
  const isOneClock = session.provider === other.provider;
  return isOneClock && session.hasVendorTime && other.hasVendorTime
    ? ONE_CLOCK_LEEWAY_SECONDS
    : LEEWAY_SECONDS;
}

/** Tell whether the vendor has judged another session after this one began. */
function isOutrun(session, sessions) {
  return sessions.some(
    other => other.isVerdict && other.id !== session.id && isAfterStart(other, session),
  );
}

function isAfterStart(finished, session) {
  const seconds = finished.completedAt - session.startedAt;
  if (Math.abs(seconds) > LEEWAY_SECONDS) return seconds > 0;
  return !session.follows.includes(finished.id);
}

/** @returns {object | null} the first of those with the greatest rank, null of none */
function greatest(sessions, rank) {
  return sessions.reduce(
    (best, one) => (best === null || isGreater(rank(one), rank(best)) ? one : best),
    null,
  );
}

/** Compare lists of numbers as Python compares tuples. */
function isGreater(rank, other) {
  const index = rank.findIndex((number, at) => number !== other[at]);
  return index >= 0 && (index >= other.length || rank[index] > other[index]);
}

/** Texts are in the order of their code points, not of their UTF-16 units. */
function textRank(text) {
  return Array.from(text, character => character.codePointAt(0));
}

function summaryOf({ fields }) {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !ORDERING.includes(name)));
}
