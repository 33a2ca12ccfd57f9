/** @file A page in TypeScript, of somebody who has installed the package, takes the components' types. */

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const frontend = fileURLToPath(new URL('..', import.meta.url));
const tsc = `${frontend}node_modules/typescript/bin/tsc`;
const PAGE = `
import {
  Billing, Connections, EchosealProvider, Signing, Verification, VerificationBadge, useEchoseal, useTrip,
} from 'echoseal-frontend/react';
import { dropboxSign } from 'echoseal-frontend/react/dropbox-sign.js';
import fi from 'echoseal-frontend/react/texts/fi.js';

class Library { open() {} once() {} close() {} }
const open = dropboxSign(async () => ({ default: Library }), { clientId: '' });

export function Page() {
  return (
    <EchosealProvider texts={fi} locale="fi" logInUrl="/login">
      <Verification frame onChange={({ verified }) => verified === true} texts={{ start: 'Go' }} />
      <VerificationBadge badge={{ status: 'approved' }} />
      <Signing document="agreement" open={open} />
      <Billing plan="membership" price={{ amount: 1, currency: 'EUR', per: 'month' }} />
      {/* @ts-expect-error there is no such time */}
      <Billing plan="membership" price={{ amount: 1, currency: 'EUR', per: 'fortnight' }} />
      {/* @ts-expect-error it needs a document */}
      <Signing />
      {/* @ts-expect-error there is no such text */}
      <Verification texts={{ begin: 'Go' }} />
      <Connections names={{ till: 'The till' }} />
    </EchosealProvider>
  );
}

export function Own() {
  const { standing } = useTrip(useEchoseal().client.billing('membership'));
  const until: string | undefined = standing?.paidUntil;
  return <p>{until}</p>;
}
`;
/** @type {string} */
let folder;

before(() => {
  folder = mkdtempSync(`${frontend}.built-`);
  const kit = `${folder}/node_modules/echoseal-frontend`;
  mkdirSync(kit, { recursive: true });
  copyFileSync(`${frontend}package.json`, `${kit}/package.json`);
  run('--project', `${frontend}tsconfig.build.json`, '--noCheck', '--outDir', `${kit}/build/types`);
  writeFileSync(`${folder}/page.tsx`, PAGE);
});
after(() => rmSync(folder, { recursive: true }));

test('it is strict about them', () => {
  const options = { strict: true, noEmit: true, jsx: 'react-jsx', target: 'es2022', types: [] };
  const compilerOptions = { ...options, module: 'nodenext', skipLibCheck: true };
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['page.tsx'] }));
  run('--project', folder);
});

/** @param {...string} options what goes wrong is told */
function run(...options) {
  execFileSync(process.execPath, [tsc, ...options], { stdio: ['ignore', 'inherit', 'inherit'] });
}
