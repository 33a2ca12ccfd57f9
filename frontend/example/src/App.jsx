/** @file One page for each component. */

import { useState } from 'react';

import { createClient } from '../../client/echoseal.js';
import {
  Billing,
  Connections,
  EchosealProvider,
  Signing,
  Verification,
  VerificationBadge,
  useEchoseal,
} from '../../react/index.js';
import { LANGUAGES, choose } from './settings.js';
import { isLoggedIn, logIn, logOut } from './sandbox.js';

const PAGES = {
  '/': 'Overview',
  '/verification': 'Verification',
  '/signing': 'Signing',
  '/billing': 'Billing',
  '/connections': 'Connections',
};

/**
 * Libraries of vendors' own that open their pages, by their files.
 * @type {Record<string, { name: string, open: import('../../react/useTrip.js').Opener }>}
 */
const OPENERS = import.meta.glob('./openers/*.js', { eager: true });

/**
 * @param {{ sandbox: import('./sandbox.js').Sandbox, settings: import('./settings.js').Settings }} props
 */
export function App({ sandbox, settings }) {
  // a new one for each user: all that is known of the one before is forgotten with it
  const [client, setClient] = useState(() => createClient());
  const page = location.pathname in PAGES ? location.pathname : '/';
  return (
    <EchosealProvider
      client={client}
      texts={LANGUAGES[settings.language]}
      logInUrl="/log-in"
      contactUrl="mailto:hello@harbour-bikes.example"
    >
      <header className="shop-header">
        <a href="/" className="shop-name">
          Harbour Bikes
        </a>
        <Account sandbox={sandbox} onChange={() => setClient(createClient())} />
      </header>
      <nav className="shop-nav" aria-label="Components">
        {Object.entries(PAGES).map(([path, title]) => (
          <a key={path} href={path} aria-current={path === page ? 'page' : undefined}>
            {title}
          </a>
        ))}
      </nav>
      <main className="shop-main">
        <h1>{PAGES[/** @type {keyof typeof PAGES} */ (page)]}</h1>
        <Shown page={page} sandbox={sandbox} frame={settings.frame} />
      </main>
      <footer className="shop-footer">
        <Choices settings={settings} />
      </footer>
    </EchosealProvider>
  );
}

/**
 * @param {{ page: string, sandbox: import('./sandbox.js').Sandbox, frame: boolean }} props
 */
function Shown({ page, sandbox, frame }) {
  const { client } = useEchoseal();
  const [verified, setVerified] = useState(/** @type {typeof client | null} */ (null));
  const isAll = page === '/';
  return (
    <div className="shop-shown">
      {isAll || page === '/verification' ? (
        <>
          <Verification frame={frame} onChange={(told) => setVerified(told.verified ? client : null)} />
          <p>
            <VerificationBadge verified={verified === client} showUnverified />
          </p>
        </>
      ) : null}
      {isAll || page === '/signing' ? <Documents sandbox={sandbox} frame={frame} /> : null}
      {isAll || page === '/billing' ? <Plans sandbox={sandbox} /> : null}
      {isAll || page === '/connections' ? <Connections names={connectable(sandbox)} /> : null}
    </div>
  );
}

/**
 * @param {{ sandbox: import('./sandbox.js').Sandbox, frame: boolean }} props
 */
function Documents({ sandbox, frame }) {
  const asked = new URLSearchParams(location.search).get('provider');
  const vendors = sandbox.signs.filter(({ name }) => !asked || name === asked);
  const documents = new Set(vendors.flatMap((vendor) => vendor.documents));
  return [...documents].map((document) => {
    const names = vendors.filter((one) => one.documents.includes(document)).map(({ name }) => name);
    const openerOf = (/** @type {string} */ name) =>
      Object.values(OPENERS).find((one) => one.name === name);
    const name = names.find((one) => !openerOf(one)) ?? names[0] ?? '';
    const opener = openerOf(name);
    return (
      <Signing
        key={document}
        document={document}
        title={inWords(document)}
        provider={name}
        frame={frame}
        open={opener?.open}
      />
    );
  });
}

/**
 * @param {{ sandbox: import('./sandbox.js').Sandbox }} props
 */
function Plans({ sandbox }) {
  const plans = sandbox.bills.flatMap((vendor) => Object.entries(vendor.plans));
  return plans.map(([plan, mode]) => (
    <Billing
      key={plan}
      plan={plan}
      title={inWords(plan)}
      price={mode === 'setup' ? undefined : priceOf(mode)}
    />
  ));
}

/**
 * @param {{ sandbox: import('./sandbox.js').Sandbox, onChange: () => void }} props
 */
function Account({ sandbox, onChange }) {
  if (isLoggedIn(sandbox)) {
    return (
      <button
        type="button"
        onClick={() => {
          logOut(sandbox);
          onChange();
        }}
      >
        Log out
      </button>
    );
  }
  return (
    <span className="shop-account">
      {sandbox.users.map((user) => (
        <button key={user.id} type="button" onClick={() => void logIn(sandbox, user).then(onChange)}>
          Log in as {user.displayName}
        </button>
      ))}
    </span>
  );
}

/**
 * @param {{ settings: import('./settings.js').Settings }} props
 */
function Choices({ settings }) {
  return (
    <>
      <label>
        Language{' '}
        <select
          value={settings.language}
          onChange={({ target }) => choose('language', target.value)}
        >
          {Object.keys(LANGUAGES).map((language) => (
            <option key={language}>{language}</option>
          ))}
        </select>
      </label>
      <label>
        <input
          type="checkbox"
          checked={settings.frame}
          onChange={({ target }) => choose('frame', target.checked ? 'yes' : 'no')}
        />{' '}
        Vendors’ pages in a frame
      </label>
      <label>
        <input
          type="checkbox"
          checked={settings.direction === 'rtl'}
          onChange={({ target }) => choose('direction', target.checked ? 'rtl' : 'ltr')}
        />{' '}
        Right to left
      </label>
    </>
  );
}

/**
 * @param {import('./sandbox.js').Sandbox} sandbox
 */
function connectable({ vendors }) {
  const connecting = vendors.filter(({ connects }) => connects);
  return Object.fromEntries(connecting.map(({ name, title }) => [name, title]));
}

/**
 * @param {string} mode
 * @returns {import('../../react/wording.js').Price}
 */
function priceOf(mode) {
  return { amount: 12.5, currency: 'EUR', per: mode === 'subscription' ? 'month' : 'once' };
}

/**
 * @param {string} name such as `provider-agreement`
 */
function inWords(name) {
  const words = name.replace(/[-_]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
