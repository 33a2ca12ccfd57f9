/** Puts together what runs on a marketplace's server: the gate reads records by the verifier beside it. */

import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const FOLDERS = ['server', '../verifier'];
const OUT = join(import.meta.dirname, 'build', 'server');

mkdirSync(OUT, { recursive: true });
for (const folder of FOLDERS.map((name) => join(import.meta.dirname, name))) {
  const names = readdirSync(folder).filter((name) => /\.[cm]js$/.test(name));
  for (const name of names) copyFileSync(join(folder, name), join(OUT, name));
}
