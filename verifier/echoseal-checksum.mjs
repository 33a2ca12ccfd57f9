/**
 * Verifies the checksum beside a value that Echoseal wrote to a user's private data.
 *
 * A checksum is `<key id>.<unpadded base64url HMAC-SHA256>` over
 * `name 0x00 client id 0x00 user id 0x00 canonical JSON of the value` (RFC 8785). The keys that
 * verify can also forge: keep them, and with them this check, on a server.
 *
 * Only plain data can have a checksum: what reading a field may find has to be what was checked, so
 * nothing may be inherited, computed or hidden. Code that builds objects by assignment, such as the
 * marketplace's SDK, takes a stored field `__proto__` for the object's prototype.
 *
 * An ES module without dependencies, for Node 18 or newer and every runtime with Web Crypto.
 *
 * @module echoseal-checksum
 */

const KEY_ID = /^(?:0|[1-9][0-9]{0,2})$/;
const LAST_KEY_ID = 255;
// 32 bytes are 43 characters. The last one carries four bits: only every fourth character has the
// two bits that are left over at zero, so that each value has one spelling.
const BASE64URL_32_BYTES = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const USER_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const LONE_SURROGATE = /\p{Surrogate}/u;
const MAX_LEVELS = 32;
const PLAIN = [Object.prototype, null];

/**
 * Tell whether a checksum is right for a value, the user who has it and the name it is under.
 *
 * @param {object} stored
 * @param {string} stored.keys the proxy's CHECKSUM_KEYS: `<id>:<key>,<id>:<key>,…`
 * @param {string} stored.clientId the marketplace's client id, as the proxy has it
 * @param {string} stored.userId the user's UUID, from a source the user cannot edit
 * @param {string} [stored.name] the private-data key that holds the value
 * @param {unknown} stored.value the value, as Sharetribe returns it: plain objects and arrays, made
 *   in this realm, of texts, whole numbers, booleans and null
 * @param {unknown} stored.checksum what is stored under `<name>Checksum`
 * @returns {Promise<boolean>} false for whatever is not right, however odd
 * @throws {Error} (as a rejection) only when the keys cannot be used; the message holds no key
 */
export async function verifyChecksum({
  keys,
  clientId,
  userId,
  name = 'idVerification',
  value,
  checksum,
}) {
  const ring = parseKeys(keys);
  if (typeof checksum !== 'string') return false;
  const [id = '', digest = '', ...rest] = checksum.split('.');
  const secret = ring.get(id);
  if (secret === undefined || !BASE64URL_32_BYTES.test(digest) || rest.length > 0) return false;
  const message = messageOf(name, clientId, userId, value);
  if (message === null) return false;

  const { subtle } = await webCrypto();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await subtle.importKey('raw', secret, algorithm, false, ['verify']);
  // verify() compares in constant time
  return subtle.verify('HMAC', key, base64urlBytes(digest), message);
}

/**
 * @param {unknown} text
 * @returns {Map<string, Uint8Array>} the keys by the decimal text of their id
 */
function parseKeys(text) {
  if (typeof text !== 'string') throw new Error('keys: not a text');
  const ring = new Map();
  text.split(',').forEach((entry, index) => {
    const position = index + 1;
    const [id = '', key = '', ...rest] = entry.trim().split(':');
    if (!KEY_ID.test(id) || Number(id) > LAST_KEY_ID) {
      throw new Error(`keys: entry ${position} does not begin with a key id from 0 to 255`);
    }
    if (ring.has(id)) throw new Error(`keys: entry ${position}: key id ${id} is used twice`);
    if (rest.length > 0 || !BASE64URL_32_BYTES.test(key)) {
      throw new Error(`keys: entry ${position}: key ${id} is not 32 bytes in unpadded base64url`);
    }
    ring.set(id, base64urlBytes(key));
  });
  return ring;
}

/**
 * @param {unknown} name
 * @param {unknown} clientId
 * @param {unknown} userId
 * @param {unknown} value
 * @returns {Uint8Array | null} what the checksum is over; null for what cannot have a checksum
 */
function messageOf(name, clientId, userId, value) {
  if (![name, clientId].every(isPlainText) || typeof userId !== 'string') return null;
  if (!USER_ID.test(userId)) return null;
  try {
    if (Array.isArray(value) || !isObject(value)) return null;
    const json = canonicalJson(value, MAX_LEVELS);
    refuseProxies(value);
    return new TextEncoder().encode([name, clientId, userId.toLowerCase(), json].join('\0'));
  } catch {
    // not only canonicalJson() throws: a proxy inside the value may do so as well
    return null;
  }
}

/**
 * @param {unknown} value
 * @param {number} levels how deep it may still be
 * @returns {string}
 * @throws {TypeError} for a value that cannot have a checksum: a float, not plain, too deep
 */
function canonicalJson(value, levels) {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && !LONE_SURROGATE.test(value)) return JSON.stringify(value);
  if (levels > 0 && Array.isArray(value)) {
    const items = itemsOf(value).map(item => canonicalJson(item, levels - 1));
    return `[${items.join(',')}]`;
  }
  if (levels > 0 && isObject(value)) {
    // sort() compares UTF-16 code units, which is the order that RFC 8785 section 3.2.3 asks for
    const members = [...fieldsOf(value)]
      .sort(([key], [other]) => (key < other ? -1 : 1))
      .map(([key, member]) => `${canonicalJson(key, 0)}:${canonicalJson(member, levels - 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError('not JSON without floats');
}

/**
 * @param {unknown[]} array
 * @returns {unknown[]}
 * @throws {TypeError} for an array that has holes, or fields besides its items
 */
function itemsOf(array) {
  const fields = [...fieldsOf(array, [Array.prototype])];
  if (fields.length !== array.length || fields.some(([key], index) => key !== String(index))) {
    throw new TypeError('not a plain array');
  }
  return fields.map(([, item]) => item);
}

/**
 * Read every own field once, and none through a getter.
 *
 * @param {object} object
 * @param {(object | null)[]} [prototypes] those that count as plain
 * @returns {Map<string, unknown>} an array's items or an object's members
 * @throws {TypeError} for what inherits from anything else, and for a field that copying would lose
 *   or change: a getter, a symbol, one that is not enumerable, `__proto__`
 */
export function fieldsOf(object, prototypes = PLAIN) {
  if (!prototypes.includes(Reflect.getPrototypeOf(object))) throw new TypeError('not plain');
  const fields = new Map();
  for (const key of Reflect.ownKeys(object)) {
    if (key === 'length' && Array.isArray(object)) continue;
    const field = Reflect.getOwnPropertyDescriptor(object, key);
    const isData = field?.enumerable && Object.hasOwn(field, 'value');
    if (!isData || typeof key !== 'string' || key === '__proto__') throw new TypeError('not plain');
    fields.set(key, field.value);
  }
  return fields;
}

/**
 * @param {unknown} value
 * @throws {Error} for a proxy anywhere in the value: it may answer the next reader differently
 */
function refuseProxies(value) {
  // there is no other way to tell one; without the function, which is as old as Node 17, they pass
  globalThis.structuredClone?.(value);
}

/** @param {unknown} value @returns {value is object} */
function isObject(value) {
  return Object.prototype.toString.call(value) === '[object Object]';
}

/** @param {unknown} text @returns {text is string} */
function isPlainText(text) {
  return typeof text === 'string' && !text.includes('\0') && !LONE_SURROGATE.test(text);
}

/** @param {string} text */
function base64urlBytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, character => character.charCodeAt(0));
}

/** @returns {Promise<import('node:crypto').webcrypto.Crypto>} */
export async function webCrypto() {
  // Node 18 has Web Crypto, but not as a global; bundlers must leave the import alone
  return globalThis.crypto ?? (await import(/* webpackIgnore: true */ 'node:crypto')).webcrypto;
}
