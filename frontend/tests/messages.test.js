/** @file What a vendor's page may say from its frame: anything that can be cloned, and nothing throws. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mayBeOver } from '../react/messages.js';

const cycle = { status: 'success', self: {} };
cycle.self = cycle;
const HOSTILE = {
  'a cycle': cycle,
  'a number that JSON has not': { status: 'success', amount: 1n },
  'a long list': Object.assign(Array(2 ** 31), { 0: 'success' }),
  'many bytes': { status: 'success', bytes: new Uint8Array(50_000_000) },
  'a long text': `success${' '.repeat(5_000)}`,
  'a long text within': { status: 'success', text: ' '.repeat(5_000) },
};
const HARMLESS = [undefined, null, 0, NaN, '', 'ready', {}, [], new Map([['status', 'success']])];
const OVER = ['success', { type: 'signing', data: [{ event: 'Completed' }] }, ['cancel'], { closed: true }];

for (const [how, said] of Object.entries(HOSTILE)) {
  test(`${how} is no reason to look`, () => assert.equal(mayBeOver(structuredClone(said)), false));
}

test('what may be an end is a reason to look, and nothing else', () => {
  assert.deepEqual(
    [...HARMLESS, new Date(NaN), new ArrayBuffer(8)].map((said) => mayBeOver(structuredClone(said))),
    Array(11).fill(false),
  );
  assert.deepEqual(
    OVER.map((said) => mayBeOver(structuredClone(said))),
    Array(4).fill(true),
  );
});
