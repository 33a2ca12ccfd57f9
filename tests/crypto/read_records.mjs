/**
 * Runs readRecord() over private data, and isSigned() and isEntitled() over what it finds.
 *
 *     node read_records.mjs <file> [--without-global-crypto]
 *
 * The file is JSON: `keys`, `client_id`, `user_id`; `texts`, a list of private data as JSON text, from
 * which the record of `name` is read, in `versions`, and judged at `now` with `grace`; and `approved`,
 * private data with one approved verification and nothing else. Prints JSON: what was read, in the
 * order of `texts`, once from what JSON.parse() makes of them (`parsed`), once from what code that
 * builds objects by assignment makes of them, as the marketplace's SDK does (`built`); whether what
 * was read opens anything (`opens`); and, by the name of each case, what was read from `approved`
 * after it was made unbelievable (`spoiled`), or odd beside what is to be believed (`cluttered`), with
 * keys that cannot be used (`unusable`), and by names that no record has (`unnamed`). An error is its
 * message.
 */

import { readFileSync } from 'node:fs';

import {
  isEntitled,
  isSigned,
  readRecord,
  readVerification,
} from '../../verifier/echoseal-records.mjs';
import { built } from './built.mjs';

const [file, option] = process.argv.slice(2);
if (option === '--without-global-crypto') {
  Object.defineProperty(globalThis, 'crypto', { value: undefined });
}
const {
  keys,
  client_id: clientId,
  user_id: userId,
  name,
  versions,
  now,
  grace,
  texts,
  approved,
} = JSON.parse(readFileSync(file, 'utf8'));
const [recordKey] = Object.keys(approved);
const record = approved[recordKey];

const parsed = texts.map(text => JSON.parse(text));
const named = { name, versions };
const found = await Promise.all(parsed.map(privateData => read({ ...named, privateData })));
console.log(
  JSON.stringify({
    parsed: found,
    built: await Promise.all(
      parsed.map(built).map(privateData => read({ ...named, privateData })),
    ),
    opens: found.map(opens),
    spoiled: await readEach(spoiled()),
    cluttered: await readEach(cluttered()),
    unusable: {
      'nothing stored': await read({ keys: '1:short', privateData: undefined }),
      'something stored': await read({ keys: '1:short', privateData: approved }),
      'too much stored': await read({ keys: '1:short', privateData: withOthers(5_000) }),
    },
    unnamed: await readEach(unnamed()),
  }),
);

async function readEach(cases) {
  const answers = Object.entries(cases).map(async ([name, odd]) => [name, await read(odd)]);
  return Object.fromEntries(await Promise.all(answers));
}

async function read(stored) {
  try {
    const readOne = 'name' in stored ? readRecord : readVerification;
    return await readOne({ keys, clientId, userId, ...stored });
  } catch (error) {
    return `${error.message}`;
  }
}

function opens(record) {
  if (name.startsWith('signing_')) return isSigned(record);
  return name.startsWith('billing_') ? isEntitled(record, now, grace) : record?.status === 'approved';
}

function unnamed() {
  const names = [null, 7, '', 'idverification', 'signing_', 'billing_Club', 'billing_club-', recordKey];
  return mapped(
    Object.fromEntries(names.map(name => [`${name}`, name])),
    name => ({ name, privateData: approved }),
  );
}

function spoiled() {
  class Model {}
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const refuses = () => {
    throw new Error('asked');
  };
  const privateData = {
    'nothing': undefined,
    'null': null,
    'a number': 7,
    'a text': 'idVerification',
    'a list': [record],
    'a function': () => approved,
    'a map': new Map(Object.entries(approved)),
    'inherited': Object.create(approved),
    'computed': Object.defineProperty({}, recordKey, { get: () => record, enumerable: true }),
    'computed with an error': Object.defineProperty({}, recordKey, { get: refuses }),
    'a revoked proxy': revoked.proxy,
    'a proxy that lists nothing': new Proxy(approved, { ownKeys: refuses }),
    'a proxy that shows nothing': new Proxy(approved, { getOwnPropertyDescriptor: refuses }),
    'thousands of keys': withOthers(5_000),
    'one key too many': withOthers(200),
    'under a symbol': { [Symbol(recordKey)]: record },
    'as the summary': { idVerification: record, idVerificationChecksum: record.checksum },
  };
  const records = {
    'a model': Object.assign(new Model(), record),
    'an heir': Object.create(record),
    'an heir with fields': Object.assign(Object.create({ ageOver18: true }), record),
    'a list with fields': Object.assign([], record),
    'a function with fields': Object.assign(() => true, record),
    'a computed field': Object.defineProperty({ ...record }, 'status', { get: () => 'approved' }),
    'a hidden field': Object.defineProperty({ ...record }, 'status', { enumerable: false }),
    'a symbol': { ...record, [Symbol('s')]: 1 },
    'a conversion': { ...record, toJSON: () => record },
    'a proxy within': { ...record, document: new Proxy(record.document, {}) },
    'itself within': Object.assign({ ...record }, { document: approved }),
    'too deep': { ...record, document: deep(100_000) },
    'a checksum that is converted': { ...record, checksum: { toString: () => record.checksum } },
  };
  return {
    ...mapped(privateData, odd => ({ privateData: odd })),
    ...mapped(records, odd => ({ privateData: { [recordKey]: odd } })),
    'no user': { privateData: approved, userId: undefined },
    'another user': { privateData: approved, userId: userId.replace(/.$/, '0') },
    'no client': { privateData: approved, clientId: undefined },
  };
}

function cluttered() {
  const odd = [undefined, null, 7, [], {}, () => true, Symbol('s'), 1n, new Map(), deep(100_000)];
  const cyclic = {};
  cyclic.checksum = cyclic;
  const computed = { ...approved };
  for (const key of ['idVerification', 'idVerificationChecksum', 'idVerification-AAAAAAAA']) {
    const get = () => {
      throw new Error('read');
    };
    Object.defineProperty(computed, key, { get, enumerable: true });
  }
  const cases = {
    'nothing else': approved,
    'frozen': Object.freeze({ ...approved }),
    'without a prototype': Object.assign(Object.create(null), approved),
    'an odd summary': { ...approved, idVerification: 'approved', idVerificationChecksum: 7 },
    'keys of odd values': odd.reduce((data, value, at) => ({ ...data, [`idVerification-0000000${at}`]: value }), approved),
    'a symbol': { ...approved, [Symbol('s')]: record },
    'a cycle': { ...approved, 'idVerification-': cyclic },
    'computed keys': computed,
    'inherited keys': Object.assign(Object.create({ 'idVerification-AAAAAAAA': record }), approved),
    'as many keys as may be': withOthers(199),
    'thousands of keys that are of no session': {
      ...approved,
      ...Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`idVerification-${at}`, record])),
    },
    'thousands of other keys': { ...approved, ...Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`note${at}`, at])) },
  };
  return mapped(cases, privateData => ({ privateData }));
}

function withOthers(count) {
  const others = Array.from({ length: count }, (_, at) => [`idVerification-${String(at).padStart(8, '0')}`, record]);
  return { ...approved, ...Object.fromEntries(others) };
}

function deep(levels) {
  let value = {};
  for (let level = 0; level < levels; level += 1) value = { value };
  return value;
}

function mapped(cases, change) {
  return Object.fromEntries(Object.entries(cases).map(([name, odd]) => [name, change(odd)]));
}
