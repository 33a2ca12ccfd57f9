/** @file Renders a component as a server does; built by Vite, for whichever React lies beside it. */

import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

import * as kit from '../react/index.js';

/**
 * @param {'Verification' | 'VerificationBadge' | 'Signing' | 'Billing' | 'Connections'} name
 * @param {any} props
 * @param {any} provided what the provider is given; null: there is none
 * @returns {string}
 */
export function render(name, props, provided) {
  const component = createElement(/** @type {any} */ (kit[name]), props);
  if (!provided) return renderToString(component);
  return renderToString(createElement(/** @type {any} */ (kit.EchosealProvider), provided, component));
}
