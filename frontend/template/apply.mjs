#!/usr/bin/env node
/**
 * Puts Echoseal's kit into a checkout of Sharetribe's Web Template, or takes it out again.
 *
 * It copies our own files and inserts marked blocks of our own lines; the template's lines stay as
 * they are. Where an anchor is not there once, or a file is not as it was, nothing is changed at
 * all. Applied twice it is as applied once. No dependencies; Node 18.17 or newer.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

import { HOST, plan } from './checkout.mjs';
import { differences } from './differences.mjs';

/** @typedef {import('./checkout.mjs').Changes} Changes */

const TESTED_WITH = '12.2';
const USAGE = `Usage: node apply.mjs [--dry-run] [--frame HOST[,HOST…]] [--remove] CHECKOUT

Puts Echoseal's kit into a checkout of Sharetribe's Web Template: the page /verification, the
gate before both privileged endpoints, and what hands Echoseal's paths on. Twice is as once; a newer
version replaces an older one.

  --dry-run   show what would change, and change nothing
  --frame     hosts of vendors that pages may show in a frame ('*.veriff.me'): a line in
              server/csp.js. Kept when it is applied again; \`--frame none\` takes it out
  --remove    take everything out again
  --help      this text

Nothing is changed where something is in the way; it says what, and what to do by hand.
Ends with 0 when it is done, 1 when it refuses, 2 when it is asked in another way.`;

/** Where a file is written before it takes its place: whoever is cut short has no half of one. */
const DRAFT = '.echoseal-draft';

/** @param {string[]} args @returns {number} the exit status */
function main(args) {
  let asked;
  try {
    asked = read(args);
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${USAGE}`);
    return 2;
  }
  if (asked.help) {
    console.log(USAGE);
    return 0;
  }
  const { checkout, isRemoval, isDry, frame } = asked;
  const { problems, changes, notes } = plan(checkout, { isRemoval, frame });
  for (const note of [...versionNotes(checkout), ...notes]) console.error(`Note: ${note}`);
  if (problems.length > 0) {
    console.error('Nothing was changed:');
    for (const problem of problems) console.error(`  ${problem}`);
    return 1;
  }
  if (isDry) {
    process.stdout.write(differences(changes));
    return 0;
  }
  try {
    write(checkout, changes);
  } catch (error) {
    console.error(`Nothing was changed: ${messageOf(error)}`);
    return 1;
  }
  console.log(told(changes, isRemoval));
  return 0;
}

/** @param {unknown} error */
function messageOf(error) {
  return error instanceof Error ? error.message : String(error);
}

/** @param {string[]} args */
function read(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      frame: { type: 'string' },
      help: { type: 'boolean', default: false },
      remove: { type: 'boolean', default: false },
    },
  });
  const asked = {
    help: values.help,
    isDry: values['dry-run'],
    isRemoval: values.remove,
    checkout: resolve(positionals[0] ?? '.'),
    frame: framesOf(values.frame),
  };
  if (asked.help) return asked;
  if (positionals.length !== 1) throw new Error('One checkout is needed.');
  if (!existsSync(join(asked.checkout, 'package.json'))) {
    throw new Error(`${asked.checkout} is no checkout: it has no package.json.`);
  }
  return asked;
}

/** @param {string | undefined} text @returns {string[] | null} */
function framesOf(text) {
  if (text === undefined) return null;
  if (text === 'none') return [];
  const hosts = text.split(',').map(host => host.trim());
  const wrong = hosts.find(host => !HOST.test(host));
  if (wrong !== undefined) throw new Error(`--frame: ${wrong} is no host.`);
  return hosts;
}

/** @param {string} checkout @returns {string[]} */
function versionNotes(checkout) {
  const { name, version = '?' } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'));
  return String(version).startsWith(`${TESTED_WITH}.`)
    ? []
    : [`tested with the template's ${TESTED_WITH}; ${name} is at ${version}.`];
}

/**
 * Write all of it, or put back what was there.
 *
 * @param {string} checkout
 * @param {Changes} changes
 */
function write(checkout, changes) {
  /** @type {[string, string | null][]} */
  const done = [];
  try {
    for (const [path, { before, after }] of changes) {
      done.push([path, before]);
      put(checkout, path, after);
    }
  } catch (error) {
    for (const [path, before] of done.reverse()) putBack(checkout, path, before);
    rmSync(join(checkout, DRAFT), { force: true });
    throw error;
  }
}

/** @param {string} checkout @param {string} path @param {string | null} text */
function putBack(checkout, path, text) {
  try {
    put(checkout, path, text);
  } catch {
    // the one that failed: nothing was written there
  }
}

/** @param {string} checkout @param {string} path @param {string | null} text */
function put(checkout, path, text) {
  const file = join(checkout, path);
  if (text !== null) {
    mkdirSync(dirname(file), { recursive: true });
    const draft = join(checkout, DRAFT);
    rmSync(draft, { force: true });
    writeFileSync(draft, text, { flag: 'wx' });
    const before = statSync(file, { throwIfNoEntry: false });
    if (before) chmodSync(draft, before.mode);
    renameSync(draft, file);
    return;
  }
  rmSync(file, { force: true });
  for (let folder = dirname(file); folder !== checkout; folder = dirname(folder)) {
    if (!existsSync(folder)) continue;
    if (readdirSync(folder).length > 0) break;
    rmdirSync(folder);
  }
}

/** @param {Changes} changes @param {boolean} isRemoval */
function told(changes, isRemoval) {
  if (changes.size === 0) return 'Nothing to do: it is as it should be.';
  const list = [...changes].map(([path, { before, after }]) => {
    return `  ${before === null ? 'new' : after === null ? 'gone' : 'changed'}  ${path}`;
  });
  const next = isRemoval
    ? 'Taken out.'
    : 'Applied. Settings and what to do next: docs/web-template.md of Echoseal.';
  return [...list, next].join('\n');
}

process.exitCode = main(process.argv.slice(2));
