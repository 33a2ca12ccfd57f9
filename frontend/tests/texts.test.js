/** @file The texts: the same keys and placeholders in each language, and words for what happens. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';

import { pauseOf, problemOf } from '../react/problems.js';
import { day, fill, inWords, money } from '../react/wording.js';
import { LANGUAGES } from './languages.js';

/**
 * Return all texts by their paths.
 *
 * @param {object} texts
 * @param {string} [path]
 * @returns {[string, string][]}
 */
function flat(texts, path = '') {
  return Object.entries(texts).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [/** @type {[string, string]} */ ([path + key, value])]
      : flat(value, `${path + key}.`),
  );
}

/** @param {string} text */
const placeholders = (text) => (text.match(/\{\w+\}/g) ?? []).sort();

const ENGLISH = new Map(flat(LANGUAGES.en ?? {}));

test('there are six languages', () => {
  assert.deepEqual(Object.keys(LANGUAGES).sort(), ['de', 'en', 'es', 'fi', 'fr', 'pt']);
});

for (const [language, texts] of Object.entries(LANGUAGES)) {
  test(`${language} has every text, in its own words, with the same placeholders`, () => {
    const found = flat(texts);
    assert.equal(texts.language, language);
    assert.deepEqual(found.map(([path]) => path), [...ENGLISH.keys()]);
    for (const [path, text] of found) {
      const english = ENGLISH.get(path) ?? '';
      assert.notEqual(text.trim(), '', path);
      assert.deepEqual(placeholders(text), placeholders(english), path);
      if (language !== 'en' && english.length > 20) assert.notEqual(text, english, path);
    }
  });
}

describe('docs/errors.md', () => {
  const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const table = page.split('## Answers to the frontend')[1]?.split('\n## ')[0] ?? '';
  const rows = [...table.matchAll(/^\| `([a-z-]+)` \| (\d+) \|.*\| ([^|]+) \|$/gm)];
  /** @type {Record<string, RegExp>} by the words of the column "what the frontend should do" */
  const remedies = {
    logIn: /log-in page/,
    wait: /Retry-After/,
    begin: /^offer to (start|connect)/,
    nothing: /only the user can do this/,
    operator: /./,
  };

  test('lists them', () => assert.ok(rows.length > 20));

  for (const [, code = '', , advice = ''] of rows) {
    test(`${code} is answered as it says`, () => {
      const [expected] = Object.entries(remedies).find(([, words]) => words.test(advice)) ?? [];
      const isWait = expected === 'wait';
      const error = /** @type {any} */ ({ code, retryAfter: isWait ? 7 : null });
      assert.equal(problemOf(error).remedy, expected);
      assert.equal(pauseOf(error), isWait ? 7 : 0);
    });
  }
});

test('no answer at all is tried again', () => {
  assert.equal(problemOf(/** @type {any} */ ({ code: 'network', retryAfter: null })).remedy, 'retry');
});

test('what is not known is told to the operator, unless it says when to come back', () => {
  const later = /** @type {any} */ ({ code: 'echoseal-unavailable', retryAfter: 5 });
  const never = /** @type {any} */ ({ code: 'router-loop', retryAfter: null });
  assert.equal(problemOf(never).remedy, 'operator');
  assert.equal(problemOf(later).remedy, 'wait');
  assert.equal(pauseOf(later), 5);
});

test('a wait that nobody has told the length of is half a minute', () => {
  assert.equal(pauseOf(/** @type {any} */ ({ code: 'overloaded', retryAfter: null })), 30);
});

test('placeholders are filled in, and what is not known stays', () => {
  assert.equal(fill('{a} and {b}, {c}', { a: 'one', b: '$&' }), 'one and $&, {c}');
});

test('dates, prices and waits are those of the language', () => {
  assert.equal(day('2026-03-01T12:00:00Z', 'pt'), '1 de março de 2026');
  assert.equal(day(undefined, 'en'), '');
  assert.equal(money({ amount: 12.5, currency: 'EUR' }, 'de'), '12,50\u00a0€');
  assert.equal(money({ amount: 1250, currency: 'JPY' }, 'en'), '¥1,250');
  assert.equal(inWords(0.2, 'en'), 'in 1 second');
  assert.equal(inWords(3600, 'fi'), '60 minuutin päästä');
  assert.equal(inWords(20_000, 'fr'), 'dans 6 heures');
});
