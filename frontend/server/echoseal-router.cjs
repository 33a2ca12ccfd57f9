'use strict';

/**
 * Hands Echoseal's paths on to Echoseal: Express middleware (5 and 4) for a server that has the
 * marketplace's domain, where no CDN or router before it can choose by path.
 *
 *     const { echosealRouter } = require('./api-util/echoseal-router.cjs');
 *     const app = express();
 *     app.use(echosealRouter());          // first of all: before body parsers, logins, compression
 *
 * What is Echoseal's goes there as it came, byte for byte, and its answer comes back the same way;
 * everything else goes to the next handler untouched. It stands first because vendors sign the
 * bytes of a callback, and know no password of a staging site.
 *
 * Settings, of the environment unless given as options:
 *   ECHOSEAL_URL         where Echoseal listens: scheme, host, port. Empty: nothing is handed on
 *   ECHOSEAL_PATHS       what follows the prefix in paths of vendors' own: `hubrise,xero`
 *   ECHOSEAL_API_PREFIX  Echoseal's API_PREFIX, if that is not `/api`
 *
 * No dependencies. The one host that it asks is that of ECHOSEAL_URL; redirects are handed back.
 */

const http = require('node:http');
const https = require('node:https');
const { randomUUID } = require('node:crypto');
const { pipeline } = require('node:stream');

/** Of every Echoseal, whichever vendors are enabled; it answers 404 itself where none is. */
const PATHS = ['callbacks', 'id-verification', 'signings', 'billing', 'connections', 'go'];
/** The Web Template's own, which never leave it. */
const TEMPLATE_PATHS = [
  'auth',
  'delete-account',
  'initiate-login-as',
  'initiate-privileged',
  'login-as',
  'transaction-line-items',
  'transition-privileged',
];
const TIMEOUT_SECONDS = 30;
const RETRY_SECONDS = 5;
/** Let go before Echoseal does (95 s), and before routers between do. */
const IDLE_MILLISECONDS = 30_000;
/** Each way to write `/./` and `/../` that some router takes for it. */
const DOT_SEGMENT = /([/\\]|%2f|%5c)(\.|%2e){1,2}(;|[/\\]|%2f|%5c|$)/i;
const AWAY = 'Echoseal cannot be reached; try again later.';
const LOOP_NAME = 'echoseal-router';

/** RFC 9110 7.6.1: meant for one connection only. */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
/**
 * Told anew, or a client's claim that would be believed. An Expect has been answered by Node.
 * CF-Connecting-IP: a host behind Cloudflare refuses a request that comes with another one's.
 */
const TOLD_ANEW = new Set([
  'cdn-loop',
  'cf-connecting-ip',
  'content-length',
  'expect',
  'forwarded',
  'host',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-request-id',
]);

/**
 * @typedef {import('node:http').IncomingMessage & {originalUrl?: string, protocol?: string}} Request
 * @typedef {import('node:http').ServerResponse} Response
 * @typedef {(req: Request, res: Response, next: () => void) => void} Middleware
 */

/**
 * Return the middleware.
 *
 * @param {object} [options]
 * @param {string} [options.url] in place of ECHOSEAL_URL
 * @param {string[]} [options.paths] in place of ECHOSEAL_PATHS
 * @param {string} [options.prefix] in place of ECHOSEAL_API_PREFIX
 * @param {number} [options.timeoutSeconds] until the answer begins, and between two parts of it
 * @returns {Middleware}
 * @throws {Error} for settings that cannot be meant; the message names the setting
 */
function echosealRouter({
  url = process.env.ECHOSEAL_URL ?? '',
  paths = listed(process.env.ECHOSEAL_PATHS),
  prefix = process.env.ECHOSEAL_API_PREFIX || '/api',
  timeoutSeconds = TIMEOUT_SECONDS,
} = {}) {
  const isOurs = matcher(prefix, paths);
  if (url.trim() === '') return (_req, _res, next) => next();
  const target = targetOf(url.trim());

  return (req, res, next) => {
    const path = req.originalUrl ?? req.url ?? '';
    if (!isOurs(path)) {
      next();
    } else if (passedBefore(req)) {
      refuse(req, res, 508, 'router-loop', 'ECHOSEAL_URL leads back to this server.');
    } else if (req.readableDidRead) {
      // what a parser has read cannot be handed on as it came
      console.error('Echoseal: the router must stand before everything that reads bodies.');
      refuse(req, res, 500, 'router-misplaced', 'The request was read before it was handed on.');
    } else {
      handOn(req, res, path, target, timeoutSeconds);
    }
  };
}

/** @param {string | undefined} text @returns {string[]} */
function listed(text) {
  return (text ?? '')
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');
}

/**
 * Return what tells whether a request's target is Echoseal's.
 *
 * @param {string} prefix
 * @param {string[]} own
 * @returns {(target: string) => boolean}
 */
function matcher(prefix, own) {
  if (!/^(\/[A-Za-z0-9_-]+)+$/.test(prefix)) {
    throw new Error('ECHOSEAL_API_PREFIX: not a path like /api');
  }
  for (const name of own) {
    if (!/^[A-Za-z0-9_-]+$/.test(name)) throw new Error(`ECHOSEAL_PATHS: not a name: ${name}`);
    if (TEMPLATE_PATHS.includes(name)) {
      throw new Error(`ECHOSEAL_PATHS: ${name} is the template's own`);
    }
  }
  const names = new Set([...PATHS, ...own]);
  return target => {
    const path = target.split('?', 1)[0] ?? '';
    if (!path.startsWith(`${prefix}/`)) return false;
    const [first = ''] = path.slice(prefix.length + 1).split('/', 1);
    // what a router on the way would shorten may become a path that is not Echoseal's to the world
    return names.has(first) && !DOT_SEGMENT.test(path);
  };
}

/** @param {string} text @returns {{secure: boolean, hostname: string, port: string, host: string}} */
function targetOf(text) {
  const { protocol, hostname, port, host, username, password, pathname, search, hash } = read(text);
  const isOrigin = pathname === '/' && !search && !hash && !username && !password;
  if (!['http:', 'https:'].includes(protocol) || !isOrigin) throw new Error(BAD_URL);
  // an IPv6 address is named without its brackets
  return { secure: protocol === 'https:', hostname: hostname.replace(/^\[|\]$/g, ''), port, host };
}

const BAD_URL = 'ECHOSEAL_URL: not like https://echoseal.example, without a path';

/** @param {string} text @returns {URL} */
function read(text) {
  try {
    return new URL(text);
  } catch {
    throw new Error(BAD_URL);
  }
}

/** @param {Request} req */
function passedBefore(req) {
  return listed(String(req.headers['cdn-loop'] ?? '')).includes(LOOP_NAME);
}

/** One agent each, so that connections are kept; the environment's proxies are not asked. */
const AGENTS = {
  plain: new http.Agent({ keepAlive: true, timeout: IDLE_MILLISECONDS }),
  secure: new https.Agent({ keepAlive: true, timeout: IDLE_MILLISECONDS }),
};

/**
 * @param {Request} req
 * @param {Response} res
 * @param {string} path
 * @param {ReturnType<typeof targetOf>} target
 * @param {number} timeoutSeconds
 */
function handOn(req, res, path, target, timeoutSeconds) {
  const requestId = requestIdOf(req);
  const upstream = begun(req, path, target, requestId);
  if (upstream === null) {
    refuse(req, res, 400, 'request-invalid', 'The request cannot be handed on.', requestId);
    return;
  }
  const exchange = exchangeOf(req, res, upstream, requestId, timeoutSeconds);
  let isAnswered = false;
  exchange.wait();
  // once it is answered, what is left of the request may be refused: the answer tells
  upstream.on('error', error => isAnswered || exchange.fail(codeOf(error)));
  upstream.on('response', answer => {
    if (exchange.isOver()) return;
    isAnswered = true;
    handBack(answer, res, exchange);
  });
  upstream.on('upgrade', () => exchange.fail('another protocol'));
  res.on('close', () => {
    if (!res.writableFinished) exchange.end(); // the client has left
  });
  req.pipe(upstream); // no pipeline: it would end the client's connection with the upstream's
}

/** @param {Request} req @returns {string} */
function requestIdOf(req) {
  const told = req.headers['x-request-id'];
  return typeof told === 'string' && /^[\x21-\x7e]{1,200}$/.test(told) ? told : randomUUID();
}

/**
 * Begin the request to Echoseal; its body is still to come.
 *
 * @param {Request} req
 * @param {string} path
 * @param {ReturnType<typeof targetOf>} target
 * @param {string} requestId
 * @returns {import('node:http').ClientRequest | null} null where Node does not send what came: a
 *   target or a field that it finds odd
 */
function begun(req, path, { secure, hostname, port, host }, requestId) {
  try {
    return (secure ? https : http).request({
      agent: secure ? AGENTS.secure : AGENTS.plain,
      hostname,
      port,
      method: req.method,
      path,
      headers: requestFields(req, host, requestId),
    });
  } catch {
    return null;
  }
}

/**
 * Return the fields of the request, in their order and case, and what is told anew.
 *
 * @param {Request} req
 * @param {string} host
 * @param {string} requestId
 * @returns {string[]}
 */
function requestFields(req, host, requestId) {
  const named = namedInConnection(req.rawHeaders);
  const told = kept(req.rawHeaders, name => {
    // to some servers X_Forwarded_For is X-Forwarded-For
    return HOP_BY_HOP.has(name) || TOLD_ANEW.has(name) || named.has(name) || name.includes('_');
  });
  const forwardedFor = [req.headers['x-forwarded-for'], req.socket.remoteAddress];
  const loop = [req.headers['cdn-loop'], LOOP_NAME];
  const fields = [
    ...['Host', host],
    ...told,
    ...['X-Forwarded-For', joined(forwardedFor)],
    ...['X-Forwarded-Proto', req.protocol ?? 'http'],
    ...['X-Forwarded-Host', req.headers.host ?? ''],
    ...['X-Request-Id', requestId],
    ...['CDN-Loop', joined(loop)],
    ...['Connection', 'keep-alive'],
  ];
  // Unframed, a body would be read as the next request. So its length is told whatever Connection
  // names, and without one it goes on in chunks whatever the method.
  const { 'content-length': length, 'transfer-encoding': coding } = req.headers;
  if (coding !== undefined) fields.push('Transfer-Encoding', 'chunked');
  else if (length !== undefined) fields.push('Content-Length', length);
  return fields;
}

/**
 * @typedef {object} Exchange One request at Echoseal, until it is over.
 * @property {() => boolean} isOver whether it was ended before its time
 * @property {() => void} wait begin to wait for what comes next, for as long as is allowed
 * @property {() => void} finish wait for nothing more: it is answered
 * @property {() => void} end leave it as it is
 * @property {(why: string) => void} fail end it, and tell so to the client and the log: once
 */

/**
 * @param {Request} req
 * @param {Response} res
 * @param {import('node:http').ClientRequest} upstream
 * @param {string} requestId
 * @param {number} timeoutSeconds
 * @returns {Exchange}
 */
function exchangeOf(req, res, upstream, requestId, timeoutSeconds) {
  let isOver = false;
  /** @type {NodeJS.Timeout | undefined} */
  let patience;
  const end = () => {
    isOver = true;
    clearTimeout(patience);
    req.unpipe(upstream);
    upstream.destroy();
  };
  const finish = () => {
    clearTimeout(patience);
    if (upstream.writableFinished) return; // its connection is kept
    // Answered before all of it was sent, as what is refused is: nobody reads the rest there, and
    // both connections would stand still with it.
    end();
    req.resume();
  };
  const fail = (/** @type {string} */ why) => {
    if (isOver) return;
    end();
    console.error(`Echoseal: not reached (${why}), request ${requestId}`);
    if (res.headersSent) {
      res.destroy(); // a part of an answer must not look like all of it
    } else {
      refuse(req, res, 503, 'echoseal-unavailable', AWAY, requestId);
    }
  };
  const wait = () => {
    clearTimeout(patience);
    patience = setTimeout(() => fail('no answer in time'), timeoutSeconds * 1000);
  };
  return { isOver: () => isOver, wait, finish, end, fail };
}

/** @param {unknown} error @returns {string} */
function codeOf(error) {
  return String(/** @type {{code?: unknown}} */ (error).code ?? 'failed');
}

/**
 * @param {import('node:http').IncomingMessage} answer
 * @param {Response} res
 * @param {Exchange} exchange
 */
function handBack(answer, res, { wait, finish, fail }) {
  wait();
  answer.on('data', wait);
  // what others have set is not Echoseal's answer
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  try {
    for (const [name, values] of grouped(answerFields(answer))) res.setHeader(name, values);
    res.writeHead(answer.statusCode ?? 502, answer.statusMessage);
  } catch {
    // Node reads phrases that it does not write; thrown here, it would end the whole server
    fail('an answer that cannot be handed on');
    return;
  }
  pipeline(answer, res, error => (error ? fail(codeOf(error)) : finish()));
}

/** @param {import('node:http').IncomingMessage} answer @returns {string[]} */
function answerFields(answer) {
  const named = namedInConnection(answer.rawHeaders);
  return kept(answer.rawHeaders, name => HOP_BY_HOP.has(name) || named.has(name));
}

/**
 * Group fields by their names: of an answer's, Node keeps the last value unless it gets them all.
 *
 * @param {string[]} raw
 * @returns {[string, string[]][]}
 */
function grouped(raw) {
  /** @type {Map<string, [string, string[]]>} */
  const groups = new Map();
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]];
    const [, values] = groups.get(name.toLowerCase()) ?? [name, []];
    groups.set(name.toLowerCase(), [name, [...values, value]]);
  }
  return [...groups.values()];
}

/**
 * @param {string[]} raw
 * @param {(name: string) => boolean} isDropped by the name in lower case
 * @returns {string[]}
 */
function kept(raw, isDropped) {
  const fields = [];
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at] ?? '';
    if (!isDropped(name.toLowerCase())) fields.push(name, raw[at + 1] ?? '');
  }
  return fields;
}

/** @param {string[]} raw @returns {Set<string>} */
function namedInConnection(raw) {
  const values = raw.filter((_, at) => at % 2 === 1 && raw[at - 1]?.toLowerCase() === 'connection');
  return new Set(values.flatMap(listed).map(name => name.toLowerCase()));
}

/** @param {(string | string[] | undefined)[]} parts @returns {string} */
function joined(parts) {
  return parts.filter(part => part !== undefined && part !== '').join(', ');
}

/**
 * Answer with a problem document (RFC 9457), as Echoseal does.
 *
 * @param {Request} req
 * @param {Response} res
 * @param {number} status
 * @param {string} code
 * @param {string} detail
 * @param {string} [requestId]
 */
function refuse(req, res, status, code, detail, requestId = requestIdOf(req)) {
  const title = http.STATUS_CODES[status] ?? 'Refused';
  const type = `urn:echoseal:problem:${code}`;
  const problem = { type, title, status, detail, code, requestId, error: title };
  const body = Buffer.from(JSON.stringify(problem));
  for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(status, title, {
    'Content-Type': 'application/problem+json',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Request-Id': requestId,
    ...(status === 503 ? { 'Retry-After': String(RETRY_SECONDS) } : {}),
    // what is left of the request is not waited for
    ...(hasBody(req) && !req.complete ? { Connection: 'close' } : {}),
  });
  req.resume();
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** @param {Request} req */
function hasBody(req) {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = req.headers;
  return coding !== undefined || length !== '0';
}

module.exports = { echosealRouter, PATHS };
