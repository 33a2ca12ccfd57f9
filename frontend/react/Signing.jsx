/** @file A document to sign. */

import { useMemo } from 'react';

import { TripPanel } from './TripPanel.jsx';
import { useEchoseal } from './EchosealProvider.jsx';
import { useTrip } from './useTrip.js';
import { day, filled } from './wording.js';

/** @typedef {import('../client/echoseal.js').SigningAnswer} Standing */

/**
 * @typedef {import('./TripPanel.jsx').LookProps & {
 *   document: string,
 *   title?: string,
 *   frame?: boolean,
 *   open?: import('./useTrip.js').Opener,
 *   provider?: string,
 *   successUrl?: string,
 *   errorUrl?: string,
 *   initialStanding?: Standing | null,
 *   onChange?: (standing: Standing) => void,
 *   texts?: Partial<import('./texts/index.js').Texts['signing']>,
 * }} SigningProps
 */

/**
 * @param {SigningProps} props `document` is its name in the settings, `title` what users call it
 */
export function Signing(props) {
  return <Document key={props.document} {...props} />;
}

/**
 * @param {SigningProps} props
 */
function Document(props) {
  const { client, texts, locale } = useEchoseal();
  const { document, frame = false, open, provider, successUrl, errorUrl, initialStanding, onChange } = props;
  const signing = useMemo(() => client.signing(document), [client, document]);
  const trip = useTrip(signing, {
    locale,
    frame,
    open,
    provider,
    successUrl,
    errorUrl,
    initialStanding,
    onChange,
  });
  const { common } = texts;
  const own = { ...texts.signing, ...props.texts };
  const name = props.title ?? own.document;
  const words = filled(own, { document: name });
  const opensHere = frame || Boolean(open);

  /**
   * @param {Standing} standing
   * @returns {import('./Panel.jsx').View}
   */
  function viewOf({ status, signed, access, completedAt, reason }) {
    const label = status === 'none' ? words.start : common.tryAgain;
    if (signed) {
      const completed = day(completedAt, locale);
      const isOpening = access === 'pending';
      return {
        tone: isOpening ? 'wait' : 'good',
        ...(isOpening ? words.opening : words.signed),
        facts: completed ? [[common.completed, completed]] : [],
        primary: isOpening ? { label: common.checkAgain, onPress: () => void trip.look() } : null,
      };
    }
    return {
      ...(status === 'none' ? { name: words.title } : {}),
      tone: status === 'none' ? 'ask' : 'bad',
      ...words[status === 'signed' || status === 'pending' ? 'invalid' : status],
      reason: status === 'none' ? '' : (reason?.description ?? ''),
      primary: { label, onPress: () => void trip.start() },
      note: opensHere ? common.framed : common.redirect,
    };
  }

  return (
    <TripPanel
      trip={trip}
      name={name}
      shape="pen"
      words={words}
      frameTitle={words.frame}
      isFramed={frame && !open}
      opensHere={opensHere}
      viewOf={viewOf}
      look={props}
    />
  );
}
