import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { EchosealError, createClient } from '../client/echoseal.js';
import { APPROVED, PENDING } from './service.js';

/**
 * Return a trip whose answers are these, the last one for ever, and the seconds at which it was
 * asked. An answer is a standing, `['code', Retry-After]`, or null: nothing answers.
 */
function trip(t, ...answers) {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'] });
  const at = [];
  const ask = async () => {
    at.push(Date.now() / 1000);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    if (answer === null) throw new TypeError('failed to fetch');
    if (!Array.isArray(answer)) return Response.json(answer);
    const [code, pause] = answer;
    const problem = { type: `urn:echoseal:problem:${code}`, code, title: code, detail: code };
    const headers = { 'Content-Type': 'application/problem+json' };
    if (pause) headers['Retry-After'] = `${pause}`;
    return new Response(JSON.stringify(problem), { status: pause ? 503 : 403, headers });
  };
  return { at, verification: createClient({ fetch: ask }).verification };
}

/** Let time pass, second by second, and everything happen that it brings. */
async function pass(t, seconds) {
  await setImmediate();
  for (let second = 0; second < seconds; second++) {
    t.mock.timers.tick(1000);
    await setImmediate();
  }
}

/** A page that one can hide. */
function page(t) {
  const document = new EventTarget();
  document.hidden = false;
  document.show = (isShown) => {
    document.hidden = !isShown;
    document.dispatchEvent(new Event('visibilitychange'));
  };
  globalThis.document = document;
  t.after(() => delete globalThis.document);
  return document;
}

test('what has ended is told at once', async (t) => {
  const { verification, at } = trip(t, APPROVED);

  assert.deepEqual(await verification.settled(), APPROVED);
  assert.deepEqual(at, [0]);
});

test('the pauses grow, and after ten minutes it is told that it is pending', async (t) => {
  const { verification, at } = trip(t, PENDING);

  const settled = verification.settled();
  await pass(t, 700);

  assert.deepEqual(await settled, PENDING);
  assert.deepEqual(at, [0, 1, 3, 7, 15, 30, 60, 100, 160, 260, 420, 580]);
});

test('each answer is told, and the last one returned', async (t) => {
  const { verification } = trip(t, PENDING, { ...PENDING, reason: { code: 'bank' } }, APPROVED);
  const told = [];

  const settled = verification.settled({ onStatus: (standing) => told.push(standing) });
  await pass(t, 3);

  assert.deepEqual(await settled, APPROVED);
  assert.deepEqual(told, [PENDING, { ...PENDING, reason: { code: 'bank' } }, APPROVED]);
});

test('what the outcome opens is waited for, too', async (t) => {
  const { verification, at } = trip(t, { ...APPROVED, access: 'pending' }, APPROVED);

  const settled = verification.settled();
  await pass(t, 1);

  assert.deepEqual(await settled, APPROVED);
  assert.deepEqual(at, [0, 1]);
});

test('who is unavailable is asked again, not before the time that they name', async (t) => {
  const { verification, at } = trip(t, ['marketplace-unavailable', 20], null, APPROVED);

  const settled = verification.settled();
  await pass(t, 22);

  assert.deepEqual(await settled, APPROVED);
  assert.deepEqual(at, [0, 20, 22]);
});

test('a refusal that no wait changes is told at once', async (t) => {
  const { verification, at } = trip(t, ['session-impersonated']);

  await assert.rejects(verification.settled(), { code: 'session-impersonated' });
  assert.deepEqual(at, [0]);
});

test('who asks to come back after the ten minutes is not waited for', async (t) => {
  const { verification, at } = trip(t, PENDING, ['too-many-attempts', 3600]);

  const settled = verification.settled();
  settled.catch(() => {});
  await pass(t, 1);

  await assert.rejects(settled, { code: 'too-many-attempts', retryAfter: 3600 });
  assert.deepEqual(at, [0, 1]);
});

test('who is offline all the time is told so in the end', async (t) => {
  const { verification } = trip(t, null);

  const settled = verification.settled();
  settled.catch(() => {});
  await pass(t, 600);

  await assert.rejects(settled, (error) => error instanceof EchosealError && error.code === 'network');
});

test('an abort ends the pause, with its reason', async (t) => {
  const reason = new Error('unmounted');
  const aborting = new AbortController();
  const { verification, at } = trip(t, PENDING);

  const settled = verification.settled({ signal: aborting.signal });
  settled.catch(() => {});
  await pass(t, 4);
  aborting.abort(reason);

  await assert.rejects(settled, reason);
  await pass(t, 600);
  assert.deepEqual(at, [0, 1, 3]);
});

test('a hidden page asks nothing, and asks at once when it is seen again', async (t) => {
  const document = page(t);
  const { verification, at } = trip(t, PENDING, PENDING, PENDING, APPROVED);

  const settled = verification.settled();
  await pass(t, 1);
  document.show(false);
  await pass(t, 1000);
  document.show(true);
  await pass(t, 4);

  assert.deepEqual(await settled, APPROVED);
  assert.deepEqual(at, [0, 1, 1001, 1005]);
});

test('an abort ends the wait for a hidden page', async (t) => {
  const document = page(t);
  const aborting = new AbortController();
  const { verification, at } = trip(t, PENDING);

  const settled = verification.settled({ signal: aborting.signal });
  settled.catch(() => {});
  document.show(false);
  await pass(t, 10);
  aborting.abort();

  await assert.rejects(settled, { name: 'AbortError' });
  document.show(true);
  await pass(t, 10);
  assert.deepEqual(at, [0]);
});
