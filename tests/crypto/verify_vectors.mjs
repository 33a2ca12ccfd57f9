/**
 * Runs the JavaScript verifier over a file in the form of vectors/checksums.json.
 *
 *     node verify_vectors.mjs <file> [--without-global-crypto]
 *
 * Prints JSON: for each section of the file a list of what the verifier answered, in the file's order,
 * each true, false or the message that it threw. The list `odd` holds its answers to variations of the
 * first valid vector that are all wrong, most of them with values that JSON does not have.
 */

import { readFileSync } from 'node:fs';

import { verifyChecksum } from '../../verifier/echoseal-checksum.mjs';

const [file, option] = process.argv.slice(2);
if (option === '--without-global-crypto') {
  Object.defineProperty(globalThis, 'crypto', { value: undefined });
}
const vectors = JSON.parse(readFileSync(file, 'utf8'));

const report = {};
for (const section of ['valid', 'invalid', 'unusable_keys']) {
  report[section] = await Promise.all((vectors[section] ?? []).map(answer));
}
report.odd = await Promise.all(oddities(vectors.valid[0]).map(answer));
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

function oddities(sample) {
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
    { list: new Array(1) },
    Object.assign(Object.create(null), sample.value, { n: 1 }),
  ];
  const users = [undefined, null, 7, '', ` ${sample.user_id}`, `${sample.user_id}\n`, {}];
  const texts = [null, 7, '', '\0', '\ud800', {}];
  return [
    ...values.map(value => ({ value })),
    ...users.map(user => ({ user_id: user })),
    ...[undefined, ...texts].map(text => ({ client_id: text })),
    ...texts.map(text => ({ name: text })),
    ...[undefined, ...texts].map(text => ({ checksum: text })),
  ].map(odd => ({ ...sample, ...odd }));
}
