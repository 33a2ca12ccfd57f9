/** @file What a vendor's page says from its frame. */

const ENDS = /success|finish|complet|submit|sign|done|over|end|clos|cancel|declin|expire|error|exit/i;
// Vendors' messages are small. Another page may have taken the frame's place, and may say anything.
const MAX_CHARACTERS = 5_000;
const MAX_VALUES = 500;

/**
 * Tell whether what a vendor's page says may be that the user is through with it. It proves
 * nothing: it only makes us look, a moment earlier than we would.
 *
 * @param {unknown} said whatever can be sent to another window
 * @returns {boolean} false for what is too large to be read, or cannot be
 */
export function mayBeOver(said) {
  try {
    const text = typeof said === 'string' ? said : JSON.stringify(said ?? null, within(MAX_VALUES));
    return text.length < MAX_CHARACTERS && ENDS.test(text);
  } catch {
    return false; // a cycle, a BigInt, or too much
  }
}

/**
 * @param {number} left how many values may be written
 * @returns {(key: string, value: unknown) => unknown} for JSON.stringify; it throws at the next one
 */
function within(left) {
  return (_, value) => {
    left -= 1;
    if (left < 0 || ArrayBuffer.isView(value)) throw new RangeError('too much');
    return value;
  };
}
