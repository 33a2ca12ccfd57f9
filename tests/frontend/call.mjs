// Calls the headless client as its input says, and prints {answers: [{value} or {refused}, ...], cookies}.
// Input: {base, headers, token, calls: [[trip, method, options], ...]}; a trip is ["signing", "terms"].
import { EchosealError, createClient } from '../../frontend/client/echoseal.js';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const { base, headers, token, calls } = JSON.parse(Buffer.concat(chunks));

// What a browser sends by itself: the session's cookie, and where the request comes from.
const cookies = {};
async function ask(url, options) {
  const response = await fetch(url, { ...options, headers: { ...options.headers, ...headers } });
  for (const cookie of response.headers.getSetCookie()) {
    const [name, value] = cookie.split(';')[0].split('=');
    cookies[name] = value;
  }
  return response;
}
const client = createClient({ base, fetch: ask, ...(token ? { token: async () => token } : {}) });

const answers = [];
for (const [[name, ...subject], method, options] of calls) {
  const found = client[name];
  const trip = subject.length > 0 ? found(...subject) : found;
  try {
    answers.push({ value: (await (method ? trip[method](options) : found(options))) ?? null });
  } catch (error) {
    if (!(error instanceof EchosealError)) throw error;
    const { code, status, detail, requestId, retryAfter } = error;
    answers.push({ refused: { code, status, detail, requestId, retryAfter } });
  }
}
console.log(JSON.stringify({ answers, cookies }));
