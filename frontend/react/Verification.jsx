/** @file An identity check: its button, how it stands, and what comes next. */

import { TripPanel } from './TripPanel.jsx';
import { useEchoseal } from './EchosealProvider.jsx';
import { useTrip } from './useTrip.js';
import { day } from './wording.js';

/** @typedef {import('../client/echoseal.js').Verification} Standing */

/**
 * @typedef {import('./TripPanel.jsx').LookProps & {
 *   frame?: boolean,
 *   provider?: string,
 *   successUrl?: string,
 *   errorUrl?: string,
 *   initialStanding?: Standing | null,
 *   onChange?: (standing: Standing) => void,
 *   texts?: Partial<import('./texts/index.js').Texts['verification']>,
 * }} VerificationProps
 */

/**
 * @param {VerificationProps} props
 */
export function Verification(props) {
  const { client, texts, locale } = useEchoseal();
  const { frame = false, provider, successUrl, errorUrl, initialStanding, onChange } = props;
  const trip = useTrip(client.verification, {
    locale,
    frame,
    provider,
    successUrl,
    errorUrl,
    initialStanding,
    onChange,
  });
  const words = { ...texts.verification, ...props.texts };
  const { common } = texts;

  /**
   * @param {Standing} standing
   * @returns {import('./Panel.jsx').View}
   */
  function viewOf({ status, verified, access, completedAt, reason }) {
    const label = status === 'none' ? words.start : common.tryAgain;
    const start = { label, onPress: () => void trip.start() };
    if (verified) {
      const completed = day(completedAt, locale);
      const isOpening = access === 'pending';
      return {
        tone: isOpening ? 'wait' : 'good',
        ...(isOpening ? words.opening : words.approved),
        facts: completed ? [[common.completed, completed]] : [],
        primary: isOpening ? { label: common.checkAgain, onPress: () => void trip.look() } : null,
      };
    }
    return {
      tone: status === 'none' ? 'ask' : 'bad',
      ...words[status === 'approved' || status === 'pending' ? 'invalid' : status],
      reason: status === 'none' ? '' : (reason?.description ?? ''),
      primary: start,
      note: frame ? common.framed : common.redirect,
    };
  }

  return (
    <TripPanel
      trip={trip}
      shape="shield"
      words={words}
      frameTitle={words.frame}
      isFramed={frame}
      opensHere={frame}
      viewOf={viewOf}
      look={props}
    />
  );
}
