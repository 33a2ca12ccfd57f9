/** @file What checks, documents and plans have in common: loading, refusals, waiting, the frame. */

import { useEffect, useState } from 'react';

import { Panel } from './Panel.jsx';
import { VendorFrame } from './VendorFrame.jsx';
import { useEchoseal } from './EchosealProvider.jsx';
import { pauseOf, problemOf } from './problems.js';
import { day, fill, inWords } from './wording.js';

/** @typedef {import('../client/echoseal.js').Standing} Standing */
/** @typedef {import('../client/echoseal.js').EchosealError} EchosealError */
/** @typedef {import('./EchosealProvider.jsx').Shared} Shared */
/** @typedef {import('./Panel.jsx').View} View */
/** @typedef {{ title: string, text: string }} Words */

/**
 * @typedef {object} MatterWords The words of one matter that all matters have.
 * @property {string} title
 * @property {string} start
 * @property {Words} [framed]
 * @property {Words} pending
 * @property {Words} waiting
 * @property {Words} returned
 */

/**
 * @typedef {object} LookProps What all panels take.
 * @property {2 | 3 | 4} [headingLevel] 2 by default
 * @property {boolean} [focusOnReturn] whether the title takes the focus after a return; true by default
 * @property {boolean} [showReason] whether the vendor's own words are shown; true by default
 * @property {string} [className]
 */

/**
 * @template {Standing} S
 * @typedef {object} TripPanelProps
 * @property {import('./useTrip.js').TripInHand<S>} trip
 * @property {string} [name] what it is about, where that is not the matter itself
 * @property {import('./Icon.jsx').Shape} shape
 * @property {MatterWords} words with all placeholders filled in
 * @property {string} [frameTitle]
 * @property {boolean} [isFramed] it opens in a frame of ours
 * @property {boolean} [opensHere] it opens on this page, in that frame or by an opener
 * @property {string} [redirectNote] what the button does
 * @property {(standing: S) => View} viewOf how it stands, in words, where it is not pending
 * @property {LookProps} look
 */

/**
 * @template {Standing} S
 * @param {TripPanelProps<S>} props
 */
export function TripPanel(props) {
  const { trip, shape, words, frameTitle = '', isFramed = false, redirectNote, viewOf, look } = props;
  const shared = useEchoseal();
  const { common } = shared.texts;
  const wait = useWait(trip.error, shared.locale);
  const { headingLevel, focusOnReturn = true, showReason = true, className } = look;
  const note = props.opensHere ? common.framed : (redirectNote ?? common.redirect);
  const view = trip.error
    ? refused(trip.error, shared, wait, {
        again: trip.retry,
        begin: () => void trip.start(),
        look: () => void trip.look(),
      })
    : (underWay(trip, words, note, isFramed, shared) ?? (trip.standing ? viewOf(trip.standing) : null));
  const shown = view ?? { tone: 'wait', title: words.title, text: `${common.loading} …` };
  if (trip.working) hold(shown, common[trip.working]);
  return (
    <Panel
      name={props.name ?? words.title}
      shape={shape}
      view={showReason ? shown : { ...shown, reason: '' }}
      isBusy={trip.isLoading}
      takesFocus={focusOnReturn && trip.isBack && !trip.isLoading}
      headingLevel={headingLevel}
      className={className}
    >
      {isFramed && trip.opened?.redirectUrl ? (
        <VendorFrame
          url={trip.opened.redirectUrl}
          title={frameTitle}
          onOver={() => void trip.look({ wait: true })}
        />
      ) : null}
    </Panel>
  );
}

/**
 * Return what is said while the vendor has not decided, null where it is not that.
 *
 * @template {Standing} S
 * @param {import('./useTrip.js').TripInHand<S>} trip
 * @param {MatterWords} words
 * @param {string} note
 * @param {boolean} isFramed
 * @param {Shared} shared
 * @returns {View | null}
 */
function underWay(trip, words, note, isFramed, { texts: { common }, locale }) {
  const { standing } = trip;
  if (trip.opened) {
    const leave = { label: common.fullPage, onPress: trip.leave };
    const close = { label: common.close, onPress: trip.close };
    return { tone: 'wait', ...(words.framed ?? words.pending), secondary: isFramed ? [close, leave] : [close] };
  }
  if (standing?.status !== 'pending') {
    return trip.isAwaiting && !standing ? { tone: 'wait', ...words.returned, progress: common.looking } : null;
  }
  const goOn = { label: common.continue, onPress: () => void trip.start() };
  const check = { label: common.checkAgain, onPress: () => void trip.look() };
  const reason = standing.reason?.description ?? '';
  const openUntil = day(standing.expiresAt, locale, 'short');
  const isTheirs = Boolean(standing.reason) && !standing.redirectUrl;
  return {
    tone: 'wait',
    ...(isTheirs ? words.waiting : trip.isAwaiting || trip.isBack ? words.returned : words.pending),
    ...(trip.isAwaiting ? { progress: common.looking } : {}),
    reason: isTheirs ? reason : '',
    facts: openUntil && !isTheirs ? [[common.openUntil, openUntil]] : [],
    note: isTheirs ? '' : note,
    primary: isTheirs ? check : goOn,
    secondary: isTheirs ? [goOn] : trip.isAwaiting ? [] : [check],
  };
}

/**
 * Return what is said about a refusal, with what the user can do about it.
 *
 * @param {EchosealError} error
 * @param {Shared} shared
 * @param {{ isOver: boolean, when: string }} wait
 * @param {{ again: () => void, begin: () => void, look: () => void }} acts
 * @returns {View}
 */
export function refused(error, { texts, logInUrl, onLogIn, contactUrl }, wait, { again, begin, look }) {
  const { common, problems } = texts;
  const { text, remedy } = problemOf(error);
  const words = remedy === 'wait' && wait.isOver ? problems.ready : problems[text];
  const logIn = onLogIn
    ? { label: common.logIn, onPress: onLogIn }
    : logInUrl
      ? { label: common.logIn, href: logInUrl }
      : null;
  const contact = contactUrl ? { label: common.contact, href: contactUrl } : null;
  const tryAgain = { label: common.tryAgain, onPress: again };
  const primary = {
    logIn,
    wait: { ...tryAgain, isHeld: !wait.isOver },
    retry: tryAgain,
    operator: contact,
    begin: { label: common.continue, onPress: begin },
    nothing: null,
  }[remedy];
  return {
    tone: remedy === 'wait' ? 'wait' : remedy === 'logIn' || remedy === 'begin' ? 'ask' : 'bad',
    title: words.title,
    text: fill(words.text, { when: wait.when }),
    facts: remedy === 'operator' && error.requestId ? [[problems.requestId, error.requestId]] : [],
    primary,
    // Back to how it stands: what was refused was something else, perhaps.
    secondary: remedy === 'operator' ? [{ label: common.checkAgain, onPress: look }] : [],
  };
}

/**
 * Return whether the wait that a refusal asks for is over, and when it will be, in words.
 *
 * @param {EchosealError | null} error
 * @param {string} locale
 * @returns {{ isOver: boolean, when: string }}
 */
export function useWait(error, locale) {
  const [waited, setWaited] = useState(/** @type {EchosealError | null} */ (null));
  const seconds = error ? pauseOf(error) : 0;
  useEffect(() => {
    if (!error || seconds === 0) return undefined;
    const timer = setTimeout(() => setWaited(error), seconds * 1000);
    return () => clearTimeout(timer);
  }, [error, seconds]);
  return { isOver: seconds === 0 || waited === error, when: inWords(seconds, locale) };
}

/**
 * Keep a view's buttons where they are while something is under way.
 *
 * @param {View} view
 * @param {string} label
 */
function hold(view, label) {
  if (view.primary) view.primary = { label, isHeld: true };
  view.secondary = view.secondary?.map((action) => ({ ...action, isHeld: true })) ?? [];
}
