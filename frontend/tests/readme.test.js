/** @file What react/README.md shows and lists is what there is. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { build } from 'vite';

const frontend = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(`${frontend}react/README.md`, 'utf8');
const styles = readFileSync(`${frontend}react/echoseal.css`, 'utf8');

/** @param {string} language */
const blocks = (language) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text = '']) => text);

describe('its blocks', () => {
  const shown = blocks('jsx');
  /** @type {string} */
  let folder;

  before(async () => {
    folder = mkdtempSync(`${frontend}.built-`);
    shown.forEach((text, number) => writeFileSync(`${folder}/block${number}.jsx`, text));
    writeFileSync(`${folder}/kit.jsx`, "export { EchosealProvider } from 'echoseal-frontend/react';");
    await build({
      configFile: false,
      root: folder,
      logLevel: 'error',
      esbuild: { jsx: 'automatic' },
      resolve: {
        alias: [
          { find: /^echoseal-frontend\/react$/, replacement: `${frontend}react/index.js` },
          { find: /^echoseal-frontend\/(?=react)/, replacement: frontend },
        ],
      },
      build: {
        ssr: true,
        outDir: 'out',
        rollupOptions: {
          input: ['kit', ...[...shown.keys()].map((number) => `block${number}`)].map(
            (name) => `${folder}/${name}.jsx`,
          ),
          external: 'hellosign-embedded',
        },
      },
    });
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const number of shown.keys()) {
    test(`number ${number + 1} is a component that renders`, async () => {
      const { default: own, ...named } = await import(`${folder}/out/block${number}.js`);
      const { EchosealProvider } = await import(`${folder}/out/kit.js`);
      const component = own ?? Object.values(named)[0];
      const html = renderToString(createElement(EchosealProvider, null, createElement(component)));
      assert.match(html, /<(section|button)/);
    });
  }
});

test('it lists every variable, with the defaults that the style sheet has', () => {
  const listed = [...page.matchAll(/^\| `--(echoseal-[a-z-]+)` \| ([^|]+) \|/gm)].map(
    ([, name, defaults = '']) => [name, defaults.replaceAll('`', '').trim()],
  );
  const [main = ''] = styles.split('@supports');
  const used = [...main.matchAll(/var\(--(echoseal-[a-z-]+), (light-dark\(([^)]*)\)|[^)]*)\)/g)].map(
    ([, name, plain, both]) => [name, both ?? plain],
  );
  assert.ok(used.length > 15);
  assert.deepEqual(listed.sort(), used.sort());
});

test('browsers before light-dark() get the light colours', () => {
  const both = [...styles.matchAll(/var\((--echoseal-[a-z-]+), light-dark\((#\w+),/g)];
  const [, older = ''] = styles.split('@supports');
  for (const [, name, light] of both) assert.ok(older.includes(`var(${name}, ${light})`), name);
});

test('what it sets exists', () => {
  for (const text of blocks('css')) {
    for (const [, name] of text.matchAll(/^ *(--echoseal-[a-z-]+):/gm)) {
      assert.ok(page.includes(`| \`${name}\` |`), name);
    }
  }
});
