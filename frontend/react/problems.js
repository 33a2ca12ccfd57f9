/** @file What a user can do about a refusal, by its code (docs/errors.md). */

/** @typedef {import('../client/echoseal.js').EchosealError} EchosealError */
/** @typedef {Exclude<keyof import('./texts/index.js').Texts['problems'], 'requestId' | 'title' | 'ready'>} Problem */

/**
 * `logIn`: at the log-in page; `wait`: try again later; `retry`: try again now; `operator`: tell
 * who runs the marketplace; `begin`: do what comes before; `nothing`: nobody here can do anything.
 * @typedef {'logIn' | 'wait' | 'retry' | 'operator' | 'begin' | 'nothing'} Remedy
 */

/** @type {Record<string, { text: Problem, remedy: Remedy }>} */
const KNOWN = {
  'session-missing': { text: 'logIn', remedy: 'logIn' },
  'session-anonymous': { text: 'logIn', remedy: 'logIn' },
  'session-expired': { text: 'logIn', remedy: 'logIn' },
  'session-unreadable': { text: 'logInAfresh', remedy: 'logIn' },
  'session-ambiguous': { text: 'logInAfresh', remedy: 'logIn' },
  'session-impersonated': { text: 'impersonated', remedy: 'nothing' },
  'session-forbidden': { text: 'forbidden', remedy: 'operator' },
  'too-many-starts': { text: 'tooManyStarts', remedy: 'wait' },
  'too-many-attempts': { text: 'wait', remedy: 'wait' },
  'vendor-unavailable': { text: 'wait', remedy: 'wait' },
  'marketplace-unavailable': { text: 'wait', remedy: 'wait' },
  'frontend-unavailable': { text: 'wait', remedy: 'wait' },
  overloaded: { text: 'wait', remedy: 'wait' },
  network: { text: 'network', remedy: 'retry' },
  'not-billed': { text: 'notBilled', remedy: 'begin' },
  'not-connected': { text: 'reconnect', remedy: 'begin' },
  'needs-reconnection': { text: 'reconnect', remedy: 'begin' },
};

// Of other codes, such as a router's on the way: whoever says when to come back means that it may
// succeed then. What else there is no try of the user's changes: settings, requests, defects.
const LATER = /** @type {const} */ ({ text: 'wait', remedy: 'wait' });
const OPERATORS = /** @type {const} */ ({ text: 'operator', remedy: 'operator' });
const USUAL_WAIT_SECONDS = 30;

/**
 * Return what was thrown as the client's own refusal; a defect is nobody's to hide.
 *
 * @param {unknown} error
 * @returns {EchosealError}
 * @throws {unknown} what is no refusal
 */
export function refusalOf(error) {
  if (error instanceof Error && 'code' in error && 'retryAfter' in error) {
    return /** @type {EchosealError} */ (error);
  }
  throw error;
}

/**
 * Return what is said about a refusal, and what can be done about it.
 *
 * @param {EchosealError} error
 * @returns {{ text: Problem, remedy: Remedy }}
 */
export function problemOf(error) {
  return KNOWN[error.code] ?? (error.retryAfter === null ? OPERATORS : LATER);
}

/**
 * Return how many seconds to wait before the next try.
 *
 * @param {EchosealError} error
 * @returns {number}
 */
export function pauseOf(error) {
  return problemOf(error).remedy === 'wait' ? (error.retryAfter ?? USUAL_WAIT_SECONDS) : 0;
}
