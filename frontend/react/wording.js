/** @file Texts with something in them: placeholders, dates, prices, how long to wait. */

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Return a text with its placeholders filled in; an unknown one stays, so that it is noticed.
 *
 * @param {string} text such as `Connect {vendor}`
 * @param {Record<string, string>} values
 * @returns {string}
 */
export function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/**
 * Return words with their placeholders filled in.
 *
 * @template {Record<string, string | { title: string, text: string }>} W
 * @param {W} words
 * @param {Record<string, string>} values
 * @returns {W}
 */
export function filled(words, values) {
  const entries = Object.entries(words).map(([key, one]) => [
    key,
    typeof one === 'string'
      ? fill(one, values)
      : { title: fill(one.title, values), text: fill(one.text, values) },
  ]);
  return Object.fromEntries(entries);
}

/**
 * Return a day in words, "" for what is no time.
 *
 * @param {string | undefined} time as the API writes it
 * @param {string} locale
 * @param {'short'} [timeStyle] with the hour, for what ends soon
 * @returns {string}
 */
export function day(time, locale, timeStyle) {
  const date = new Date(time ?? '');
  if (Number.isNaN(date.getTime())) return '';
  const style = timeStyle ? { timeStyle } : {};
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', ...style }).format(date);
}

/**
 * @typedef {object} Price
 * @property {number} amount in the currency's own unit: 12.5 is twelve euros fifty
 * @property {string} currency such as `EUR`
 * @property {'once' | 'day' | 'week' | 'month' | 'year'} [per]
 */

/**
 * Return an amount of money in words.
 *
 * @param {Price} price
 * @param {string} locale
 * @returns {string}
 */
export function money({ amount, currency }, locale) {
  return new Intl.NumberFormat(locale, { style: 'currency', currency }).format(amount);
}

/**
 * Return when to try again: "in 5 minutes".
 *
 * @param {number} seconds
 * @param {string} locale
 * @returns {string}
 */
export function inWords(seconds, locale) {
  const words = new Intl.RelativeTimeFormat(locale);
  if (seconds < 2 * MINUTE) return words.format(Math.max(1, Math.ceil(seconds)), 'second');
  if (seconds < 2 * HOUR) return words.format(Math.ceil(seconds / MINUTE), 'minute');
  return words.format(Math.ceil(seconds / HOUR), 'hour');
}
