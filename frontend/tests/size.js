/** Prints how large the headless client is in a page; ends with an error where it is too large. */

import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

import { transformWithEsbuild } from 'vite';

const LIMIT = 4096;
const CLIENT = new URL('../client/echoseal.js', import.meta.url);

const source = readFileSync(CLIENT, 'utf8');
const options = { format: 'esm', minify: true, sourcemap: false, target: 'es2022' };
const { code } = await transformWithEsbuild(source, 'echoseal.js', options);
const size = gzipSync(code).length;

console.log(`The headless client is ${size} bytes, minified and gzipped (${LIMIT} at most).`);
process.exitCode = size > LIMIT ? 1 : 0;
