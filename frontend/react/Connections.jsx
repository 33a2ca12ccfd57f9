/** @file The services that a user has connected, or can. */

import { useEffect, useId, useRef, useState } from 'react';

import { Button } from './Button.jsx';
import { Icon } from './Icon.jsx';
import { Panel, useKeptFocus } from './Panel.jsx';
import { refused, useWait } from './TripPanel.jsx';
import { useConnections } from './useConnections.js';
import { useEchoseal } from './EchosealProvider.jsx';
import { day, fill } from './wording.js';

/** @typedef {import('../client/echoseal.js').ConnectionStanding} ConnectionStanding */
/** @typedef {import('./texts/index.js').Texts['connections']} Words */

/**
 * @typedef {object} ConnectionsProps
 * @property {Record<string, string>} [names] what users call the vendors; by default as
 *   INTEGRATIONS lists them. Where it is given, vendors that it lacks are not shown
 * @property {Record<string, string>} [descriptions] a sentence on each: what connecting is good for
 * @property {Record<string, Record<string, unknown>>} [options] a vendor's own options of connecting
 * @property {(connections: ConnectionStanding[]) => void} [onChange]
 * @property {boolean} [focusOnReturn] whether the news takes the focus; true by default
 * @property {2 | 3 | 4} [headingLevel] 2 by default
 * @property {string} [className]
 * @property {Partial<Words>} [texts]
 */

/**
 * @param {ConnectionsProps} props
 */
export function Connections(props) {
  const { names, descriptions = {}, options, onChange, focusOnReturn = true, headingLevel = 2 } = props;
  const shared = useEchoseal();
  const { texts, locale } = shared;
  const words = { ...texts.connections, ...props.texts };
  const inHand = useConnections(options);
  const { connections, error, working, news } = inHand;
  const wait = useWait(error, locale);
  const [confirming, setConfirming] = useState(/** @type {string | null} */ (null));
  const id = useId();
  const { title, keepFocus } = useKeptFocus(focusOnReturn && news !== null);
  const Heading = /** @type {'h2'} */ (`h${headingLevel}`);
  const nameOf = (/** @type {string} */ vendor) => names?.[vendor] ?? vendor;

  const changed = useRef(onChange);
  useEffect(() => {
    changed.current = onChange;
  });
  useEffect(() => {
    if (connections) changed.current?.(connections);
  }, [connections]);

  if (error || !connections) {
    const view = error
      ? refused(error, shared, wait, {
          again: inHand.retry,
          begin: inHand.retry,
          look: () => void inHand.look(),
        })
      : { tone: /** @type {const} */ ('wait'), title: words.title, text: `${texts.common.loading} …` };
    return (
      <Panel
        name={words.title}
        shape="plug"
        view={view}
        isBusy={!error}
        headingLevel={headingLevel}
        className={props.className}
      />
    );
  }

  const shown = connections.filter(({ vendor }) => !names || vendor in names);
  return (
    <section
      className={`echoseal echoseal-connections ${props.className ?? ''}`}
      lang={texts.language}
      aria-labelledby={id}
      {...keepFocus}
    >
      <Heading id={id} ref={title} tabIndex={-1} className="echoseal-title">
        {words.title}
      </Heading>
      <p className="echoseal-text">{shown.length > 0 ? words.intro : words.empty}</p>
      <p role="status" className="echoseal-news" data-tone={toneOf(news?.end)}>
        {news ? fill(endOf(news.end, words), { vendor: nameOf(news.vendor) }) : ''}
      </p>
      <ul>
        {shown.map((connection) => (
          <Service
            key={connection.vendor}
            connection={connection}
            name={nameOf(connection.vendor)}
            description={descriptions[connection.vendor] ?? ''}
            words={words}
            headingLevel={headingLevel}
            doing={working?.vendor === connection.vendor ? working.doing : null}
            isHeld={working !== null}
            isConfirming={confirming === connection.vendor}
            onConnect={() => void inHand.connect(connection.vendor)}
            onAsk={(isAsked) => setConfirming(isAsked ? connection.vendor : null)}
            onDisconnect={() => {
              setConfirming(null);
              void inHand.disconnect(connection.vendor);
            }}
          />
        ))}
      </ul>
    </section>
  );
}

/**
 * @typedef {object} ServiceProps
 * @property {ConnectionStanding} connection
 * @property {string} name
 * @property {string} description
 * @property {Words} words
 * @property {2 | 3 | 4} headingLevel of what is around it
 * @property {'starting' | 'leaving' | 'disconnecting' | null} doing what is under way with it
 * @property {boolean} isHeld something is under way, with it or with another
 * @property {boolean} isConfirming
 * @property {() => void} onConnect
 * @property {(isAsked: boolean) => void} onAsk whether it is to be disconnected
 * @property {() => void} onDisconnect
 */

/**
 * @param {ServiceProps} props
 */
function Service(props) {
  const { connection, name, description, words, doing, isHeld, isConfirming } = props;
  const { texts, locale } = useEchoseal();
  const ask = useRef(/** @type {HTMLDivElement | null} */ (null));
  const main = useRef(/** @type {HTMLDivElement | null} */ (null));
  const wasConfirming = useRef(false);
  const id = useId();
  const { status, connectedAt, reason } = connection;
  const isConnected = status === 'connected';
  const Heading = /** @type {'h3'} */ (`h${props.headingLevel + 1}`);
  const busy =
    doing === 'disconnecting' ? words.disconnecting : doing ? texts.common[doing] : null;
  const named = (/** @type {string} */ text) => fill(text, { vendor: name });

  // The question takes the focus, and gives it back to the button that has asked it.
  useEffect(() => {
    if (isConfirming) ask.current?.focus();
    else if (wasConfirming.current) main.current?.querySelector('button')?.focus();
    wasConfirming.current = isConfirming;
  }, [isConfirming]);

  const connect = named(status === 'needs-reconnection' ? words.reconnect : words.connect);
  return (
    <li className="echoseal-service" data-tone={TONES[status]} aria-labelledby={id}>
      <div className="echoseal-body">
        <Heading id={id} className="echoseal-service-name">
          <bdi>{name}</bdi>
        </Heading>
        <p className="echoseal-state">
          <Icon shape={isConnected ? 'check' : status === 'not-connected' ? 'plug' : 'alert'} />
          {{
            connected: words.connected,
            'needs-reconnection': words.needsReconnection,
            'not-connected': words.notConnected,
          }[status]}
          {isConnected && connectedAt ? (
            <span className="echoseal-since">
              {fill(words.since, { date: day(connectedAt, locale) })}
            </span>
          ) : null}
        </p>
        {description ? <p className="echoseal-text">{description}</p> : null}
        {reason ? (
          <p className="echoseal-text">
            <bdi>{reason}</bdi>
          </p>
        ) : null}
      </div>
      {isConfirming ? (
        <div
          ref={ask}
          tabIndex={-1}
          role="group"
          aria-labelledby={`${id}-ask`}
          aria-describedby={`${id}-told`}
          className="echoseal-ask"
          onKeyDown={({ key }) => {
            if (key === 'Escape') props.onAsk(false);
          }}
        >
          <p id={`${id}-ask`} className="echoseal-question">
            {named(words.confirmTitle)}
          </p>
          <p id={`${id}-told`} className="echoseal-text">
            {words.confirmText}
          </p>
          <div className="echoseal-actions">
            <Button label={words.keep} onPress={() => props.onAsk(false)} />
            <Button label={words.confirm} onPress={props.onDisconnect} />
          </div>
        </div>
      ) : (
        <div ref={main} className="echoseal-actions">
          {isConnected ? null : (
            <Button
              kind={status === 'needs-reconnection' ? 'primary' : 'secondary'}
              label={doing === 'starting' || doing === 'leaving' ? (busy ?? '') : connect}
              isHeld={isHeld}
              onPress={props.onConnect}
            />
          )}
          {status === 'not-connected' ? null : (
            <Button
              label={doing === 'disconnecting' ? words.disconnecting : named(words.disconnect)}
              isHeld={isHeld}
              onPress={() => props.onAsk(true)}
            />
          )}
        </div>
      )}
    </li>
  );
}

/** @type {Record<ConnectionStanding['status'], import('./Panel.jsx').Tone>} */
const TONES = { connected: 'good', 'needs-reconnection': 'bad', 'not-connected': 'ask' };

/**
 * @param {import('./useConnections.js').End} end
 * @param {Words} words
 */
function endOf(end, words) {
  return {
    connected: words.wasConnected,
    declined: words.wasDeclined,
    failed: words.wasFailed,
    disconnected: words.wasDisconnected,
  }[end];
}

/**
 * @param {import('./useConnections.js').End | undefined} end
 * @returns {import('./Panel.jsx').Tone}
 */
function toneOf(end) {
  return end === 'failed' ? 'bad' : end === 'declined' ? 'wait' : 'good';
}
