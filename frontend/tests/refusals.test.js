import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { EchosealError, createClient } from '../client/echoseal.js';
import { NONE, PENDING, refuse, serve, tell } from './service.js';

const CONTRACT = new URL('../../openapi.json', import.meta.url);
const CODES = JSON.parse(readFileSync(CONTRACT)).components.schemas.ProblemCode.enum;
const HTML = { 'Content-Type': 'text/html; charset=utf-8' };

async function refusal(asked) {
  const error = await asked.then(
    (answer) => assert.fail(`answered ${JSON.stringify(answer)}`),
    (thrown) => thrown,
  );
  assert.ok(error instanceof EchosealError, error.stack);
  return error;
}

/** Ask a server that answers like this how a check stands; return the refusal. */
async function asked(t, answer) {
  const { base } = await serve(t, answer);
  return refusal(createClient({ base }).verification.status());
}

test('each documented code arrives, with all that is told', async (t) => {
  const left = [...CODES];
  const { base } = await serve(t, (_, response) =>
    refuse(response, 409, left.shift(), { 'Retry-After': '30' }),
  );
  const { verification } = createClient({ base });

  for (const code of CODES) {
    const { message, ...told } = await refusal(verification.status());
    assert.equal(message, `Detail of ${code}.`);
    assert.deepEqual(told, {
      name: 'EchosealError',
      code,
      title: `Title of ${code}`,
      detail: `Detail of ${code}.`,
      status: 409,
      requestId: 'b9c1f7a2',
      retryAfter: 30,
    });
  }
});

test('a pause is read in seconds or as a date, and rubbish is none', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 10, 30) });
  const inAMinute = new Date(Date.now() + 60_000).toUTCString();
  const left = [undefined, '0', '120', inAMinute, new Date(0).toUTCString(), 'soon', ''];
  const { base } = await serve(t, (_, response) => {
    const pause = left.shift();
    refuse(response, 503, 'overloaded', pause === undefined ? {} : { 'Retry-After': pause });
  });
  const { verification } = createClient({ base });

  const pauses = [];
  while (left.length > 0) pauses.push((await refusal(verification.status())).retryAfter);

  assert.deepEqual(pauses, [null, 0, 120, 60, 0, null, null]);
});

for (const [what, status, headers, body] of [
  ['a page of the marketplace', 200, HTML, '<!doctype html>'],
  ["a router's own page", 503, { ...HTML, 'Retry-After': '7', 'X-Request-Id': 'r-1' }, '<h1>H12</h1>'],
  ['nothing', 204, {}, ''],
  ['an empty body', 200, { 'Content-Type': 'application/json' }, ''],
  ['half a body', 200, { 'Content-Type': 'application/json' }, '{"status":"none","ver'],
  ['JSON that calls itself text', 200, { 'Content-Type': 'text/plain' }, JSON.stringify(NONE)],
  ['JSON without a type', 200, {}, JSON.stringify(NONE)],
  ['null', 200, { 'Content-Type': 'application/json' }, 'null'],
  ['a list', 200, { 'Content-Type': 'application/json' }, '[]'],
  ["somebody else's status", 200, { 'Content-Type': 'application/json' }, '{"status":"ok"}'],
  ["somebody else's refusal", 403, { 'Content-Type': 'application/json' }, '{"code":"forbidden"}'],
  ['a refusal that is null', 500, { 'Content-Type': 'application/json' }, 'null'],
]) {
  test(`${what} is not taken for an answer`, async (t) => {
    const error = await asked(t, (_, response) => response.writeHead(status, headers).end(body));

    assert.deepEqual(
      [error.code, error.status, error.requestId, error.retryAfter],
      ['unreadable', status, headers['X-Request-Id'] ?? null, headers['Retry-After'] ? 7 : null],
    );
  });
}

test('a refusal with a status of success is not taken for an answer', async (t) => {
  const error = await asked(t, (_, response) => refuse(response, 200, 'session-missing'));

  assert.equal(error.code, 'unreadable');
});

test('nobody is followed to a log-in page', async (t) => {
  const { base, requests } = await serve(t, (_, response) =>
    response.writeHead(302, { Location: '/login' }).end(),
  );

  const error = await refusal(createClient({ base }).verification.start());

  assert.equal(error.code, 'unreadable');
  assert.deepEqual(
    requests.map(({ method, url }) => `${method} ${url}`),
    ['POST /api/id-verification'],
  );
});

test('an address that is none of the web is no answer of a start', async (t) => {
  const { base } = await serve(t, (_, response) =>
    tell(response, 201, { ...PENDING, redirectUrl: 'javascript:alert(1)', authorizeUrl: 'data:,' }),
  );
  const client = createClient({ base });

  for (const begun of [
    client.verification.start(),
    client.billing('membership').portal(),
    client.connection('acme').connect(),
  ])
    assert.equal((await refusal(begun)).code, 'unreadable');
});

test('a list without its name is no answer', async (t) => {
  const { base } = await serve(t, (_, response) => tell(response, 200, { signings: {} }));

  assert.equal((await refusal(createClient({ base }).signings())).code, 'unreadable');
});

test('without a server it is the network, and the cause is kept', async (t) => {
  const { base, close } = await serve(t, () => {});
  await close();

  const error = await refusal(createClient({ base }).verification.start());

  assert.deepEqual(
    [error.code, error.status, error.requestId, error.retryAfter, error.cause.name],
    ['network', 0, null, null, 'TypeError'],
  );
});

test('an answer that breaks off is the network', async (t) => {
  const error = await asked(t, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' });
    response.write('{"status":', () => response.destroy());
  });

  assert.equal(error.code, 'network');
});

test('who says nothing for 40 seconds is the network', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const error = await asked(t, () => t.mock.timers.tick(40_000));

  assert.equal(error.code, 'network');
});
