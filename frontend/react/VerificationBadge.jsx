/** @file Whether somebody's identity is verified, in a line of text. */

import { useEffect, useState } from 'react';

import { Icon } from './Icon.jsx';
import { useEchoseal } from './EchosealProvider.jsx';
import { day, fill } from './wording.js';

/**
 * @typedef {object} VerificationBadgeProps
 * @property {boolean} [verified] whether; left out, it is asked for the user who is logged in
 * @property {{ status?: string, at?: string } | null} [badge] another user's public badge
 *   (`metadata.identity`, with PUBLIC_BADGES); null: that user has none
 * @property {boolean} [showUnverified] say so too where it is not; by default nothing is shown then
 * @property {string} [className]
 */

/**
 * @param {VerificationBadgeProps} props
 */
export function VerificationBadge({ verified, badge, showUnverified = false, className = '' }) {
  const { texts, locale } = useEchoseal();
  const isGiven = verified !== undefined || badge !== undefined;
  const asked = useOwnVerification(!isGiven);
  const isVerified = verified ?? (badge === undefined ? asked?.verified : badge?.status === 'approved');
  if (isVerified === undefined || (!isVerified && !showUnverified)) return null;
  const since = isVerified ? day(badge?.at ?? asked?.completedAt, locale) : '';
  return (
    <span
      className={`echoseal echoseal-badge ${className}`}
      data-tone={isVerified ? 'good' : 'wait'}
      lang={texts.language}
    >
      <Icon shape={isVerified ? 'check' : 'clock'} />
      {isVerified ? texts.badge.verified : texts.badge.unverified}
      {since ? (
        <span className="echoseal-since">{fill(texts.badge.since, { date: since })}</span>
      ) : null}
    </span>
  );
}

/**
 * Return how the user's own check stands; undefined until it is known, or where it cannot be.
 *
 * @param {boolean} isAsked
 */
function useOwnVerification(isAsked) {
  const { client } = useEchoseal();
  /** @typedef {import('../client/echoseal.js').Verification} Standing */
  const [told, setTold] = useState(/** @type {{ client: unknown, standing?: Standing }} */ ({ client }));
  useEffect(() => {
    if (!isAsked) return undefined;
    const ended = new AbortController();
    // A badge has no room for a refusal: who needs to know is told by <Verification>.
    client.verification.status({ signal: ended.signal }).then(
      (standing) => setTold({ client, standing }),
      () => {},
    );
    return () => ended.abort();
  }, [client, isAsked]);
  return told.client === client ? told.standing : undefined; // what another user was told is theirs
}
