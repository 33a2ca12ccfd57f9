/** @file The user's connections with other services. */

import { useCallback, useEffect, useRef, useState } from 'react';

import { useEchoseal } from './EchosealProvider.jsx';
import { refusalOf } from './problems.js';
import { LEAVING_MILLISECONDS, useActs } from './useActs.js';

/** @typedef {import('../client/echoseal.js').ConnectionStanding} ConnectionStanding */
/** @typedef {import('../client/echoseal.js').EchosealError} EchosealError */
/** @typedef {'connected' | 'declined' | 'failed' | 'disconnected'} End */

/**
 * @typedef {object} ConnectionsState
 * @property {ConnectionStanding[] | null} connections null until they are known
 * @property {EchosealError | null} error why the last thing was not done
 * @property {{ vendor: string, doing: 'starting' | 'leaving' | 'disconnecting' } | null} working
 * @property {{ vendor: string, end: End } | null} news how the last thing ended, a return too
 */

/**
 * @typedef {ConnectionsState & {
 *   connect: (vendor: string) => Promise<void>,
 *   disconnect: (vendor: string) => Promise<void>,
 *   look: () => Promise<void>,
 *   retry: () => void,
 * }} ConnectionsInHand
 */

/**
 * Return the user's connections, and what can be done with them; one thing at a time.
 *
 * @param {Record<string, Record<string, unknown>>} [options] a vendor's own options of connecting
 * @returns {ConnectionsInHand}
 */
export function useConnections(options = {}) {
  const { client } = useEchoseal();
  /** @type {ConnectionsState & { client: unknown }} */
  const before = { client, connections: null, error: null, working: null, news: null };
  const [state, setState] = useState(before);
  if (state.client !== client) setState(before); // React renders anew, and shows nothing of this time
  const latest = useRef(options);

  useEffect(() => {
    latest.current = options;
  });

  const change = useCallback(
    (/** @type {Partial<ConnectionsState>} */ part) => {
      setState((now) => (now.client === client ? { ...now, ...part } : now));
    },
    [client],
  );
  const { mounted, again, act } = useActs(change);

  const look = useCallback(async () => {
    const life = mounted.current?.signal;
    if (!life) return;
    again.current = () => void look();
    try {
      const connections = await client.connections({ signal: life });
      if (life.aborted) return;
      change({ connections, error: null });
      for (const { vendor } of connections) {
        const end = client.connection(vendor).returned();
        if (end) change({ news: { vendor, end } });
      }
    } catch (error) {
      if (!life.aborted) change({ error: refusalOf(error) });
    }
  }, [client, change, mounted, again]);

  const begin = useCallback(
    (/** @type {string} */ vendor, /** @type {'starting' | 'disconnecting'} */ doing) =>
      change({ working: { vendor, doing }, error: null, news: null }),
    [change],
  );

  const connect = useCallback(
    (/** @type {string} */ vendor) =>
      act(() => begin(vendor, 'starting'), async (life) => {
        const connection = client.connection(vendor);
        const departure = await connection.connect(latest.current[vendor] ?? {});
        if (life.aborted) return;
        change({ working: { vendor, doing: 'leaving' } });
        connection.leave(departure);
        setTimeout(() => {
          setState((now) => (now.working?.doing === 'leaving' ? { ...now, working: null } : now));
        }, LEAVING_MILLISECONDS);
      }),
    [client, act, begin, change],
  );

  const disconnect = useCallback(
    (/** @type {string} */ vendor) =>
      act(() => begin(vendor, 'disconnecting'), async (life) => {
        await client.connection(vendor).disconnect();
        await look();
        if (!life.aborted) change({ working: null, news: { vendor, end: 'disconnected' } });
      }),
    [client, act, begin, change, look],
  );

  useEffect(() => {
    const life = (mounted.current = new AbortController());
    /** Back by the browser's own button, with the page as it was left. */
    const resume = (/** @type {PageTransitionEvent} */ { persisted }) => {
      if (!persisted) return;
      change({ working: null });
      void look();
    };
    void look();
    window.addEventListener('pageshow', resume);
    return () => {
      life.abort();
      window.removeEventListener('pageshow', resume);
    };
  }, [change, look, mounted]);

  const retry = useCallback(() => again.current(), [again]);
  return { ...state, connect, disconnect, look, retry };
}
