/**
 * Verifies the checksum beside a value that Echoseal wrote to a user's private data.
 *
 * A checksum is `<key id>.<unpadded base64url HMAC-SHA256>` over
 * `name 0x00 client id 0x00 user id 0x00 canonical JSON of the value` (RFC 8785). The keys that
 * verify can also forge: keep them, and with them this check, on a server.
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

/**
 * Tell whether a checksum is right for a value, the user who has it and the name it is under.
 *
 * @param {object} stored
 * @param {string} stored.keys the proxy's CHECKSUM_KEYS: `<id>:<key>,<id>:<key>,…`
 * @param {string} stored.clientId the marketplace's client id, as the proxy has it
 * @param {string} stored.userId the user's UUID, from a source the user cannot edit
 * @param {string} [stored.name] the private-data key that holds the value
 * @param {object} stored.value the value, as Sharetribe returns it
 * @param {string} stored.checksum what is stored under `<name>Checksum`
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
  const [id, digest = '', ...rest] = checksum.split('.');
  if (!ring.has(id) || !BASE64URL_32_BYTES.test(digest) || rest.length > 0) return false;
  const message = messageOf(name, clientId, userId, value);
  if (message === null) return false;

  const { subtle } = await webCrypto();
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await subtle.importKey('raw', ring.get(id), algorithm, false, ['verify']);
  // verify() compares in constant time
  return subtle.verify('HMAC', key, base64urlBytes(digest), message);
}

/** @returns {Map<string, Uint8Array>} the keys by the decimal text of their id */
function parseKeys(text) {
  if (typeof text !== 'string') throw new Error('keys: not a text');
  const ring = new Map();
  text.split(',').forEach((entry, index) => {
    const position = index + 1;
    const [id, key = '', ...rest] = entry.trim().split(':');
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

/** @returns {Uint8Array | null} what the checksum is over; null for what cannot have a checksum */
function messageOf(name, clientId, userId, value) {
  if (![name, clientId].every(isPlainText) || typeof userId !== 'string') return null;
  if (!USER_ID.test(userId)) return null;
  try {
    if (!isRecord(value)) return null;
    const json = canonicalJson(value, MAX_LEVELS);
    return new TextEncoder().encode([name, clientId, userId.toLowerCase(), json].join('\0'));
  } catch {
    // not only canonicalJson() throws: a getter or a proxy inside the value may do so as well
    return null;
  }
}

/** @throws {TypeError} for a value that cannot have a checksum: a float, not JSON, too deep */
function canonicalJson(value, levels) {
  if (value === null || typeof value === 'boolean') return String(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (typeof value === 'string' && !LONE_SURROGATE.test(value)) return JSON.stringify(value);
  if (levels > 0 && Array.isArray(value)) {
    return `[${Array.from(value, item => canonicalJson(item, levels - 1)).join(',')}]`;
  }
  if (levels > 0 && isRecord(value)) {
    // sort() compares UTF-16 code units, which is the order that RFC 8785 section 3.2.3 asks for
    const members = Object.keys(value)
      .sort()
      .map(key => `${canonicalJson(key, 0)}:${canonicalJson(value[key], levels - 1)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError('not JSON without floats');
}

function isPlainText(text) {
  return typeof text === 'string' && !text.includes('\0') && !LONE_SURROGATE.test(text);
}

function isRecord(value) {
  return Object.prototype.toString.call(value) === '[object Object]';
}

function base64urlBytes(text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, character => character.charCodeAt(0));
}

async function webCrypto() {
  // Node 18 has Web Crypto, but not as a global; bundlers must leave the import alone
  return globalThis.crypto ?? (await import(/* webpackIgnore: true */ 'node:crypto')).webcrypto;
}
