// Opens a page that imports the client, with what a browser has that it uses, for a logged-in user. Without `kept`, what
// the browser keeps of an earlier page, the button is pressed: {left, kept}; with it the user is back: {isGood, query}.
// The page's own address leads to `base`, as behind a router.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { base, page, cookie, text, client, kept, query = '' } = JSON.parse(Buffer.concat(chunks));

const stored = new Map(Object.entries(kept ?? {}));
const place = new URL(`/account${query}`, page);
let left;
globalThis.sessionStorage = {
  getItem: (key) => stored.get(key) ?? null,
  setItem: (key, value) => void stored.set(key, `${value}`),
  removeItem: (key) => void stored.delete(key),
};
globalThis.location = {
  get href() { return place.href; },
  get origin() { return place.origin; },
  get pathname() { return place.pathname; },
  get search() { return place.search; },
  get hash() { return place.hash; },
  assign(url) { left = url; },
};
globalThis.history = { state: null, replaceState(_state, _title, url) { place.href = new URL(url, place).href; } };
globalThis.document = { hidden: false, baseURI: place.href };
globalThis.window = globalThis;
const ask = globalThis.fetch;
globalThis.fetch = async (address, options) => {
  const url = new URL(address, place);
  const isForeign = url.origin !== place.origin;
  if (isForeign && options.credentials !== 'include') throw new Error('no browser sends the cookie');
  const answer = await ask(isForeign ? url : new URL(url.pathname + url.search, base), {
    ...options,
    headers: { ...options.headers, Cookie: cookie, Origin: place.origin, 'Sec-Fetch-Site': isForeign ? 'same-site' : 'same-origin' },
  });
  const allowed = ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials'].map((name) => answer.headers.get(name));
  if (isForeign && `${allowed}` !== `${[place.origin, true]}`) throw new Error(`no browser hands this out: ${allowed}`);
  return answer;
};

const folder = await mkdtemp(join(tmpdir(), 'page-'));
try {
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'echoseal.js'), client);
  await writeFile(join(folder, 'page.js'), text);
  const { verify, stand } = await import(pathToFileURL(join(folder, 'page.js')));
  if (kept) {
    console.log(JSON.stringify({ isGood: await stand(() => {}), query: place.search }));
  } else {
    await verify();
    console.log(JSON.stringify({ left, kept: Object.fromEntries(stored) }));
  }
} finally {
  await rm(folder, { recursive: true });
}
