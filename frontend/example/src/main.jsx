/** @file A small marketplace around the components, to try and to copy from. */

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { App } from './App.jsx';
import { loadSandbox } from './sandbox.js';
import { readSettings } from './settings.js';
import '../../react/echoseal.css';
import './example.css';

const settings = readSettings();
document.documentElement.lang = settings.language;
document.documentElement.dir = settings.direction;

const sandbox = await loadSandbox();
const root = /** @type {HTMLElement} */ (document.getElementById('root'));
createRoot(root).render(
  <StrictMode>
    <App sandbox={sandbox} settings={settings} />
  </StrictMode>,
);
