/** @file A button, or a link that looks like one. */

/**
 * @typedef {object} Action
 * @property {string} label
 * @property {() => void} [onPress]
 * @property {string} [href] a link instead of a button
 * @property {boolean} [isHeld] it can be reached, and does nothing for now
 */

/**
 * It stays where it is and keeps the focus while it does nothing: `disabled` would lose that.
 *
 * @param {Action & { kind?: 'primary' | 'secondary' }} props
 */
export function Button({ label, onPress, href, isHeld = false, kind = 'secondary' }) {
  const className = `echoseal-button echoseal-button-${kind}`;
  if (href !== undefined) {
    return (
      <a className={className} href={href}>
        {label}
      </a>
    );
  }
  return (
    <button
      type="button"
      className={className}
      aria-disabled={isHeld || undefined}
      onClick={isHeld ? undefined : onPress}
    >
      {label}
    </button>
  );
}
