/** @file The card that a check, a document or a plan is shown in. */

import { useEffect, useId, useRef } from 'react';

import { Button } from './Button.jsx';
import { Icon } from './Icon.jsx';
import { useEchoseal } from './EchosealProvider.jsx';

/** @typedef {import('./Button.jsx').Action} Action */
/** @typedef {import('./Icon.jsx').Shape} Shape */
/** @typedef {'ask' | 'wait' | 'good' | 'bad'} Tone */

/**
 * @typedef {object} View What a panel says.
 * @property {string} [name] above the title, instead of what it is about
 * @property {Tone} tone
 * @property {string} title
 * @property {string} text
 * @property {string} [note] what the button does
 * @property {string} [progress] what goes on by itself
 * @property {string} [reason] in the vendor's words
 * @property {[label: string, value: string][]} [facts]
 * @property {Action | null} [primary]
 * @property {Action[]} [secondary]
 */

/**
 * @typedef {object} PanelProps
 * @property {string} name what the panel is about, above its title
 * @property {Shape} shape drawn while there is something to do
 * @property {View} view
 * @property {boolean} [isBusy] it is about to change: nothing is read out until it has
 * @property {boolean} [takesFocus] the title takes the focus, once
 * @property {2 | 3 | 4} [headingLevel]
 * @property {string} [className]
 * @property {import('react').ReactNode} [children] between the words and the buttons
 */

/** @type {Record<Tone, Shape | null>} */
const SHAPES = { ask: null, wait: 'clock', good: 'check', bad: 'alert' };

/**
 * @param {PanelProps} props
 */
export function Panel({
  name,
  shape,
  view,
  isBusy = false,
  takesFocus = false,
  headingLevel = 2,
  className = '',
  children,
}) {
  const { texts } = useEchoseal();
  const id = useId();
  const { title, keepFocus } = useKeptFocus(takesFocus);
  const Heading = /** @type {'h2'} */ (`h${headingLevel}`);
  const { tone, primary, secondary = [], facts = [] } = view;
  return (
    <section
      className={`echoseal echoseal-panel ${className}`}
      data-tone={tone}
      lang={texts.language}
      aria-labelledby={`${id}-name ${id}`}
      {...keepFocus}
    >
      <span className="echoseal-mark">
        <Icon shape={SHAPES[tone] ?? shape} />
      </span>
      <div className="echoseal-body">
        <p id={`${id}-name`} className="echoseal-name">
          {view.name ?? name}
        </p>
        <div role="status" aria-atomic="true" aria-busy={isBusy}>
          <Heading id={id} ref={title} tabIndex={-1} className="echoseal-title">
            {view.title}
          </Heading>
          <p className="echoseal-text">{view.text}</p>
          {view.progress ? <p className="echoseal-progress">{view.progress}</p> : null}
        </div>
        {view.reason ? (
          <div className="echoseal-reason">
            <p>{texts.common.reason}</p>
            <blockquote>
              <bdi>{view.reason}</bdi>
            </blockquote>
          </div>
        ) : null}
        {facts.length > 0 ? (
          <dl className="echoseal-facts">
            {facts.map(([label, value]) => (
              <div key={label}>
                <dt>{label}</dt>
                <dd>
                  <bdi>{value}</bdi>
                </dd>
              </div>
            ))}
          </dl>
        ) : null}
        {children}
        {primary || secondary.length > 0 ? (
          <div className="echoseal-actions">
            {primary ? <Button kind="primary" {...primary} /> : null}
            {secondary.map((action) => (
              <Button key={action.label} {...action} />
            ))}
          </div>
        ) : null}
        {view.note ? <p className="echoseal-note">{view.note}</p> : null}
      </div>
    </section>
  );
}

/**
 * Return the title's ref, and what the part around it needs so that the focus is not lost: where
 * what had it is gone, the title takes it.
 *
 * @param {boolean} takesFocus the title takes it anyway, the first time that this is true
 */
export function useKeptFocus(takesFocus) {
  const title = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  const isInside = useRef(false);
  const hasTaken = useRef(false);
  useEffect(() => {
    const isLost = isInside.current && document.activeElement === document.body;
    const isDue = takesFocus && !hasTaken.current;
    if (isDue) hasTaken.current = true;
    if (isLost || isDue) title.current?.focus();
  });
  const keepFocus = {
    onFocus: () => {
      isInside.current = true;
    },
    onBlur: (/** @type {import('react').FocusEvent} */ { relatedTarget, currentTarget }) => {
      // Without a next one it may have been removed, or the window was left.
      if (relatedTarget && !currentTarget.contains(relatedTarget)) isInside.current = false;
    },
    onPointerDown: () => {
      // Pressing nothing in particular gives the focus up on purpose.
      isInside.current = false;
    },
  };
  return { title, keepFocus };
}
