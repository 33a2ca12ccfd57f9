// Runs lines of a page of the Web Template for a logged-in user, and prints what they made: {sent, <constant>: value}.
// `post`, `request` and `methods` do what the template's own in src/util/api.js do: one address for the API, cookies
// sent along, a body in transit, an answer of 400 or more thrown. `isBeside`: that address is another origin than the
// page's; as browsers do, its answers are handed out only where they say so. Else the page's own leads to `base`.
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { base, page, isBeside, cookie, text, names } = JSON.parse(Buffer.concat(chunks));

const methods = { GET: 'GET', POST: 'POST' };
const transit = (body) => `["^ "${Object.entries(body).map(([name, value]) => `,"~:${name}",${JSON.stringify(value)}`).join('')}]`;
const request = async (path, { method, body } = {}) => {
  const answer = await fetch(new URL(path, base), {
    method,
    headers: {
      Cookie: cookie,
      Origin: page,
      'Sec-Fetch-Site': isBeside ? 'same-site' : 'same-origin',
      'Content-Type': 'application/transit+json',
    },
    ...(body ? { body: transit(body) } : {}),
  });
  const allowed = ['Access-Control-Allow-Origin', 'Access-Control-Allow-Credentials'].map((name) => answer.headers.get(name));
  if (isBeside && `${allowed}` !== `${[page, true]}`) throw new Error(`no browser hands this out: ${allowed}`);
  const told = await answer.json();
  if (answer.status >= 400) throw Object.assign(new Error(told.code), told);
  return told;
};
const post = (path, body) => request(path, { method: methods.POST, body });
const sent = [];
const { origin } = new URL(page);
const window = { location: { origin, pathname: '/account', assign: (url) => sent.push(url) } };
const AsyncFunction = (async () => {}).constructor;
const run = new AsyncFunction('post', 'request', 'methods', 'window', `${text}\nreturn { ${names.join(', ')} };`);
console.log(JSON.stringify({ sent, ...(await run(post, request, methods, window)) }));
