/** @file One trip of a user's: how it stands, starting it, leaving for it, and being back. */

import { useCallback, useEffect, useRef, useState } from 'react';

import { refusalOf } from './problems.js';
import { LEAVING_MILLISECONDS, useActs } from './useActs.js';

/** @typedef {import('../client/echoseal.js').EchosealError} EchosealError */
/** @typedef {import('../client/echoseal.js').Standing} Standing */
/** @typedef {import('../client/echoseal.js').Started} Started */
/** @typedef {import('../client/echoseal.js').StartOptions} StartOptions */

/**
 * Shows a vendor's page, for vendors whose own library has to, until the user is through with it.
 * @typedef {(url: string, asked: { signal: AbortSignal }) => Promise<void>} Opener
 */

/**
 * @template {Standing} S
 * @typedef {object} TripOptions
 * @property {string} [locale] of the vendor's pages
 * @property {string} [successUrl] where the vendor leads back to; by default this page
 * @property {string} [errorUrl]
 * @property {string} [provider] which vendor, where several are enabled
 * @property {boolean} [frame] show the vendor's page in a frame (`opened`), instead of leaving
 * @property {Opener} [open] show the vendor's page in this way, instead of leaving
 * @property {boolean} [fresh] have the vendor asked after a return, whatever is stored (plans)
 * @property {S | null} [initialStanding] what is known already: nothing is asked then at first
 * @property {(standing: S) => void} [onChange] hears how it stands, at first and whenever it is told
 */

/**
 * @template {Standing} S
 * @typedef {object} TripState
 * @property {S | null} standing how it stands; null until that is known
 * @property {EchosealError | null} error why the last thing was not done
 * @property {boolean} isLoading nothing is known yet
 * @property {'starting' | 'leaving' | null} working what a button has begun
 * @property {Started | null} opened what is shown in the frame, or by the opener
 * @property {boolean} isAwaiting the result is asked for by itself, after the user's part
 * @property {boolean} isBack this page view is a return from the vendor
 */

/**
 * @template {Standing} S
 * @typedef {TripState<S> & {
 *   start: (more?: StartOptions) => Promise<void>,
 *   look: (how?: { wait?: boolean, fresh?: boolean }) => Promise<void>,
 *   go: (ask: () => Promise<{ redirectUrl: string }>) => Promise<void>,
 *   leave: () => void,
 *   close: () => void,
 *   retry: () => void,
 * }} TripInHand
 * What can be done: `start` it; `look` how it stands (`wait`: until it is pending no longer); `go` to
 * another page of the vendor's; `leave` for the opened page with the whole window, or `close` it;
 * `retry` what was refused.
 */

/**
 * Return how a trip stands, and what can be done with it.
 *
 * Nothing is started but by `start` and `go`, and no two things at once. Asks once at first, and
 * after a return until it is pending no longer. `trip` has to stay the same from one rendering to
 * the next: keep `client.signing(…)` in `useMemo`. With another one, nothing is known any more.
 *
 * @template {Standing} S
 * @param {import('../client/echoseal.js').Trip<S>} trip
 * @param {TripOptions<S>} [options]
 * @returns {TripInHand<S>}
 */
export function useTrip(trip, options = {}) {
  /** @type {TripState<S> & { trip: unknown }} */
  const before = {
    trip,
    standing: options.initialStanding ?? null,
    error: null,
    isLoading: !options.initialStanding,
    working: null,
    opened: null,
    isAwaiting: false,
    isBack: false,
  };
  const [state, setState] = useState(before);
  if (state.trip !== trip) setState(before); // React renders anew, and shows nothing of this time
  const latest = useRef(options);
  const visit = useRef(/** @type {{ trip: unknown, isBack: boolean }} */ ({ trip: null, isBack: false }));
  const asking = useRef(/** @type {AbortController | null} */ (null));
  const opening = useRef(/** @type {AbortController | null} */ (null));

  useEffect(() => {
    latest.current = options;
  });

  const change = useCallback(
    (/** @type {Partial<TripState<S>>} */ part) => {
      setState((now) => (now.trip === trip ? { ...now, ...part } : now));
    },
    [trip],
  );
  const { mounted, again, act } = useActs(change);

  const look = useCallback(
    async ({ wait = false, fresh = false } = {}) => {
      asking.current?.abort();
      const { signal } = (asking.current = new AbortController());
      again.current = () => void look({ wait, fresh });
      const show = (/** @type {S} */ standing) => {
        if (!signal.aborted) change({ standing, isLoading: false, error: null });
      };
      try {
        let standing = wait && !fresh ? null : await trip.status({ signal, fresh });
        if (standing) show(standing);
        if (wait && (!standing || standing.status === 'pending')) {
          change({ isAwaiting: true });
          standing = await trip.settled({ signal, onStatus: show });
        }
        if (signal.aborted) return;
        const isOver = standing?.status !== 'pending';
        change({ isAwaiting: false, ...(isOver ? { opened: null } : {}) });
      } catch (error) {
        if (signal.aborted) return;
        change({ isLoading: false, isAwaiting: false });
        change({ error: refusalOf(error) });
      }
    },
    [trip, change, again],
  );

  const begin = useCallback(() => {
    asking.current?.abort();
    change({ working: 'starting', error: null, isLoading: false, isAwaiting: false, opened: null });
  }, [change]);

  const depart = useCallback(
    (/** @type {{ redirectUrl?: string }} */ departure) => {
      change({ working: 'leaving' });
      trip.leave(departure);
      setTimeout(() => {
        setState((now) => (now.working === 'leaving' ? { ...now, working: null } : now));
      }, LEAVING_MILLISECONDS);
    },
    [trip, change],
  );

  const start = useCallback(
    (/** @type {StartOptions} */ more = {}) =>
      act(begin, async (life) => {
        const { locale, successUrl, errorUrl, provider, frame, open } = latest.current;
        const asked = { locale, successUrl, errorUrl, provider, ...more };
        const started = await trip.start(given(asked));
        if (life.aborted) return;
        if (!started.redirectUrl) {
          change({ working: null });
          void look({ wait: true });
        } else if (open) {
          change({ working: null, opened: started });
          const { signal } = (opening.current = new AbortController());
          try {
            await Promise.race([open(started.redirectUrl, { signal }), aborted(signal)]);
          } finally {
            if (!life.aborted && !signal.aborted) {
              change({ opened: null });
              void look({ wait: true });
            }
          }
        } else if (frame) {
          change({ working: null, opened: started });
          void look({ wait: true });
        } else {
          depart(started);
        }
      }),
    [trip, act, begin, change, depart, look],
  );

  const go = useCallback(
    (/** @type {() => Promise<{ redirectUrl: string }>} */ ask) =>
      act(begin, async (life) => {
        const departure = await ask();
        if (!life.aborted) depart(departure);
      }),
    [act, begin, depart],
  );

  const { opened } = state;
  const leave = useCallback(() => {
    if (opened) depart(opened);
  }, [opened, depart]);

  const close = useCallback(() => {
    opening.current?.abort();
    change({ opened: null });
    void look();
  }, [change, look]);

  useEffect(() => {
    const life = (mounted.current = new AbortController());
    const isFirst = visit.current.trip !== trip;
    // Told once: kept for an effect that runs twice (StrictMode).
    if (isFirst) visit.current = { trip, isBack: trip.returned() };
    const arrive = () => {
      const { isBack } = visit.current;
      change({ isBack, working: null });
      if (isBack || !latest.current.initialStanding) {
        void look({ wait: isBack, fresh: isBack && latest.current.fresh === true });
      }
    };
    /** Back by the browser's own button, with the page as it was left. */
    const resume = (/** @type {PageTransitionEvent} */ { persisted }) => {
      if (!persisted) return;
      visit.current = { trip, isBack: trip.returned() };
      arrive();
    };
    arrive();
    window.addEventListener('pageshow', resume);
    return () => {
      life.abort();
      asking.current?.abort();
      opening.current?.abort();
      window.removeEventListener('pageshow', resume);
    };
  }, [trip, change, look, mounted]);

  const { standing } = state;
  useEffect(() => {
    if (standing) latest.current.onChange?.(standing);
  }, [standing]);

  const retry = useCallback(() => again.current(), [again]);
  return { ...state, start, look, go, leave, close, retry };
}

/**
 * @param {StartOptions} options
 * @returns {StartOptions} those that are given and not empty: the client has defaults for the others
 */
function given(options) {
  const all = Object.entries(options);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== ''));
}

/**
 * @param {AbortSignal} signal
 * @returns {Promise<void>} once it is aborted
 */
function aborted(signal) {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
