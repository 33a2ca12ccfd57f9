/** Shows planned changes as `diff -u` does. */

const AROUND = 3;
const NO_END = '\\ No newline at end of file';

/**
 * @param {Map<string, {before: string | null, after: string | null}>} changes
 * @returns {string}
 */
export function differences(changes) {
  return [...changes].map(([path, { before, after }]) => difference(path, before, after)).join('');
}

function difference(path, before, after) {
  const from = before === null ? '/dev/null' : `a/${path}`;
  const to = after === null ? '/dev/null' : `b/${path}`;
  const edits = compare(linesOf(before), linesOf(after));
  return [`--- ${from}`, `+++ ${to}`, ...hunks(edits)].join('\n') + '\n';
}

function linesOf(text) {
  if (text === null || text === '') return [];
  const lines = text.split('\n');
  const last = lines.pop();
  return last === '' ? lines : [...lines, `${last}\n${NO_END}`];
}

/** @returns {{sign: ' ' | '-' | '+', line: string}[]} with as many lines kept as can be */
function compare(old, now) {
  const kept = keptCounts(old, now);
  const edits = [];
  let [at, to] = [0, 0];
  while (at < old.length || to < now.length) {
    if (at < old.length && to < now.length && old[at] === now[to]) {
      edits.push({ sign: ' ', line: old[at] });
      at += 1;
      to += 1;
    } else if (to === now.length || (at < old.length && kept[at + 1][to] > kept[at][to + 1])) {
      edits.push({ sign: '-', line: old[at] });
      at += 1;
    } else {
      edits.push({ sign: '+', line: now[to] });
      to += 1;
    }
  }
  return edits;
}

/** @returns {Uint16Array[]} how many lines can be kept from each pair of places on */
function keptCounts(old, now) {
  const counts = Array.from({ length: old.length + 1 }, () => new Uint16Array(now.length + 1));
  for (let at = old.length - 1; at >= 0; at -= 1) {
    for (let to = now.length - 1; to >= 0; to -= 1) {
      counts[at][to] =
        old[at] === now[to]
          ? counts[at + 1][to + 1] + 1
          : Math.max(counts[at + 1][to], counts[at][to + 1]);
    }
  }
  return counts;
}

function hunks(edits) {
  const told = [];
  let [at, to, from] = [0, 0, 0];
  while (from < edits.length) {
    const first = edits.findIndex((edit, index) => index >= from && edit.sign !== ' ');
    if (first < 0) break;
    let last = first;
    for (let index = first; index < edits.length && index <= last + 2 * AROUND; index += 1) {
      if (edits[index].sign !== ' ') last = index;
    }
    const begin = Math.max(from, first - AROUND);
    const end = Math.min(edits.length, last + AROUND + 1);
    for (const edit of edits.slice(from, begin)) [at, to] = step(edit, at, to);
    const part = edits.slice(begin, end);
    const [oldCount, newCount] = part.reduce((sums, edit) => step(edit, ...sums), [0, 0]);
    told.push(`@@ -${range(at, oldCount)} +${range(to, newCount)} @@`);
    told.push(...part.map(({ sign, line }) => sign + line));
    [at, to, from] = [at + oldCount, to + newCount, end];
  }
  return told;
}

function step({ sign }, at, to) {
  return [sign === '+' ? at : at + 1, sign === '-' ? to : to + 1];
}

function range(start, count) {
  return count === 0 ? `${start},0` : `${start + 1},${count}`;
}
