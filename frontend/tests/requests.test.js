import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { createClient, isGood } from '../client/echoseal.js';
import { APPROVED, NONE, PENDING, refuse, serve, tell } from './service.js';

const PROMPTLY = { timeout: 20_000 };
const LINK = { redirectUrl: 'https://vendor.example/page' };

test('each question goes to its own address, with names escaped', async (t) => {
  const { base, requests } = await serve(t, (request, response) => {
    if (request.url.endsWith('/portal')) tell(response, 200, LINK);
    else if (request.url.endsWith('/acme') && request.method === 'POST')
      tell(response, 200, { authorizeUrl: LINK.redirectUrl });
    else tell(response, 200, { ...NONE, signings: [], plans: [], connections: [] });
  });
  const client = createClient({ base: `${base}/` });

  await client.verification.start();
  await client.verification.status();
  await client.signing('house rules/2').status();
  await client.billing('membership').start();
  await client.billing('membership').status({ fresh: true });
  await client.billing('membership').portal();
  await client.connection('acme').connect({ country: 'FR' });
  await client.connection('acme').disconnect();
  await client.signings();
  await client.plans({ fresh: true });
  await client.connections();

  assert.deepEqual(
    requests.map(({ method, url }) => `${method} ${url}`),
    [
      'POST /api/id-verification',
      'GET /api/id-verification',
      'GET /api/signings/house%20rules%2F2',
      'POST /api/billing/membership',
      'GET /api/billing/membership?fresh=true',
      'POST /api/billing/membership/portal',
      'POST /api/connections/acme',
      'DELETE /api/connections/acme',
      'GET /api/signings',
      'GET /api/billing?fresh=true',
      'GET /api/connections',
    ],
  );
});

test('answers are handed on as they are', async (t) => {
  const signings = [{ document: 'house-rules', signed: true, status: 'signed', checksum: 'valid' }];
  const started = { status: 'pending', transactionReference: '7', ...LINK };
  const { base } = await serve(t, (request, response) => {
    if (request.method === 'POST') tell(response, 201, started);
    else tell(response, 200, request.url.endsWith('/signings') ? { signings } : APPROVED);
  });
  const client = createClient({ base });

  assert.deepEqual(await client.verification.start(), started);
  assert.deepEqual(await client.verification.status(), APPROVED);
  assert.deepEqual(await client.signings(), signings);
});

test('options travel as JSON, and on a server no page is made up to return to', async (t) => {
  const { base, requests } = await serve(t, (_, response) => tell(response, 201, PENDING));
  const client = createClient({ base });

  await client.verification.start();
  await client.verification.start({ locale: 'fi', successUrl: 'https://a.example/?b=c', restart: true });

  assert.deepEqual(
    requests.map(({ headers, text }) => [headers['content-type'], JSON.parse(text)]),
    [
      ['application/json', {}],
      ['application/json', { locale: 'fi', successUrl: 'https://a.example/?b=c', restart: true }],
    ],
  );
});

test('a question has no body, and says that it reads JSON', async (t) => {
  const { base, requests } = await serve(t, (_, response) => tell(response, 200, NONE));

  await createClient({ base }).verification.status();

  const [{ headers, text }] = requests;
  assert.deepEqual(
    [headers['content-type'], headers.accept, headers.authorization, text],
    [undefined, 'application/json', undefined, ''],
  );
});

test('the token is asked for at each request, and may come late or not at all', async (t) => {
  const { base, requests } = await serve(t, (_, response) => tell(response, 200, NONE));
  const tokens = ['first', Promise.resolve('second'), null];
  const client = createClient({ base, token: () => tokens.shift() });

  await client.verification.status();
  await client.verification.status();
  await client.verification.status();

  assert.deepEqual(
    requests.map(({ headers }) => headers.authorization),
    ['Bearer first', 'Bearer second', undefined],
  );
});

test("what the token's provider throws is not made a refusal of ours", async () => {
  const own = new Error('logged out');
  const client = createClient({ token: () => Promise.reject(own) });

  await assert.rejects(client.verification.status(), own);
});

test('cookies go to the own origin, and to another host where one is named', async () => {
  const sent = [];
  const ask = async (url, { credentials }) => {
    sent.push([url, credentials]);
    return Response.json(NONE);
  };

  for (const base of [undefined, '/proxied', 'https://api.example/api', '//api.example'])
    await createClient({ base, fetch: ask }).verification.status();

  assert.deepEqual(sent, [
    ['/api/id-verification', 'same-origin'],
    ['/proxied/id-verification', 'same-origin'],
    ['https://api.example/api/id-verification', 'include'],
    ['//api.example/id-verification', 'include'],
  ]);
});

test('a double click is one request, and both hear its answer', async (t) => {
  const { base, requests } = await serve(t, (_, response) => tell(response, 201, PENDING));
  const client = createClient({ base });

  const answers = await Promise.all([client.signing('terms').start(), client.signing('terms').start()]);

  assert.deepEqual(answers, [PENDING, PENDING]);
  assert.equal(requests.length, 1);
});

test('a start that was refused, or has other options, is one of its own', async (t) => {
  const { base, requests } = await serve(t, (_, response, count) =>
    count === 1 ? refuse(response, 503, 'vendor-unavailable') : tell(response, 201, PENDING),
  );
  const { verification } = createClient({ base });

  await assert.rejects(verification.start(), { code: 'vendor-unavailable' });
  await Promise.all([verification.start(), verification.start({ restart: true })]);

  assert.equal(requests.length, 3);
});

test('who logs in while a start of somebody else is under way gets an answer of their own', async (t) => {
  const starts = [];
  const ask = (_, { headers }) =>
    new Promise((answer) => starts.push({ by: headers.Authorization, answer }));
  const page = { cookie: 'session=first' };
  globalThis.document = page;
  t.after(() => delete globalThis.document);
  const tokens = ['first', 'second'];
  const cookies = createClient({ fetch: ask }).connection('acme');
  const token = createClient({ fetch: ask, token: () => tokens.shift() }).connection('acme');

  const first = cookies.connect();
  await nextTurn();
  page.cookie = 'session=second';
  const all = [first, cookies.connect(), token.connect(), token.connect()];
  await nextTurn();
  starts.forEach(({ answer }, index) => answer(Response.json({ authorizeUrl: `https://a.example/${index}` })));

  assert.deepEqual(
    (await Promise.all(all)).map(({ authorizeUrl }) => authorizeUrl),
    ['https://a.example/0', 'https://a.example/1', 'https://a.example/2', 'https://a.example/3'],
  );
  assert.deepEqual(
    starts.map(({ by }) => by),
    [undefined, undefined, 'Bearer first', 'Bearer second'],
  );
});

test('a page that may not read its cookies starts all the same', async (t) => {
  const page = {
    get cookie() {
      throw new DOMException('The document is sandboxed.', 'SecurityError');
    },
  };
  globalThis.document = page;
  t.after(() => delete globalThis.document);
  const answer = { authorizeUrl: LINK.redirectUrl };
  const { connect } = createClient({ fetch: async () => Response.json(answer) }).connection('acme');

  assert.deepEqual(await connect(), answer);
});

test('disconnecting tells nothing', async (t) => {
  const { base } = await serve(t, (_, response) =>
    tell(response, 200, { vendor: 'acme', status: 'not-connected' }),
  );

  assert.equal(await createClient({ base }).connection('acme').disconnect(), undefined);
});

test('an abort ends the question with its reason, and no other one', PROMPTLY, async (t) => {
  const reason = new Error('the page was left');
  const aborting = new AbortController();
  const { base } = await serve(t, (_, response, count) => {
    if (count === 1) aborting.abort(reason);
    else tell(response, 200, NONE);
  });
  const { verification } = createClient({ base });

  await assert.rejects(verification.status({ signal: aborting.signal }), reason);
  await assert.rejects(verification.status({ signal: AbortSignal.abort() }), { name: 'AbortError' });
  assert.deepEqual(await verification.status(), NONE);
});

test('an abort while the answer is on its way ends the question too', PROMPTLY, async (t) => {
  const aborting = new AbortController();
  const { base } = await serve(t, (_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{"status":');
    setImmediate(() => aborting.abort());
  });

  const asked = createClient({ base }).verification.status({ signal: aborting.signal });

  await assert.rejects(asked, { name: 'AbortError' });
});

test('no timer outlives an answer, a refusal or an abort', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const aborting = new AbortController();
  const answers = [Response.json(PENDING), Response.json(PENDING), new Response('', { status: 500 })];
  const { verification } = createClient({ fetch: async () => answers.shift() });
  const before = timers();

  await verification.status();
  const settled = verification.settled({
    signal: aborting.signal,
    onStatus: () => setImmediate(() => aborting.abort()),
  });
  await assert.rejects(settled, { name: 'AbortError' });
  await assert.rejects(verification.status(), { code: 'unreadable' });

  assert.equal(timers(), before);
});

test('nobody is back from anywhere where there is no page', () => {
  const client = createClient();

  assert.equal(client.verification.returned(), false);
  assert.equal(client.connection('acme').returned(), null);
});

test('only a flag that is true is good', () => {
  const standings = [
    { verified: true },
    { signed: true },
    { entitled: true },
    { verified: false },
    { status: 'approved' },
    { verified: 'true' },
    null,
    undefined,
  ];

  assert.deepEqual(standings.map(isGood), [true, true, true, false, false, false, false, false]);
});
