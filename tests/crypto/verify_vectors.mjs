/**
 * Runs the JavaScript verifier over a file in the form of vectors/checksums.json.
 *
 *     node verify_vectors.mjs <file> [--without-global-crypto]
 *
 * Prints JSON: for each section of the file a list of what the verifier answered, in the file's
 * order, each true, false or the message that it threw. In `texts` a value is given as JSON text;
 * `built` holds the answers to the same values when they are built by assignment, as the
 * marketplace's SDK builds them (sharetribe-flex-sdk 1.24.2, src/serializer.js). `odd` holds the
 * answers to valid vectors in which one thing was made wrong, mostly by a value that JSON does not
 * have; `plain` those to values that look odd and are right; `odd_keys` those to odd keys.
 */

import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';

import { verifyChecksum } from '../../verifier/echoseal-checksum.mjs';
import { built } from './built.mjs';

const [file, option] = process.argv.slice(2);
if (option === '--without-global-crypto') {
  Object.defineProperty(globalThis, 'crypto', { value: undefined });
}
const vectors = JSON.parse(readFileSync(file, 'utf8'));

const report = {};
for (const section of ['valid', 'invalid', 'unusable_keys', 'generated']) {
  report[section] = await Promise.all((vectors[section] ?? []).map(answer));
}
const texts = vectors.texts ?? [];
const parsed = texts.map(sample => ({ ...sample, value: JSON.parse(sample.text) }));
report.texts = await Promise.all(parsed.map(answer));
report.built = await Promise.all(parsed.map(sample => answer({ ...sample, value: built(sample.value) })));
report.plain = await Promise.all(plain(vectors.valid).map(answer));
report.odd = await Promise.all(oddities(vectors.valid).map(answer));
report.odd_keys = await Promise.all([undefined, null, 7, ['a']].map(keys => answer({ keys })));
console.log(JSON.stringify(report));

async function answer(vector) {
  const sample = { ...vectors, ...vector };
  try {
    return await verifyChecksum({
      keys: sample.keys,
      clientId: sample.client_id,
      userId: sample.user_id,
      name: sample.name,
      value: sample.value,
      checksum: sample.checksum,
    });
  } catch (error) {
    return error.message;
  }
}

function plain(valid) {
  const { value, ...sample } = valid.find(vector => vector.case === 'approved result');
  const integers = valid.find(vector => vector.case === 'integers up to the limit');
  const withoutPrototype = Object.assign(Object.create(null), value);
  const backwards = Object.fromEntries(Object.entries(value).reverse());
  const values = [structuredClone(value), Object.freeze({ ...value }), withoutPrototype, backwards];
  const negativeZero = { integers: [-0, ...integers.value.integers.slice(1)] };
  return [...values.map(same => ({ ...sample, value: same })), { ...integers, value: negativeZero }];
}

/** Each holds the genuine fields, in a way in which reading them again might find something else. */
function lookalikes(genuine) {
  const approved = { ageOver18: true };
  class Model {}
  const more = Object.defineProperty({ ...genuine }, 'ageOver18', { value: true });
  const hidden = Object.defineProperty({ ...genuine }, 'status', { enumerable: false });
  const computed = { ...genuine };
  Object.defineProperty(computed, 'status', { get: () => genuine.status, enumerable: true });
  const within = document => ({ ...genuine, document });
  const { document } = genuine;
  return [
    Object.assign(Object.create(approved), genuine),
    Object.assign(Object.create(Object.create(null)), genuine),
    Object.assign(Object.create({ __proto__: null, isPrototypeOf: 1, ageOver18: true }), genuine),
    Object.assign(new Model(), genuine),
    Object.assign(() => true, genuine),
    Object.assign(new Map(), genuine),
    Object.assign([], genuine),
    JSON.parse(JSON.stringify(genuine).replace('{', '{"__proto__":{"ageOver18":true},')),
    runInNewContext(`(${JSON.stringify(genuine)})`),
    more,
    hidden,
    computed,
    { ...genuine, [Symbol('s')]: 1 },
    { ...genuine, [Symbol.toStringTag]: 'Object' },
    { ...genuine, toJSON: () => genuine },
    new Proxy(genuine, {}),
    within(Object.assign(Object.create({ dateOfBirth: '1970-01-01' }), document)),
    within(new Proxy(document, {})),
    within(Object.assign(new Model(), document)),
  ];
}

function listsLike(genuine) {
  class List extends Array {}
  const items = [...genuine.integers];
  return [
    List.from(items),
    Object.assign([...items], { first: 1 }),
    Object.assign([...items], { [Symbol('s')]: 1 }),
    Object.setPrototypeOf([...items], Object.prototype),
    Object.setPrototypeOf([...items], null),
    Object.assign(new Array(items.length + 1), items),
    Object.defineProperty([...items], 0, { get: () => items[0] }),
    { ...items, length: items.length },
    Float64Array.from(items),
    new Set(items),
    new Proxy(items, {}),
    runInNewContext(JSON.stringify(items)),
  ].map(integers => ({ integers }));
}

function oddities(valid) {
  const sample = valid[0];
  const approved = valid.find(vector => vector.case === 'approved result');
  const integers = valid.find(vector => vector.case === 'integers up to the limit');
  const withEmptyArray = valid.find(vector => vector.case === 'empty array');
  const cyclic = {};
  cyclic.self = cyclic;
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const throwing = {
    get status() {
      throw new Error('read');
    },
  };
  const values = [
    undefined,
    () => true,
    new Map(),
    new Date(0),
    Symbol('s'),
    1n,
    cyclic,
    revoked.proxy,
    throwing,
    { n: undefined },
    { n: NaN },
    { n: Infinity },
    { n: 1n },
    { n: Symbol('s') },
    { n: new String('s') },
    Object.assign(Object.create(null), sample.value, { n: 1 }),
  ];
  const users = [undefined, null, 7, '', ` ${sample.user_id}`, `${sample.user_id}\n`, {}];
  const texts = [null, 7, '', '\0', '\ud800', {}];
  return [
    ...values.map(value => ({ value })),
    ...lookalikes(approved.value).map(value => ({ ...approved, value })),
    ...listsLike(integers.value).map(value => ({ ...integers, value })),
    { ...withEmptyArray, value: { list: new Array(1) } },
    ...users.map(user => ({ user_id: user })),
    ...[undefined, ...texts].map(text => ({ client_id: text })),
    ...texts.map(text => ({ name: text })),
    ...[undefined, ...texts].map(text => ({ checksum: text })),
  ].map(odd => ({ ...sample, ...odd }));
}
