/**
 * Echoseal's headless client: starts what a user has to do at a vendor, and tells how it stands.
 *
 * One file without dependencies, for browsers and Node 18 and newer. Nothing is touched when it is
 * imported, so it may be imported where pages are rendered on a server.
 *
 * The types of answers are those of openapi.json; `frontend/tests` compares them.
 */

/**
 * @typedef {'session-missing' | 'session-unreadable' | 'session-anonymous' | 'session-ambiguous'
 *   | 'session-expired' | 'session-impersonated' | 'session-forbidden' | 'session-unsupported'
 *   | 'cross-site' | 'body-invalid' | 'body-too-large' | 'content-type-unsupported'
 *   | 'origin-not-allowed' | 'reference-invalid' | 'signature-invalid' | 'callback-foreign'
 *   | 'token-missing' | 'token-invalid' | 'token-foreign' | 'link-code-invalid'
 *   | 'credentials-invalid' | 'too-many-attempts' | 'too-many-starts' | 'not-allowed'
 *   | 'app-unknown' | 'not-billed' | 'not-connected' | 'needs-reconnection' | 'transaction-unknown'
 *   | 'transaction-not-sold' | 'amount-unclear' | 'order-unknown' | 'vendor-refused'
 *   | 'vendor-unavailable' | 'marketplace-refused' | 'marketplace-unavailable'
 *   | 'frontend-unavailable' | 'frontend-loop' | 'overloaded' | 'bad-request' | 'not-found'
 *   | 'method-not-allowed' | 'internal-error'} ProblemCode
 * Why the server refuses; docs/errors.md says what to do about each.
 */

/**
 * @typedef {'echoseal-unavailable' | 'request-invalid' | 'router-loop' | 'router-misplaced'} RouterCode
 * Why `server/echoseal-router.cjs` refuses, where it hands requests on. The gate beside it refuses
 * orders, which this client does not ask for: its codes are none of these.
 */

/**
 * @typedef {object} Reason
 * @property {string} code
 * @property {string} description in the vendor's words
 */

/**
 * @typedef {object} Stored What all answers may have.
 * @property {'valid' | 'invalid' | 'absent'} checksum
 * @property {'pending'} [access] what the outcome opens at Sharetribe is not written yet
 * @property {string} [provider] the vendor, as INTEGRATIONS lists it
 * @property {string} [transactionReference]
 * @property {string} [startedAt]
 * @property {string} [completedAt]
 * @property {string} [redirectUrl] while pending, where the vendor's page works more than once
 * @property {string} [expiresAt]
 * @property {Reason} [reason] why it has not ended well, or what it waits for
 */

/**
 * @typedef {Stored & {
 *   status: 'none' | 'invalid' | 'pending' | 'approved' | 'rejected' | 'failed' | 'expired',
 *   verified: boolean,
 *   document?: Record<string, string>,
 * }} Verification How the user's identity check stands.
 */

/**
 * @typedef {Stored & {
 *   document: string,
 *   status: 'none' | 'invalid' | 'pending' | 'signed' | 'declined' | 'expired' | 'cancelled' | 'failed',
 *   signed: boolean,
 *   version?: string,
 * }} SigningAnswer How a document stands.
 */

/**
 * @typedef {Stored & {
 *   plan: string,
 *   status: 'none' | 'invalid' | 'pending' | 'paid' | 'saved' | 'active' | 'past_due' | 'paused'
 *     | 'cancelled' | 'expired' | 'failed',
 *   entitled: boolean,
 *   fresh?: false,
 *   paidUntil?: string,
 *   endsAt?: string,
 * }} BillingAnswer How a plan stands.
 */

/** @typedef {Verification | SigningAnswer | BillingAnswer} Standing */

/**
 * @typedef {object} Started What a start answers: without the flag that a status has.
 * @property {'pending' | 'approved' | 'signed' | 'paid' | 'saved' | 'active' | 'past_due' | 'paused'} status
 * @property {string} [redirectUrl] where to send the user; not there: nothing is left to do there
 * @property {string} [transactionReference]
 * @property {string} [expiresAt]
 * @property {Reason} [reason]
 */

/**
 * @typedef {object} ConnectionStanding How the connection with a vendor stands.
 * @property {string} vendor
 * @property {'connected' | 'needs-reconnection' | 'not-connected'} status
 * @property {string} [connectedAt]
 * @property {Record<string, string>} [details]
 * @property {string} [reason]
 */

/**
 * @typedef {object} StartOptions All may be left out; null counts as left out for the server.
 * @property {string | null} [locale] the language of the vendor's pages
 * @property {string | null} [successUrl] where the vendor leads back to; in a browser this page by
 *   default, without query and fragment, and relative addresses are this page's
 * @property {string | null} [errorUrl] the same, for when the vendor cannot go on
 * @property {string | null} [provider] which vendor, where several are enabled
 * @property {boolean | null} [restart] begin anew
 */

/**
 * @typedef {object} AskOptions
 * @property {boolean} [fresh] ask the vendor, whatever is stored (plans)
 * @property {AbortSignal} [signal] the promise is rejected with its reason
 */

/**
 * @template {Standing} S
 * @typedef {object} Trip
 * @property {(options?: StartOptions) => Promise<Started>} start begin, or go on with what is begun
 * @property {(options?: AskOptions) => Promise<S>} status how it stands
 * @property {(started: { redirectUrl?: string }) => void} leave remember that the user leaves for
 *   this trip, and go to the vendor's page; without a `redirectUrl` of http(s) nothing happens
 * @property {() => boolean} returned whether the user is back from this trip: true once, and then
 *   what the vendor added to the query of the page is gone from the address
 * @property {(options?: SettledOptions<S>) => Promise<S>} settled ask until it is pending no longer,
 *   with growing pauses, and not while the page is hidden; after ten minutes what the last answer was
 */

/**
 * @template {Standing} S
 * @typedef {object} SettledOptions
 * @property {AbortSignal} [signal] ends it; the promise is rejected with its reason
 * @property {(standing: S) => void} [onStatus] hears each answer
 */

/** @typedef {Trip<Verification>} VerificationTrip */
/** @typedef {Trip<SigningAnswer>} SigningTrip */

/**
 * @typedef {Trip<BillingAnswer> & {
 *   portal: (options?: { returnUrl?: string | null }) => Promise<{ redirectUrl: string }>,
 * }} BillingTrip `portal` leads customers to their own page at the vendor; `leave` takes its answer.
 */

/**
 * @typedef {object} Connection
 * @property {(options?: Record<string, unknown>) => Promise<{ authorizeUrl: string }>} connect
 *   begin; the options are the vendor's own
 * @property {(departure: { authorizeUrl: string }) => void} leave go to the vendor's consent page
 * @property {() => 'connected' | 'declined' | 'failed' | null} returned how it ended, once, where
 *   the user is back from the consent page; it is gone from the address then
 * @property {() => Promise<void>} disconnect end it, here and at the vendor
 */

/**
 * @typedef {object} ClientOptions
 * @property {string} [base] where the API is: `/api` by default; with an address of another host
 *   its cookies are sent along (`credentials: 'include'`)
 * @property {typeof fetch} [fetch] by default the platform's
 * @property {() => string | null | undefined | Promise<string | null | undefined>} [token] an
 *   access token to send as `Bearer`; without one the session's cookie has to do
 */

/**
 * @typedef {object} Client
 * @property {VerificationTrip} verification
 * @property {(document: string) => SigningTrip} signing
 * @property {(plan: string) => BillingTrip} billing
 * @property {(vendor: string) => Connection} connection
 * @property {(options?: AskOptions) => Promise<SigningAnswer[]>} signings
 * @property {(options?: AskOptions) => Promise<BillingAnswer[]>} plans
 * @property {(options?: AskOptions) => Promise<ConnectionStanding[]>} connections
 */

/**
 * @typedef {object} Refusal
 * @property {ProblemCode | RouterCode | 'network' | 'unreadable'} code
 * @property {string} title
 * @property {string} detail
 * @property {number} status
 * @property {string | null} requestId
 * @property {number | null} retryAfter
 */

const SECOND = 1000;
// The server ends each request within 30 seconds.
const PATIENCE = 40 * SECOND;
const PAUSES = [1, 2, 4, 8, 15, 30, 40, 60, 100, 160];
const LONGEST_WAIT = 600;

/** Why something was not done. Decide by `code`; `title` and `detail` are English, for people. */
export class EchosealError extends Error {
  /**
   * @param {Refusal} refusal
   * @param {unknown} [cause] what was thrown underneath
   */
  constructor(refusal, cause) {
    super(refusal.detail, { cause });
    this.name = 'EchosealError';
    /** One of docs/errors.md or the router's; `network`: nothing answered; `unreadable`: others did. */
    this.code = refusal.code;
    this.title = refusal.title;
    this.detail = refusal.detail;
    /** The HTTP status; 0 where there was no answer. */
    this.status = refusal.status;
    /** What the operator finds in the log. */
    this.requestId = refusal.requestId;
    /** How many seconds to wait before the next try, where that is told. */
    this.retryAfter = refusal.retryAfter;
  }
}

/**
 * Tell whether an answer of `status` or `settled` is a good one.
 *
 * @param {{ verified?: boolean, signed?: boolean, entitled?: boolean } | null | undefined} standing
 * @returns {boolean}
 */
export function isGood(standing) {
  return [standing?.verified, standing?.signed, standing?.entitled].includes(true);
}

/**
 * Return a client of the API; nothing is asked yet.
 *
 * @param {ClientOptions} [options]
 * @returns {Client}
 */
export function createClient(options = {}) {
  const base = (options.base ?? '/api').replace(/\/+$/, '');
  /** @type {Map<string, Promise<any>>} */
  const underWay = new Map();

  /**
   * @param {string | null | undefined} token
   * @param {string} method
   * @param {string} path
   * @param {(answer: any) => unknown} isOurs
   * @param {{ body?: unknown, signal?: AbortSignal | undefined }} more
   * @returns {Promise<any>}
   */
  async function ask(token, method, path, isOurs, { body, signal }) {
    signal?.throwIfAborted();
    const send = options.fetch ?? fetch;
    const ended = new AbortController();
    const end = () => ended.abort();
    const timer = setTimeout(end, PATIENCE);
    signal?.addEventListener('abort', end);
    let response;
    let text;
    try {
      response = await send(base + path, {
        method,
        headers: {
          Accept: 'application/json',
          ...(body ? { 'Content-Type': 'application/json' } : {}),
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
        },
        body: body ? JSON.stringify(body) : null,
        credentials: /^(\w+:)?\/\//.test(base) ? 'include' : 'same-origin',
        cache: 'no-store',
        redirect: 'manual', // the API redirects nobody: who does is a log-in page in front of it
        signal: ended.signal,
      });
      text = await response.text();
    } catch (error) {
      signal?.throwIfAborted();
      throw new EchosealError(
        {
          code: 'network',
          title: 'No answer',
          detail: 'The server cannot be reached.',
          status: 0,
          requestId: null,
          retryAfter: null,
        },
        error,
      );
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    }
    return read(response, text, isOurs);
  }

  /**
   * What changes something is sent once, however often it is asked for meanwhile by one user: whoever
   * logs in before it is answered must not be sent to what another has begun.
   *
   * @param {string} method
   * @param {string} path
   * @param {(answer: any) => unknown} isOurs
   * @param {unknown} [body]
   * @returns {Promise<any>}
   */
  async function change(method, path, isOurs, body) {
    const token = await options.token?.();
    const key = JSON.stringify([method, path, body, token, cookies()]);
    let answer = underWay.get(key);
    if (!answer) {
      answer = ask(token, method, path, isOurs, { body }).finally(() => underWay.delete(key));
      underWay.set(key, answer);
    }
    return answer;
  }

  /**
   * @param {string} path
   * @param {(answer: any) => unknown} isOurs
   * @param {AskOptions} [asked]
   */
  async function look(path, isOurs, { fresh, signal } = {}) {
    const asked = fresh ? `${path}?fresh=true` : path;
    return ask(await options.token?.(), 'GET', asked, isOurs, { signal });
  }

  /**
   * @param {string} path
   * @returns {Trip<any>}
   */
  function trip(path) {
    const mark = `echoseal:${base}${path}`;
    let page = ''; // that the vendor leads back to, where we know it

    /** @param {AskOptions} [asked] */
    const status = (asked) => look(path, isStanding, asked);

    return {
      async start(asked = {}) {
        const { successUrl = here(), errorUrl = here() } = asked;
        const body = { ...asked, successUrl: absolute(successUrl), errorUrl: absolute(errorUrl) };
        page = body.successUrl ?? '';
        return change('POST', path, isStarted, body);
      },
      status,
      leave({ redirectUrl }) {
        if (!isAddress(redirectUrl)) return;
        remember(mark, page);
        location.assign(redirectUrl);
      },
      returned() {
        const back = inBrowser() ? recall(mark) : null;
        if (back === null) return false;
        const { pathname, search } = new URL(back || location.pathname, location.href);
        if (pathname === location.pathname) setQuery(search);
        return true;
      },
      settled: (asked) => settle(status, asked),
    };
  }

  /**
   * @param {string} path
   * @param {string} name
   * @param {AskOptions} [asked]
   */
  async function list(path, name, asked) {
    return (await look(path, (answer) => Array.isArray(answer[name]), asked))[name];
  }

  return {
    verification: trip('/id-verification'),
    signing: (document) => trip(`/signings/${encodeURIComponent(document)}`),
    billing(plan) {
      const path = `/billing/${encodeURIComponent(plan)}`;
      return {
        ...trip(path),
        async portal({ returnUrl = here() } = {}) {
          const body = { returnUrl: absolute(returnUrl) };
          return change('POST', `${path}/portal`, ({ redirectUrl }) => isAddress(redirectUrl), body);
        },
      };
    },
    connection(vendor) {
      const path = `/connections/${encodeURIComponent(vendor)}`;
      return {
        connect: (asked = {}) =>
          change('POST', path, ({ authorizeUrl }) => isAddress(authorizeUrl), asked),
        leave({ authorizeUrl }) {
          if (isAddress(authorizeUrl)) location.assign(authorizeUrl);
        },
        returned() {
          if (!inBrowser()) return null;
          const query = new URLSearchParams(location.search);
          const end = query.get(vendor);
          if (end !== 'connected' && end !== 'declined' && end !== 'failed') return null;
          query.delete(vendor);
          setQuery(`${query}`);
          return end;
        },
        async disconnect() {
          await change('DELETE', path, ({ status }) => isText(status));
        },
      };
    },
    signings: (asked) => list('/signings', 'signings', asked),
    plans: (asked) => list('/billing', 'plans', asked),
    connections: (asked) => list('/connections', 'connections', asked),
  };
}

/**
 * Return the answer's body, where it is one of ours.
 *
 * @param {Response} response
 * @param {string} text
 * @param {(answer: any) => unknown} isOurs
 */
function read(response, text, isOurs) {
  let answer;
  if (/^application\/(problem\+)?json\b/.test(response.headers.get('Content-Type') ?? '')) {
    try {
      answer = JSON.parse(text);
    } catch {
      // cut short
    }
  }
  if (response.ok && answer && isOurs(answer)) return answer;
  const isProblem = !response.ok && `${answer?.type}`.startsWith('urn:echoseal:problem:');
  throw new EchosealError({
    code: isProblem ? answer.code : 'unreadable',
    title: isProblem ? answer.title : 'Unexpected answer',
    detail: isProblem ? answer.detail : 'The answer is not one of this service.',
    status: response.status,
    requestId: (isProblem && answer.requestId) || response.headers.get('X-Request-Id'),
    retryAfter: seconds(response.headers.get('Retry-After')),
  });
}

/**
 * Read `Retry-After`, which others than us also write as a date (RFC 9110 10.2.3).
 *
 * @param {string | null} header
 * @returns {number | null}
 */
function seconds(header) {
  if (!header) return null;
  const left = () => Math.ceil((Date.parse(header) - Date.now()) / SECOND);
  const pause = /^\d+$/.test(header) ? +header : left();
  return Number.isNaN(pause) ? null : Math.max(pause, 0);
}

/**
 * @param {(asked: AskOptions) => Promise<any>} status
 * @param {SettledOptions<any>} [options]
 */
async function settle(status, { signal, onStatus } = {}) {
  let left = LONGEST_WAIT;
  for (let look = 0; ; look++) {
    let pause = PAUSES[Math.min(look, PAUSES.length - 1)] ?? 0;
    let standing;
    let refusal;
    try {
      standing = await status(signal ? { signal } : {});
    } catch (error) {
      if (!isPassing(error)) throw error;
      refusal = error;
      pause = Math.max(pause, error.retryAfter ?? 0);
    }
    if (standing) {
      onStatus?.(standing);
      if (standing.status !== 'pending' && standing.access !== 'pending') return standing;
    }
    left -= pause;
    if (left < 0) {
      if (refusal) throw refusal;
      return standing;
    }
    await wait(pause * SECOND, signal);
    await visible(signal);
  }
}

/**
 * Tell whether the next try may well succeed.
 *
 * @param {unknown} error
 * @returns {error is EchosealError}
 */
function isPassing(error) {
  return (
    error instanceof EchosealError &&
    (error.code === 'network' ||
      error.retryAfter !== null ||
      (error.code === 'unreadable' && error.status >= 500))
  );
}

/**
 * @param {number} milliseconds
 * @param {AbortSignal | undefined} signal
 */
function wait(milliseconds, signal) {
  return until(signal, (done) => {
    const timer = setTimeout(done, milliseconds);
    return () => clearTimeout(timer);
  });
}

/** @param {AbortSignal | undefined} signal */
function visible(signal) {
  if (!inBrowser() || !document.hidden) return null;
  return until(signal, (done) => {
    document.addEventListener('visibilitychange', done, { once: true });
    return () => document.removeEventListener('visibilitychange', done);
  });
}

/**
 * Wait for something that `begin` begins to wait for; it returns what ends that.
 *
 * @param {AbortSignal | undefined} signal
 * @param {(done: () => void) => () => void} begin
 * @returns {Promise<void>}
 */
function until(signal, begin) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const end = begin(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    });
    function stop() {
      end();
      reject(signal?.reason);
    }
    signal?.addEventListener('abort', stop, { once: true });
  });
}

/** @param {any} answer */
function isStanding({ status, checksum }) {
  return isText(status) && isText(checksum);
}

/** @param {any} answer */
function isStarted({ status, redirectUrl = 'https:' }) {
  return isText(status) && isAddress(redirectUrl);
}

/** @param {unknown} value */
function isText(value) {
  return typeof value === 'string';
}

/** @param {unknown} value @returns {value is string} */
function isAddress(value) {
  return isText(value) && /^https?:/.test(`${value}`);
}

function inBrowser() {
  return typeof document !== 'undefined';
}

/** Return the page's cookies, the session's among them; nothing where there are none to read. */
function cookies() {
  try {
    return document.cookie;
  } catch {
    return ''; // on a server, or in a sandboxed frame
  }
}

/** Return this page's address without query and fragment; nothing on a server. */
function here() {
  return inBrowser() ? location.origin + location.pathname : undefined;
}

/**
 * @param {string | null | undefined} url
 * @returns {string | null | undefined}
 */
function absolute(url) {
  return url && inBrowser() ? new URL(url, location.href).href : url;
}

/**
 * Change the query in the address bar; nothing is loaded anew.
 *
 * @param {string} query
 */
function setQuery(query) {
  const url = new URL(location.href);
  url.search = query;
  history.replaceState(history.state, '', url);
}

/**
 * @param {string} key
 * @param {string} value
 */
function remember(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // There is none, or it is refused: the return is then an ordinary visit.
  }
}

/**
 * @param {string} key
 * @returns {string | null}
 */
function recall(key) {
  try {
    const value = sessionStorage.getItem(key);
    sessionStorage.removeItem(key);
    return value;
  } catch {
    return null;
  }
}
