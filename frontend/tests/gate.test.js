import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const { echosealGate } = createRequire(import.meta.url)('../server/echoseal-gate.cjs');

test('an address that names more than a host ends the start', () => {
  for (const address of ['a.example', 'https://:b@a.example', 'https://a.example/?b', 'ftp://a.example'])
    assert.throws(
      () => echosealGate(null, { env: { ECHOSEAL_URL: address } }),
      { message: 'ECHOSEAL_URL: not like https://echoseal.example, without a path' },
      address,
    );
});

test('a prefix that would make another host of ours ends the start', () => {
  for (const prefix of ['api', '.elsewhere.example', '@elsewhere.example/', '/', '/api/', '//x'])
    assert.throws(
      () => echosealGate(null, { env: { ECHOSEAL_URL: 'https://a.example', ECHOSEAL_API_PREFIX: prefix } }),
      { message: 'ECHOSEAL_API_PREFIX: not a path like /api' },
      prefix,
    );
});
