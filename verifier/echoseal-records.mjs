/**
 * Reads which record counts of a subject, from the private data of a Sharetribe user: who they are
 * (`idVerification`), a document that they sign (`signing_<document>`), a plan that they pay for
 * (`billing_<plan>`).
 *
 * Echoseal writes one record a session, `<name>-<id>`, with its checksum in it, and beside them a
 * summary, `<name>` and `<name>Checksum`. Users may write their own private data, and a write may
 * come late: only records whose checksum holds are believed, and they decide, whatever the summary
 * says. A session that only the summary names counts as one of them.
 *
 * The rules are those of proxy/references/counting.py and telling.py. What Echoseal knows beyond
 * private data, from a seal that only it can open, is not seen here: see README.md, "What this
 * cannot see".
 *
 * An ES module beside echoseal-checksum.mjs, for Node 18 or newer and every runtime with Web Crypto.
 *
 * @module echoseal-records
 */

import { fieldsOf, verifyChecksum, webCrypto } from './echoseal-checksum.mjs';

const NAME = /^(?:idVerification|(?:signing|billing)_[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?)$/;
const ID = /^[A-Za-z0-9_-]{8}$/;
// Echoseal keeps eight, and Sharetribe's 50 KB hold no more real ones than this: the work is bounded.
const MAX_RECORDS = 200;
// What a record says beyond its summary.
const BEYOND_SUMMARY = [
  'vendorTime',
  'revision',
  'follows',
  'after',
  'starts',
  'restart',
  'sessionReference',
  'access',
];

const PAID = ['paid', 'saved', 'active'];
// What has not ended, and what of that lacks a payment that may still come.
const LIVING = ['active', 'past_due', 'paused'];
const LATE = 'past_due';

const LEEWAY_SECONDS = 300;
// A vendor's own times may be told in whole seconds.
const ONE_CLOCK_LEEWAY_SECONDS = 1;
const TIMESTAMP = /^(?!0000)(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/;

/** @typedef {Record<string, unknown>} Fields of a record */

/**
 * @typedef {object} Session What the rules ask of a session. Times are unix seconds, 0 for none.
 * @property {Fields} fields
 * @property {string} provider
 * @property {string} transaction
 * @property {string} version
 * @property {unknown} status
 * @property {string} id
 * @property {string} begunId which it had at first, where it goes on under another name
 * @property {string | null} wordId a word that the vendor has changed stands under a key of its own too
 * @property {boolean} isPending
 * @property {boolean} isVerdict a session that merely expired says nothing of its user
 * @property {number} revision
 * @property {boolean} hasVendorTime
 * @property {number} startedAt
 * @property {number} completedAt
 * @property {unknown[]} follows
 * @property {unknown[]} after
 */

/**
 * Return the record of the session that counts, as its summary has it.
 *
 * @param {object} stored
 * @param {string} stored.keys the proxy's CHECKSUM_KEYS: `<id>:<key>,<id>:<key>,…`
 * @param {string} stored.clientId the marketplace's client id, as the proxy has it
 * @param {string} stored.userId the user's UUID, from a source the user cannot edit
 * @param {unknown} stored.privateData the user's private data, all of it, as Sharetribe returns it
 * @param {string} [stored.name] `idVerification`, `signing_<document>` or `billing_<plan>`
 * @param {Record<string, string>} [stored.versions] the present version of the document, by vendor:
 *   what the proxy's settings list. Records of other versions do not count; those of a vendor that
 *   is not named here count whatever their version
 * @returns {Promise<Fields | null>} a new object; null where there is none that can be believed,
 *   and for private data with more than 200 keys of sessions
 * @throws {Error} (as a rejection) only when the keys or the name cannot be used; the message holds
 *   no key
 */
export async function readRecord({
  keys,
  clientId,
  userId,
  privateData,
  name = 'idVerification',
  versions = {},
}) {
  if (typeof name !== 'string' || !NAME.test(name)) throw new Error('name: not that of a record');
  const stored = storedIn(privateData, name);
  const found = await Promise.all(
    stored.map(async one => {
      const isGenuine = await verifyChecksum({ keys, clientId, userId, ...one });
      // what has a checksum is an object
      const session = isGenuine ? await sessionOf(/** @type {Fields} */ (one.value)) : null;
      return session !== null && isUnderItsOwnKey(session, one.name, name) ? [session] : [];
    }),
  );
  const own = found.flat();
  const goneOn = own.filter(one => one.begunId !== one.id).map(one => one.begunId);
  const counted = own.filter(one => isCurrent(one, versions) && !goneOn.includes(one.id));
  const counts = counting(counted, name.startsWith('billing_'));
  return counts === null ? null : summaryOf(counts);
}

/**
 * Read which identity verification counts: `readRecord()` of `idVerification`.
 *
 * @param {Omit<Parameters<typeof readRecord>[0], 'name'>} stored
 */
export function readVerification(stored) {
  return readRecord({ ...stored, name: 'idVerification' });
}

/**
 * Tell whether a record of readRecord() says that a document is signed.
 *
 * @param {Fields | null} record
 * @param {string} [version] the template that has to be signed; any will do where there is none
 * @returns {boolean}
 */
export function isSigned(record, version = '') {
  return record?.status === 'signed' && (version === '' || record.version === version);
}

/**
 * Tell whether a record of readRecord() entitles its user to what the plan is for.
 *
 * What was paid for until a time (`paidUntil`) entitles until then and for the grace, in which the
 * payment may be late. Nothing outlives its own end (`endsAt`).
 *
 * @param {Fields | null} record
 * @param {number} [now] unix seconds
 * @param {number} [graceSeconds] the proxy's BILLING_GRACE_DAYS, in seconds
 * @returns {boolean}
 */
export function isEntitled(record, now = Date.now() / 1000, graceSeconds = 0) {
  const isGood = PAID.includes(textOf(record?.status));
  if (record?.paidUntil === undefined) return isGood;
  const isOver = record.endsAt !== undefined && secondsOf(textOf(record.endsAt)) <= now;
  const isTolerated = isGood || record.status === LATE;
  return isTolerated && !isOver && now < secondsOf(textOf(record.paidUntil)) + graceSeconds;
}

/**
 * Read what may be a record, each field once: those of sessions in their order, then the summary.
 *
 * The summary is there in any case, so that unusable keys are an error whatever a user stores.
 *
 * @param {unknown} privateData
 * @param {string} name
 * @returns {{name: string, value: unknown, checksum: unknown}[]} for verifyChecksum() to judge
 */
function storedIn(privateData, name) {
  try {
    const own = /** @type {object} */ (privateData);
    const keys = Reflect.ownKeys(own).filter(key => typeof key === 'string');
    const sessions = keys.filter(key => isSessionKey(key, name));
    if (sessions.length <= MAX_RECORDS) {
      return [
        ...sessions.map(key => ({ name: key, ...storedRecord(ownValue(own, key)) })),
        { name, value: ownValue(own, name), checksum: ownValue(own, `${name}Checksum`) },
      ];
    }
  } catch {
    // no object, or one that throws when it is read
  }
  return [{ name, value: undefined, checksum: undefined }];
}

/**
 * The name of another subject may begin as this one's does, so all of the key must fit.
 *
 * @param {string} key
 * @param {string} name
 */
function isSessionKey(key, name) {
  return key.startsWith(`${name}-`) && ID.test(key.slice(name.length + 1));
}

/**
 * @param {object} object
 * @param {string} key
 * @returns {unknown} undefined for what is inherited or computed
 */
function ownValue(object, key) {
  return Reflect.getOwnPropertyDescriptor(object, key)?.value;
}

/**
 * @param {unknown} record
 * @returns {{value: unknown, checksum: unknown}}
 */
function storedRecord(record) {
  try {
    const fields = fieldsOf(/** @type {object} */ (record));
    const checksum = fields.get('checksum');
    fields.delete('checksum');
    return { value: Object.fromEntries(fields), checksum };
  } catch {
    return { value: undefined, checksum: undefined };
  }
}

/** @param {Fields} fields @returns {Promise<Session>} */
async function sessionOf(fields) {
  const { status, follows, after } = fields;
  const provider = textOf(fields.provider);
  const transaction = textOf(fields.transactionReference);
  const begunAs = fields.sessionReference ?? transaction;
  const revision = Number.isSafeInteger(fields.revision) ? Number(fields.revision) : 0;
  const word = [`${revision}`, textOf(status), textOf(fields.completedAt)];
  return {
    fields,
    provider,
    transaction,
    version: textOf(fields.version),
    status,
    id: await digestOf(provider, transaction),
    begunId: await digestOf(provider, textOf(begunAs)),
    wordId: revision === 0 ? null : await digestOf(provider, transaction, ...word),
    isPending: status === 'pending',
    isVerdict: status !== 'pending' && status !== 'expired',
    revision,
    hasVendorTime: fields.vendorTime === true,
    startedAt: secondsOf(textOf(fields.startedAt)),
    completedAt: secondsOf(textOf(fields.completedAt)),
    follows: Array.isArray(follows) ? follows : [],
    after: Array.isArray(after) ? after : [],
  };
}

/** @param {unknown} value @returns {string} */
function textOf(value) {
  return typeof value === 'string' ? value : '';
}

/**
 * @param {...string} parts
 * @returns {Promise<string>} the eight characters that name a session, or one of its words
 */
async function digestOf(...parts) {
  const { subtle } = await webCrypto();
  const name = new TextEncoder().encode(parts.join('\0'));
  const sixBytes = new Uint8Array(await subtle.digest('SHA-256', name), 0, 6);
  const base64 = btoa(String.fromCharCode(...sixBytes));
  return base64.replaceAll('+', '-').replaceAll('/', '_');
}

/** @param {string} text @returns {number} unix seconds; 0 for what is no time */
function secondsOf(text) {
  const [, seconds = '', fraction = ''] = TIMESTAMP.exec(text) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  // the 30th of February is the 2nd of March to some engines
  if (Number.isNaN(milliseconds)) return 0;
  if (!new Date(milliseconds).toISOString().startsWith(seconds)) return 0;
  return (milliseconds * 1000 + Number(fraction.padEnd(6, '0').slice(0, 6))) / 1e6;
}

/**
 * Tell whether a session's record stands under a key that its own ids give, or as the summary.
 *
 * @param {Session} session
 * @param {string} key
 * @param {string} name
 */
function isUnderItsOwnKey(session, key, name) {
  return key === name || [session.id, session.wordId].includes(key.slice(name.length + 1));
}

/**
 * @param {Session} session
 * @param {Record<string, string>} versions
 */
function isCurrent(session, versions) {
  const version = Object.hasOwn(versions, session.provider) ? versions[session.provider] : '';
  return version === '' || session.version === version;
}

/**
 * Return the session that counts: a pending one while none was judged after it began, else the last.
 *
 * What lasts is not taken back by another session: the good one counts, else what has not ended,
 * else a pending one.
 *
 * @param {Session[]} records
 * @param {boolean} isLasting
 * @returns {Session | null}
 */
function counting(records, isLasting) {
  const sessions = newestOfEach(records);
  const isWaiting = (/** @type {Session} */ one) =>
    one.isPending && (isLasting || !isOutrun(one, sessions));
  const waiting = greatest(sessions.filter(isWaiting), one => [
    one.startedAt,
    ...textRank(one.transaction),
  ]);
  return (isLasting ? lasting(sessions) : null) ?? waiting ?? lastResult(sessions);
}

/** @param {Session[]} sessions @returns {Session | null} */
function lasting(sessions) {
  const good = sessions.filter(one => PAID.includes(textOf(one.status)));
  return last(good.length > 0 ? good : sessions.filter(one => LIVING.includes(textOf(one.status))));
}

/**
 * @param {Session[]} records
 * @returns {Session[]} one record a session: the vendor's last word; of two the same, the first
 */
function newestOfEach(records) {
  /** @type {Map<string, Session>} */
  const newest = new Map();
  for (const record of records) {
    const key = JSON.stringify([record.provider, record.transaction]);
    const known = newest.get(key);
    if (!known || isGreater(wordRank(record), wordRank(known))) newest.set(key, record);
  }
  return [...newest.values()];
}

/** @param {Session} record */
function wordRank(record) {
  return [record.isPending ? 0 : 1, record.revision, record.completedAt];
}

/**
 * One that expired counts while none was judged after it began.
 *
 * @param {Session[]} sessions
 */
function lastResult(sessions) {
  return last(
    sessions.filter(one => one.isVerdict || !(one.isPending || isOutrun(one, sessions))),
  );
}

/**
 * Return the one that finished last; where clocks cannot tell, the one that began last.
 *
 * @param {Session[]} finished
 */
function last(finished) {
  const latest = finished.filter(one => !finished.some(other => isLater(other, one)));
  return greatest(latest.length > 0 ? latest : finished, one => [
    one.startedAt,
    one.completedAt,
    ...textRank(one.transaction),
  ]);
}

/**
 * Tell whether one finished session surely finished after another.
 *
 * A first word without a time of the vendor's may be read again long after it was given.
 *
 * @param {Session} session
 * @param {Session} other
 */
function isLater(session, other) {
  if (isKnownBefore(other, session)) return true;
  if (isKnownBefore(session, other)) return false;
  const seconds = session.completedAt - other.completedAt;
  if (Math.abs(seconds) > leeway(session, other)) return seconds > 0;
  return session.follows.includes(other.id);
}

/**
 * @param {Session} session
 * @param {Session} other
 */
function isKnownBefore(session, other) {
  const isUndated = !session.hasVendorTime && !session.revision;
  return isUndated && (other.follows.includes(session.id) || other.after.includes(session.id));
}

/**
 * @param {Session} session
 * @param {Session} other
 */
function leeway(session, other) {
  const isOneClock = session.provider === other.provider;
  return isOneClock && session.hasVendorTime && other.hasVendorTime
    ? ONE_CLOCK_LEEWAY_SECONDS
    : LEEWAY_SECONDS;
}

/**
 * Tell whether the vendor has judged another session after this one began.
 *
 * @param {Session} session
 * @param {Session[]} sessions
 */
function isOutrun(session, sessions) {
  return sessions.some(
    other => other.isVerdict && other.id !== session.id && isAfterStart(other, session),
  );
}

/**
 * @param {Session} finished
 * @param {Session} session
 */
function isAfterStart(finished, session) {
  const seconds = finished.completedAt - session.startedAt;
  if (Math.abs(seconds) > LEEWAY_SECONDS) return seconds > 0;
  return !session.follows.includes(finished.id);
}

/**
 * @param {Session[]} sessions
 * @param {(session: Session) => number[]} rank
 * @returns {Session | null} the first of those with the greatest rank, null of none
 */
function greatest(sessions, rank) {
  /** @type {Session | null} */
  let best = null;
  for (const one of sessions) if (best === null || isGreater(rank(one), rank(best))) best = one;
  return best;
}

/**
 * Compare lists of numbers as Python compares tuples.
 *
 * @param {number[]} rank
 * @param {number[]} other
 */
function isGreater(rank, other) {
  const index = rank.findIndex((number, at) => number !== other[at]);
  const [mine = -Infinity, theirs = -Infinity] = [rank[index], other[index]];
  return mine > theirs;
}

/**
 * Texts are in the order of their code points, not of their UTF-16 units.
 *
 * @param {string} text
 */
function textRank(text) {
  return Array.from(text, character => character.codePointAt(0) ?? 0);
}

/**
 * It ended no sooner than it began, whatever a vendor's clock says; the record keeps both times.
 *
 * @param {Session} session
 * @returns {Fields}
 */
function summaryOf({ fields, startedAt, completedAt }) {
  const isBehind = 0 < completedAt && completedAt < startedAt;
  return Object.fromEntries(
    Object.entries(isBehind ? { ...fields, startedAt: fields.completedAt } : fields)
      .filter(([name]) => !BEYOND_SUMMARY.includes(name)),
  );
}
