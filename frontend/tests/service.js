/** What the tests ask: a real HTTP server that answers as it is told. */

import { createServer } from 'node:http';

/**
 * Start a server for one test.
 *
 * `answer(request, response, count)` answers the count-th request, whose body is `request.text`.
 * Returns its address (`base`), what it was asked (`requests`), and how to end it (`close`).
 */
export async function serve(t, answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    request.text = '';
    for await (const part of request.setEncoding('utf8')) request.text += part;
    const { method, url, headers, text } = request;
    requests.push({ method, url, headers, text });
    answer(request, response, requests.length);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const close = async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  };
  t.after(close);
  return { base: `http://127.0.0.1:${server.address().port}/api`, requests, close };
}

/** Answer JSON. */
export function tell(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Refuse as the product does. */
export function refuse(response, status, code, headers = {}) {
  const problem = {
    type: `urn:echoseal:problem:${code}`,
    title: `Title of ${code}`,
    status,
    detail: `Detail of ${code}.`,
    code,
    requestId: 'b9c1f7a2',
    error: `Title of ${code}`,
  };
  tell(response, status, problem, { 'Content-Type': 'application/problem+json', ...headers });
}

/** How a user's check may stand. */
export const NONE = { status: 'none', verified: false, checksum: 'absent' };
export const PENDING = { status: 'pending', verified: false, checksum: 'valid' };
export const APPROVED = { status: 'approved', verified: true, checksum: 'valid' };
