/** Shows planned changes as `diff -u` does. */

const AROUND = 3;
const NO_END = '\\ No newline at end of file';

/** @typedef {{sign: ' ' | '-' | '+', line: string}} Edit */

/**
 * @param {import('./checkout.mjs').Changes} changes
 * @returns {string}
 */
export function differences(changes) {
  return [...changes].map(([path, { before, after }]) => difference(path, before, after)).join('');
}

/**
 * @param {string} path
 * @param {string | null} before
 * @param {string | null} after
 */
function difference(path, before, after) {
  const from = before === null ? '/dev/null' : `a/${path}`;
  const to = after === null ? '/dev/null' : `b/${path}`;
  const edits = compare(linesOf(before), linesOf(after));
  return [`--- ${from}`, `+++ ${to}`, ...hunks(edits)].join('\n') + '\n';
}

/** @param {string | null} text */
function linesOf(text) {
  if (text === null || text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' ? lines : [...lines, `${last}\n${NO_END}`];
}

/**
 * @param {string[]} old
 * @param {string[]} now
 * @returns {Edit[]} with as many lines kept as can be
 */
function compare(old, now) {
  const kept = keptCounts(old, now);
  /** @type {Edit[]} */
  const edits = [];
  let [at, to] = [0, 0];
  while (at < old.length || to < now.length) {
    const [before, after] = [old[at], now[to]];
    if (before !== undefined && before === after) {
      edits.push({ sign: ' ', line: before });
      at += 1;
      to += 1;
    } else if (
      before !== undefined &&
      (after === undefined || kept(at + 1, to) > kept(at, to + 1))
    ) {
      edits.push({ sign: '-', line: before });
      at += 1;
    } else {
      edits.push({ sign: '+', line: after ?? '' });
      to += 1;
    }
  }
  return edits;
}

/**
 * @param {string[]} old
 * @param {string[]} now
 * @returns {(at: number, to: number) => number} how many lines can be kept from two places on
 */
function keptCounts(old, now) {
  const width = now.length + 1;
  const counts = new Uint16Array((old.length + 1) * width);
  const kept = (/** @type {number} */ at, /** @type {number} */ to) => counts[at * width + to] ?? 0;
  for (let at = old.length - 1; at >= 0; at -= 1) {
    for (let to = now.length - 1; to >= 0; to -= 1) {
      counts[at * width + to] =
        old[at] === now[to] ? kept(at + 1, to + 1) + 1 : Math.max(kept(at + 1, to), kept(at, to + 1));
    }
  }
  return kept;
}

/** @param {Edit[]} edits */
function hunks(edits) {
  const told = [];
  let [at, to, from] = [0, 0, 0];
  while (from < edits.length) {
    const first = edits.findIndex((edit, index) => index >= from && edit.sign !== ' ');
    if (first < 0) break;
    let last = first;
    for (let index = first; index < edits.length && index <= last + 2 * AROUND; index += 1) {
      if (edits[index]?.sign !== ' ') last = index;
    }
    const begin = Math.max(from, first - AROUND);
    const end = Math.min(edits.length, last + AROUND + 1);
    for (const edit of edits.slice(from, begin)) [at, to] = step(edit, at, to);
    const part = edits.slice(begin, end);
    const newCount = part.filter(({ sign }) => sign !== '-').length;
    const oldCount = part.filter(({ sign }) => sign !== '+').length;
    told.push(`@@ -${range(at, oldCount)} +${range(to, newCount)} @@`);
    told.push(...part.map(({ sign, line }) => sign + line));
    [at, to, from] = [at + oldCount, to + newCount, end];
  }
  return told;
}

/**
 * @param {Edit} edit
 * @param {number} at
 * @param {number} to
 * @returns {[number, number]}
 */
function step({ sign }, at, to) {
  return [sign === '+' ? at : at + 1, sign === '-' ? to : to + 1];
}

/** @param {number} start @param {number} count */
function range(start, count) {
  return count === 0 ? `${start},0` : `${start + 1},${count}`;
}
