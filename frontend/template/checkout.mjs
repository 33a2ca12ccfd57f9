/**
 * A checkout of the Web Template: what stands in it of ours, and how it would look with or without.
 *
 * Nothing here writes. All is decided first, so that a checkout is changed wholly or not at all.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

import { INSERTIONS, MARKS, TEXT_PREFIX, frames } from './insertions.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OURS = join(HERE, '..', '..');
/**
 * Our own files: from which of our folders, to which of the template's.
 * @type {[from: string, to: string, kind: RegExp][]}
 */
const COPIED = [
  ['frontend/client', 'src/echoseal/client', /\.js$/],
  ['frontend/react', 'src/echoseal/react', /\.(jsx?|css)$/],
  ['frontend/server', 'server/api-util', /\.cjs$/],
  ['verifier', 'server/api-util', /\.mjs$/],
  ['frontend/template/files', '.', /./],
];
const TRANSLATIONS = 'src/translations';
/** What was written, so that a later version knows what it may replace. */
export const RECORD = 'src/echoseal/applied.json';
/** A host, with a scheme and a port where they must be; nothing that ends a text in JavaScript. */
export const HOST = /^(https:\/\/)?(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?$/;

/** @typedef {import('./insertions.mjs').Insertion} Insertion */
/** @typedef {Map<string, {before: string | null, after: string | null}>} Changes by path */

/**
 * @typedef {object} Plan
 * @property {string[]} problems why nothing is done; empty where all is well
 * @property {Changes} changes
 * @property {string[]} notes
 */

/**
 * @typedef {object} Written What stands in a checkout of ours.
 * @property {string} [version] of the kit
 * @property {string[]} frame hosts that are shown in a frame
 * @property {Record<string, string>} files digests of our own files, by path
 * @property {Record<string, string>} blocks digests of what stands of ours in the template's, by path
 */

/**
 * Return what has to change for the kit to stand in a checkout, or to be gone from it.
 *
 * @param {string} checkout
 * @param {object} asked
 * @param {boolean} asked.isRemoval
 * @param {string[] | null} asked.frame hosts to show in a frame; null: as it was
 * @returns {Plan}
 */
export function plan(checkout, { isRemoval, frame }) {
  /** @type {Plan} */
  const made = { problems: [], changes: new Map(), notes: [] };
  const record = recordOf(checkout);
  if (record === null) {
    made.problems.push(`${RECORD} is not as it was written: put it back`);
    return made;
  }
  const hosts = isRemoval ? [] : frame ?? record.frame;
  /** @type {Written} */
  const wanted = {
    version: JSON.parse(readFileSync(join(OURS, 'frontend/package.json'), 'utf8')).version,
    frame: hosts,
    files: {},
    blocks: {},
  };

  planFiles(checkout, isRemoval, record, wanted, made);
  planBlocks(checkout, isRemoval, record, wanted, made);
  planTexts(checkout, isRemoval, record, wanted, made);
  keepClean(checkout, made);

  const before = read(checkout, RECORD);
  note(made, RECORD, before, isRemoval ? null : `${JSON.stringify(wanted, null, 2)}\n`);
  keepInside(checkout, made);
  return made;
}

/**
 * @param {string} checkout
 * @returns {Written | null} what was written last; null where it is none of ours
 */
function recordOf(checkout) {
  const nothing = { frame: [], files: {}, blocks: {} };
  const text = read(checkout, RECORD);
  if (text === null) return nothing;
  try {
    const record = { ...nothing, ...JSON.parse(text) };
    return isRecord(record) ? record : null;
  } catch {
    return null;
  }
}

/**
 * The record came with the checkout, from whoever that is of: no path in it leads out of there.
 *
 * @param {Written} record
 */
function isRecord({ frame, files, blocks }) {
  const paths = [...Object.keys(files), ...Object.keys(blocks)];
  const isOutside = (/** @type {string} */ path) => /^([a-z]:)?$|^\.\.?$/i.test(path);
  return (
    Array.isArray(frame) &&
    frame.every(host => HOST.test(host)) &&
    !paths.some(path => path.split(/[/\\]/).some(isOutside))
  );
}

/** @param {string} checkout @param {string} path @returns {string | null} */
function read(checkout, path) {
  const file = join(checkout, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/**
 * @param {Plan} made
 * @param {string} path
 * @param {string | null} before
 * @param {string | null} after
 */
function note(made, path, before, after) {
  if (before !== after) made.changes.set(path, { before, after });
}

/** @param {string} text without regard to how its lines end */
function digest(text) {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n')).digest('hex');
}

/**
 * Our own files. Those that somebody has changed since are theirs.
 *
 * @param {string} checkout
 * @param {boolean} isRemoval
 * @param {Written} record
 * @param {Written} wanted
 * @param {Plan} made
 */
function planFiles(checkout, isRemoval, record, wanted, made) {
  const shipped = isRemoval ? new Map() : shippedFiles();
  for (const path of new Set([...shipped.keys(), ...Object.keys(record.files)])) {
    const before = read(checkout, path);
    const after = shipped.get(path) ?? null;
    const known = [record.files[path], after === null ? null : digest(after)];
    if (before !== null && !known.includes(digest(before))) {
      made.problems.push(
        record.files[path]
          ? `${path} was changed after it was copied: keep your changes elsewhere, and put it back`
          : `${path} is there already, and not ours: move it out of the way`,
      );
    }
    if (after !== null) wanted.files[path] = digest(after);
    note(made, path, before, after);
  }
}

/** @returns {Map<string, string>} the text of each file of ours, by its path in the template */
function shippedFiles() {
  /** @type {Map<string, string>} */
  const files = new Map();
  for (const [from, to, kind] of COPIED) {
    const folder = join(OURS, from);
    if (!existsSync(folder)) continue;
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const path = relative(folder, join(entry.parentPath ?? entry.path, entry.name));
      const name = path.split(sep).join('/');
      if (!entry.isFile() || !kind.test(name)) continue;
      files.set(to === '.' ? name : `${to}/${name}`, readFileSync(join(folder, path), 'utf8'));
    }
  }
  return new Map([...files].sort(([one], [other]) => (one < other ? -1 : 1)));
}

/**
 * The blocks in the template's files.
 *
 * @param {string} checkout
 * @param {boolean} isRemoval
 * @param {Written} record
 * @param {Written} wanted
 * @param {Plan} made
 */
function planBlocks(checkout, isRemoval, record, wanted, made) {
  const insertions = [...INSERTIONS, ...(wanted.frame.length > 0 ? [frames(wanted.frame)] : [])];
  const files = new Set([
    ...(isRemoval ? [] : insertions.map(one => one.file)),
    ...Object.keys(record.blocks).filter(path => !path.startsWith(TRANSLATIONS)),
  ]);
  for (const path of files) {
    const own = isRemoval ? [] : insertions.filter(one => one.file === path);
    const before = read(checkout, path);
    if (before === null) {
      if (own.some(one => !one.isOptional)) made.problems.push(`${path} is not there`);
      continue;
    }
    const bare = withoutBlocks(before);
    if (bare === null) {
      made.problems.push(`${path}: "${MARKS.begin}" and "${MARKS.end}" do not stand in pairs`);
      continue;
    }
    const after = withBlocks(bare.lines, own, made.problems);
    const taken = withoutBlocks(after)?.taken ?? [];
    keepOwn(record, path, bare.taken, taken, made);
    if (taken.length > 0) wanted.blocks[path] = digest(taken.join('\n'));
    note(made, path, before, after);
  }
}

/**
 * Refuse to lose what somebody has written into a block of ours. It may be the block of today where
 * an upgrade was cut short, or where the record is gone.
 *
 * @param {Written} record
 * @param {string} path
 * @param {string[]} taken
 * @param {string[]} today
 * @param {Plan} made
 */
function keepOwn(record, path, taken, today, made) {
  const known = [record.blocks[path], digest(today.join('\n'))];
  if (taken.length > 0 && !known.includes(digest(taken.join('\n')))) {
    made.problems.push(`${path}: a block of ours was changed: keep your changes elsewhere`);
  }
}

/**
 * Split a file into its lines without our blocks, and those in them.
 *
 * @param {string} text
 * @returns {{lines: string[], taken: string[]} | null} null where the marks do not match
 */
function withoutBlocks(text) {
  /** @type {string[]} */
  const lines = [];
  /** @type {string[]} */
  const taken = [];
  let isInside = false;
  for (const line of text.split('\n')) {
    const isBegin = line.includes(MARKS.begin);
    const isEnd = line.includes(MARKS.end);
    if ((isBegin && isInside) || (isEnd && !isInside)) return null;
    if (isBegin) isInside = true;
    (isInside ? taken : lines).push(line);
    if (isEnd) isInside = false;
  }
  return isInside ? null : { lines, taken: taken.map(line => line.replace(/\r$/, '')) };
}

/**
 * @param {string[]} bare
 * @param {Insertion[]} insertions
 * @param {string[]} problems
 * @returns {string}
 */
function withBlocks(bare, insertions, problems) {
  const ending = bare.some(line => line.endsWith('\r')) ? '\r' : '';
  /** @type {Map<number, string[]>} */
  const blocks = new Map();
  for (const insertion of insertions) {
    const place = placeOf(bare, insertion);
    if (place === null) problems.push(missing(bare, insertion));
    else blocks.set(place, [...(blocks.get(place) ?? []), ...blockOf(insertion)]);
  }
  const inserted = (/** @type {number} */ at) => (blocks.get(at) ?? []).map(line => line + ending);
  return bare.flatMap((line, at) => [...inserted(at), line]).join('\n');
}

/**
 * @param {string[]} bare
 * @param {Insertion} insertion
 * @returns {number | null} the line before which it goes; null where the anchor is not there once
 */
function placeOf(bare, { at, anchor }) {
  // the last line is what follows the last line break: nothing
  if (at === 'end') return bare.length - 1;
  const [place, ...others] = placesOf(bare, anchor);
  if (place === undefined || others.length > 0) return null;
  return at === 'after' ? place + 1 : place;
}

/** @param {string[]} bare @param {string} anchor */
function placesOf(bare, anchor) {
  return bare.flatMap((line, at) => (line.includes(anchor) ? [at] : []));
}

/** @param {Insertion} insertion @returns {string[]} */
function blockOf({ file, lines }) {
  const mark = file.endsWith('.js') ? '//' : '#';
  const indent = /^ */.exec(lines[0] ?? '')?.[0] ?? '';
  return [`${indent}${mark} ${MARKS.begin}`, ...lines, `${indent}${mark} ${MARKS.end}`];
}

/** @param {string[]} bare @param {Insertion} insertion */
function missing(bare, insertion) {
  const { file, at, anchor, why } = insertion;
  const times = placesOf(bare, anchor).length;
  const place = times === 0 ? 'no line has' : `${times} lines have`;
  const block = blockOf(insertion).join('\n      ');
  return (
    `${file}: ${place} \`${anchor}\`; one is needed.\n` +
    `    By hand: ${at} it, or what has taken its place (${why}):\n      ${block}`
  );
}

/**
 * The texts, key by key: JSON has no comments.
 *
 * @param {string} checkout
 * @param {boolean} isRemoval
 * @param {Written} record
 * @param {Written} wanted
 * @param {Plan} made
 */
function planTexts(checkout, isRemoval, record, wanted, made) {
  const folder = join(HERE, 'translations');
  for (const name of readdirSync(folder).sort()) {
    const path = `${TRANSLATIONS}/${name}`;
    const before = read(checkout, path);
    if (before === null) {
      if (name === 'en.json' && !isRemoval) made.problems.push(`${path} is not there`);
      continue;
    }
    const { lines, taken } = withoutTexts(before);
    const texts = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const after = withTexts(lines, texts, path, made.problems);
    const own = withoutTexts(after).taken;
    keepOwn(record, path, taken, own, made);
    if (own.length > 0) wanted.blocks[path] = digest(own.join('\n'));
    note(made, path, before, isRemoval ? lines.join('\n') : after);
  }
}

/** @param {string} text */
function withoutTexts(text) {
  const isOurs = (/** @type {string} */ line) => line.trimStart().startsWith(`"${TEXT_PREFIX}`);
  const lines = text.split('\n');
  return {
    lines: lines.filter(line => !isOurs(line)),
    taken: lines.filter(isOurs).map(line => line.replace(/\r$/, '')),
  };
}

/**
 * @param {string[]} bare
 * @param {Record<string, string>} texts
 * @param {string} path
 * @param {string[]} problems
 */
function withTexts(bare, texts, path, problems) {
  const keys = Object.keys(texts).sort();
  if (keys.length === 0) return bare.join('\n');
  // before the first that follows in the alphabet, but never as the last, which has no comma
  const keyOf = (/** @type {string} */ line) => /^ {2}"([^"]+)":/.exec(line)?.[1] ?? '';
  const later = bare.findIndex(line => keyOf(line) > TEXT_PREFIX);
  const place = later >= 0 ? later : bare.findLastIndex(line => keyOf(line) !== '');
  if (place < 0 || !isObject(bare.join('\n'))) {
    problems.push(`${path}: not an object with a text a line, two spaces before each`);
    return bare.join('\n');
  }
  const ending = bare[place]?.endsWith('\r') ? '\r' : '';
  const own = keys.map(key => `  ${JSON.stringify(key)}: ${JSON.stringify(texts[key])},${ending}`);
  return [...bare.slice(0, place), ...own, ...bare.slice(place)].join('\n');
}

/** @param {string} text */
function isObject(text) {
  try {
    const value = JSON.parse(text);
    return value !== null && typeof value === 'object' && !Array.isArray(value);
  } catch {
    return false;
  }
}

/**
 * Refuse to write where a symbolic link leads: that may be anywhere.
 *
 * @param {string} checkout
 * @param {Plan} made
 */
function keepInside(checkout, made) {
  for (const path of made.changes.keys()) {
    const parts = path.split('/');
    const ways = parts.map((_, at) => parts.slice(0, at + 1).join('/'));
    const link = ways.find(way => {
      return lstatSync(join(checkout, way), { throwIfNoEntry: false })?.isSymbolicLink();
    });
    if (link !== undefined) made.problems.push(`${path}: ${link} is a symbolic link`);
  }
}

/**
 * Refuse to write into a file of which somebody's work is not committed yet.
 *
 * @param {string} checkout
 * @param {Plan} made
 */
function keepClean(checkout, made) {
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-C', checkout, ...args], { encoding: 'utf8', stdio: 'pipe' });
  try {
    git('rev-parse', '--verify', 'HEAD');
  } catch {
    made.notes.push('Not a git checkout with a commit: nothing tells what was changed here before.');
    return;
  }
  for (const [path, { before }] of made.changes) {
    if (before === null || !isTheirs(path)) continue;
    let committed = '';
    try {
      committed = git('show', `HEAD:./${path}`);
    } catch {
      // not in the last commit
    }
    if (bareOf(path, committed) !== bareOf(path, before)) {
      made.problems.push(`${path} has changes that are not committed: commit or stash them first`);
    }
  }
}

/** @param {string} path */
function isTheirs(path) {
  const files = [...INSERTIONS, frames([])].map(one => one.file);
  return path.startsWith(TRANSLATIONS) || files.includes(path);
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {string} a file of the template's as it is without us
 */
function bareOf(path, text) {
  const lines = path.endsWith('.json') ? withoutTexts(text).lines : withoutBlocks(text)?.lines;
  return (lines ?? [text]).join('\n').replaceAll('\r\n', '\n');
}
