/** @file What buttons begin: one thing at a time, and nothing for a page that is gone. */

import { useCallback, useRef } from 'react';

import { refusalOf } from './problems.js';

/** @typedef {import('../client/echoseal.js').EchosealError} EchosealError */

/**
 * @typedef {object} Acts
 * @property {import('react').RefObject<AbortController | null>} mounted set it for as long as there is
 *   something to act on, and abort it then
 * @property {import('react').RefObject<() => void>} again does the last thing once more
 * @property {(begin: () => void, work: (life: AbortSignal) => Promise<void>) => Promise<void>} act
 *   `begin` says so to the page, `work` does it; nothing happens while another thing is done
 */

/** A browser may stay all the same, for instance because somebody pressed Escape. */
export const LEAVING_MILLISECONDS = 15_000;

/**
 * @param {(part: { error?: EchosealError | null, working?: null }) => void} change the page's state
 * @returns {Acts}
 */
export function useActs(change) {
  const mounted = useRef(/** @type {AbortController | null} */ (null));
  const busy = useRef(/** @type {AbortSignal | null} */ (null)); // the life in which something is done
  const again = useRef(/** @type {() => void} */ (() => {}));

  const act = useCallback(
    async (
      /** @type {() => void} */ begin,
      /** @type {(life: AbortSignal) => Promise<void>} */ work,
    ) => {
      const life = mounted.current?.signal;
      if (!life || busy.current === life) return;
      busy.current = life;
      again.current = () => void act(begin, work);
      begin();
      try {
        await work(life);
      } catch (error) {
        if (life.aborted) return;
        change({ working: null }); // a defect, which goes on, holds no button
        change({ error: refusalOf(error) });
      } finally {
        if (busy.current === life) busy.current = null;
      }
    },
    [change],
  );

  return { mounted, again, act };
}
