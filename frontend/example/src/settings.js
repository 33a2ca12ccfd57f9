/** @file What the visitor has chosen, in the address (`?language=fi&frame=yes`) or remembered. */

import de from '../../react/texts/de.js';
import en from '../../react/texts/en.js';
import es from '../../react/texts/es.js';
import fi from '../../react/texts/fi.js';
import fr from '../../react/texts/fr.js';
import pt from '../../react/texts/pt.js';

/** A real marketplace imports the one language that it has. */
export const LANGUAGES = { en, fi, de, fr, es, pt };

/** @typedef {keyof typeof LANGUAGES} Language */

/**
 * @typedef {object} Settings
 * @property {Language} language
 * @property {'ltr' | 'rtl'} direction
 * @property {boolean} frame vendors' pages open here
 */

/**
 * @returns {Settings}
 */
export function readSettings() {
  const language = chosen('language') ?? '';
  return {
    language: isLanguage(language) ? language : 'en',
    direction: chosen('direction') === 'rtl' ? 'rtl' : 'ltr',
    frame: chosen('frame') === 'yes',
  };
}

/**
 * Remember a choice, and show the page with it.
 *
 * @param {string} name
 * @param {string} value
 */
export function choose(name, value) {
  sessionStorage.setItem(name, value);
  location.assign(location.pathname);
}

/**
 * @param {string} name
 * @returns {string | null}
 */
function chosen(name) {
  const value = new URLSearchParams(location.search).get(name);
  if (value !== null) sessionStorage.setItem(name, value);
  return sessionStorage.getItem(name);
}

/**
 * @param {string} language
 * @returns {language is Language}
 */
function isLanguage(language) {
  return Object.hasOwn(LANGUAGES, language);
}
