/** Prints which files of the client need a newer language than Node 18 and today's browsers have. */

import { readFileSync } from 'node:fs';
import { argv } from 'node:process';

import { transformWithEsbuild } from 'vite';

const newer = [];
for (const path of argv.slice(2)) {
  const source = readFileSync(path, 'utf8');
  const plain = { loader: 'jsx', sourcemap: false };
  const asWritten = await transformWithEsbuild(source, path, { ...plain, target: 'esnext' });
  const forAll = await transformWithEsbuild(source, path, { ...plain, target: ['node18', 'es2022'] });
  if (asWritten.code !== forAll.code) newer.push(path);
}
console.log(JSON.stringify({ newer }));
