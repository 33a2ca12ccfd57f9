/** @file The components as they are packed, on a server: in each language and state, with each React. */

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, describe, mock, test } from 'node:test';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'vite';

import { LANGUAGES } from './languages.js';

const frontend = fileURLToPath(new URL('..', import.meta.url));
// What is built finds the React that lies above it.
const REACTS = { 18: `${frontend}tests/react-18/`, 19: frontend };

const STATES = {
  Verification: ['none', 'invalid', 'pending', 'approved', 'rejected', 'failed', 'expired'],
  Signing: ['none', 'invalid', 'pending', 'signed', 'declined', 'expired', 'cancelled', 'failed'],
  Billing: [
    'none', 'invalid', 'pending', 'paid', 'saved', 'active', 'past_due', 'paused', 'cancelled',
    'expired', 'failed',
  ], // prettier-ignore
};
const GOOD = ['approved', 'signed', 'paid', 'saved', 'active', 'past_due'];
const SECTIONS = /** @type {const} */ ({
  Verification: 'verification',
  Signing: 'signing',
  Billing: 'billing',
});

/**
 * @param {keyof typeof STATES} name
 * @param {string} status
 */
function propsOf(name, status) {
  const isGood = GOOD.includes(status);
  const flags = { verified: isGood, signed: isGood, entitled: isGood, checksum: 'valid' };
  const times = { completedAt: '2026-03-01T12:00:00Z', paidUntil: '2027-03-01T12:00:00Z' };
  const own = {
    Verification: {},
    Signing: { document: 'house-rules', title: 'House rules' },
    Billing: {
      plan: 'membership',
      title: 'Membership',
      price: { amount: 12.5, currency: 'EUR', per: 'month' },
    },
  }[name];
  return { ...own, initialStanding: { status, ...flags, ...times } };
}

for (const [version, folder] of Object.entries(REACTS)) {
  const isInstalled = existsSync(`${folder}node_modules/react`);
  const isDue = isInstalled || process.env.CI === 'true';
  describe(`React ${version}`, { skip: isDue ? false : `npm ci in ${folder} brings it` }, () => {
    const { resolve } = createRequire(folder);
    /** @type {import('node:test').Mock<typeof console.error>} */
    let said;
    /** @type {string} */
    let built;
    /** @type {any} */
    let kit;
    /** @type {any} */
    let react;
    /** @type {any} */
    let server;

    /**
     * @param {'Verification' | 'VerificationBadge' | 'Signing' | 'Billing' | 'Connections'} name
     * @param {any} props
     * @param {any} provided what the provider is given; null: there is none
     * @returns {string}
     */
    function render(name, props, provided) {
      const component = react.createElement(kit[name], props);
      const { EchosealProvider } = kit;
      return server.renderToString(
        provided ? react.createElement(EchosealProvider, provided, component) : component,
      );
    }

    before(async () => {
      said = mock.method(console, 'error', () => {});
      built = mkdtempSync(`${folder}.built-`);
      const client = relative(built, `${frontend}client/echoseal.js`);
      const paths = (/** @type {string} */ id) => (id.endsWith('/echoseal.js') ? client : id);
      await build({
        configFile: `${frontend}vite.config.js`,
        logLevel: 'error',
        build: { outDir: built, rollupOptions: { output: { paths } } },
      });
      kit = await import(`${built}/index.js`);
      react = (await import(resolve('react'))).default;
      server = (await import(resolve('react-dom/server'))).default;
    });
    after(() => {
      rmSync(built, { recursive: true });
      said.mock.restore();
    });

    test('it is that React', () => assert.equal(react.version.split('.')[0], version));

    test('a page is rendered before anything is known', () => {
      for (const name of /** @type {const} */ (['Verification', 'Signing', 'Billing', 'Connections'])) {
        const html = render(name, { document: 'house-rules', plan: 'membership' }, {});
        assert.match(html, /Looking up how it stands …/);
      }
      assert.equal(render('VerificationBadge', {}, {}), '');
    });

    test('each state is told in each language, with nothing left to fill in', () => {
      for (const [language, texts] of Object.entries(LANGUAGES)) {
        for (const name of /** @type {(keyof typeof STATES)[]} */ (Object.keys(STATES))) {
          for (const status of STATES[name]) {
            const html = render(name, propsOf(name, status), { texts });
            const told = `${version} ${language} ${name} ${status}: ${html}`;
            assert.doesNotMatch(html, /[{}]|undefined|\[object|Invalid/, told);
            assert.match(html, new RegExp(`lang="${language}"`), told);
            const words = /** @type {any} */ (texts[SECTIONS[name]]);
            const title = words[status].title
              .replace(/\{document\}/, 'House rules')
              .replace(/\{plan\}/, 'Membership');
            assert.ok(html.includes(title), told);
          }
        }
      }
    });

    test('a badge is that of whoever it is given for', () => {
      const badge = { status: 'approved', at: '2026-03-01T12:00:00Z' };
      assert.match(render('VerificationBadge', { badge }, { texts: LANGUAGES.fi }), /1\. maaliskuuta 2026/);
      assert.equal(render('VerificationBadge', { badge: null }, {}), '');
      assert.match(render('VerificationBadge', { badge: null, showUnverified: true }, {}), /not verified/);
    });

    test('a text of one’s own takes the place of one, and leaves the others', () => {
      const texts = { none: { title: 'Who are you?', text: 'Tell us.' } };
      const html = render('Verification', { ...propsOf('Verification', 'none'), texts }, {});
      assert.match(html, /Who are you\?.*Verify my identity/s);
    });

    test('without a provider it is said what is missing', () => {
      assert.throws(() => render('Verification', {}, null), /EchosealProvider/);
    });

    test('React had nothing to complain about', () => {
      assert.deepEqual(said.mock.calls.map(({ arguments: [text] }) => text), []);
    });
  });
}
