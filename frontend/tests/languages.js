/** @file All languages that there are texts in. */

import { readdirSync } from 'node:fs';

const folder = new URL('../react/texts/', import.meta.url);
const names = readdirSync(folder).filter((name) => /^\w\w\.js$/.test(name));

/** @type {Record<string, import('../react/texts/index.js').Texts>} */
export const LANGUAGES = Object.fromEntries(
  await Promise.all(
    names.map(async (name) => [name.slice(0, 2), (await import(new URL(name, folder).href)).default]),
  ),
);
