/**
 * Runs the JavaScript verifier over a file in the form of vectors/checksums.json.
 *
 *     node verify_vectors.mjs <file> [--without-global-crypto]
 *
 * Prints JSON: for each section of the file a list of what the verifier answered, in the file's
 * order, each true, false or the message that it threw. `odd` holds its answers to valid vectors in
 * which one thing was made wrong, mostly by a value that JSON does not have; `odd_keys` those to odd
 * keys.
 */

import { readFileSync } from 'node:fs';

import { verifyChecksum } from '../../verifier/echoseal-checksum.mjs';

const [file, option] = process.argv.slice(2);
if (option === '--without-global-crypto') {
  Object.defineProperty(globalThis, 'crypto', { value: undefined });
}
const vectors = JSON.parse(readFileSync(file, 'utf8'));

const report = {};
for (const section of ['valid', 'invalid', 'unusable_keys', 'generated']) {
  report[section] = await Promise.all((vectors[section] ?? []).map(answer));
}
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

function oddities(valid) {
  const sample = valid[0];
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
    { ...withEmptyArray, value: { list: new Array(1) } },
    ...users.map(user => ({ user_id: user })),
    ...[undefined, ...texts].map(text => ({ client_id: text })),
    ...texts.map(text => ({ name: text })),
    ...[undefined, ...texts].map(text => ({ checksum: text })),
  ].map(odd => ({ ...sample, ...odd }));
}
