/** @file A vendor's page in a frame of this page. */

import { useEffect, useRef } from 'react';

import { mayBeOver } from './messages.js';

const PERMISSIONS = 'camera; microphone; fullscreen; accelerometer; gyroscope; magnetometer; payment';
// A page may say the same thing many times; each costs a question.
const QUIET_MILLISECONDS = 3_000;

/**
 * @typedef {object} VendorFrameProps
 * @property {string} url
 * @property {string} title for who cannot see the frame
 * @property {() => void} onOver the user may be through with it
 */

/**
 * @param {VendorFrameProps} props
 */
export function VendorFrame({ url, title, onOver }) {
  const frame = useRef(/** @type {HTMLIFrameElement | null} */ (null));
  const over = useRef(onOver);
  useEffect(() => {
    over.current = onOver;
  });
  useEffect(() => {
    let heard = -QUIET_MILLISECONDS;
    const hear = (/** @type {MessageEvent} */ { source, data, timeStamp }) => {
      if (!frame.current || source !== frame.current.contentWindow) return;
      if (timeStamp - heard < QUIET_MILLISECONDS || !mayBeOver(data)) return;
      heard = timeStamp;
      over.current();
    };
    window.addEventListener('message', hear);
    return () => window.removeEventListener('message', hear);
  }, []);
  return (
    <iframe
      ref={frame}
      className="echoseal-frame"
      src={url}
      title={title}
      allow={PERMISSIONS}
      onLoad={() => {
        if (isThisPage(frame.current)) onOver();
      }}
    />
  );
}

/**
 * Tell whether the vendor has led back, within the frame, to the page around it.
 *
 * @param {HTMLIFrameElement | null} frame
 * @returns {boolean}
 */
function isThisPage(frame) {
  try {
    const inside = frame?.contentWindow?.location;
    return inside?.origin === location.origin && inside.pathname === location.pathname;
  } catch {
    return false; // another origin's
  }
}
