/** @file What all components share: the client, the texts, and where to log in and to ask. */

import { createContext, useContext, useMemo } from 'react';

import { createClient } from '../client/echoseal.js';
import en from './texts/en.js';

/** @typedef {import('../client/echoseal.js').Client} Client */
/** @typedef {import('./texts/index.js').Texts} Texts */
/** @typedef {import('./texts/index.js').SomeTexts} SomeTexts */

/**
 * @typedef {object} Shared
 * @property {Client} client
 * @property {Texts} texts complete
 * @property {string} locale of dates, prices and the vendors' pages
 * @property {string | undefined} logInUrl
 * @property {(() => void) | undefined} onLogIn
 * @property {string | undefined} contactUrl
 */

/**
 * @typedef {object} ProviderProps
 * @property {Client} [client] by default `createClient()`; keep it, a new one asks everything anew
 * @property {SomeTexts} [texts] a language, `echoseal-frontend/react/texts/fi.js`; what it lacks is English
 * @property {string} [locale] of dates, prices and the vendors' pages; by default the texts' language
 * @property {string} [logInUrl] the log-in page, for who is not logged in any more
 * @property {() => void} [onLogIn] is called instead, where pages change without being loaded
 * @property {string} [contactUrl] where users tell you that something is broken: a page, or `mailto:`
 * @property {import('react').ReactNode} children
 */

/** @type {import('react').Context<Shared | null>} */
const SharedContext = createContext(/** @type {Shared | null} */ (null));

/**
 * Give the components below what they share.
 *
 * @param {ProviderProps} props
 */
export function EchosealProvider({ client, texts, locale, logInUrl, onLogIn, contactUrl, children }) {
  const own = useMemo(() => client ?? createClient(), [client]);
  const shared = useMemo(() => {
    const complete = withDefaults(texts);
    return {
      client: own,
      texts: complete,
      locale: locale ?? complete.language,
      logInUrl,
      onLogIn,
      contactUrl,
    };
  }, [own, texts, locale, logInUrl, onLogIn, contactUrl]);
  return <SharedContext.Provider value={shared}>{children}</SharedContext.Provider>;
}

/**
 * Return what the provider above shares. Throws an Error where there is none.
 *
 * @returns {Shared}
 */
export function useEchoseal() {
  const shared = useContext(SharedContext);
  if (!shared) throw new Error('Put <EchosealProvider> around the components of Echoseal.');
  return shared;
}

/**
 * @param {SomeTexts} [texts]
 * @returns {Texts}
 */
function withDefaults(texts = {}) {
  /** @type {Record<string, unknown>} */
  const given = texts;
  const complete = Object.entries(en).map(([section, own]) => [
    section,
    typeof own === 'string' ? (given[section] ?? own) : Object.assign({}, own, given[section]),
  ]);
  return Object.fromEntries(complete);
}
