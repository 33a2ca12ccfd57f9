/** @file Opens Dropbox Sign's page by its own library, `hellosign-embedded`: the page opens no other way. */

/**
 * @typedef {object} HelloSign What is used of the library's client.
 * @property {(url: string, options?: Record<string, unknown>) => void} open
 * @property {(event: string, hear: () => void) => void} once
 * @property {() => void} close
 */

/**
 * Return an opener for `<Signing open={…}>`; make it once, outside of a component.
 *
 * `load` imports the library, in the browser, when the button is pressed:
 * `() => import('hellosign-embedded')`. `options` go to the library: `clientId` (DROPBOX_SIGN_CLIENT_ID,
 * no secret), in test mode `skipDomainVerification: true`, its `locale`.
 *
 * @param {() => Promise<{ default: new (options: any) => HelloSign }>} load
 * @param {{ clientId: string, skipDomainVerification?: boolean, locale?: string }} options
 * @returns {import('./useTrip.js').Opener}
 */
export function dropboxSign(load, options) {
  return async (url, { signal }) => {
    const { default: Client } = await load();
    if (signal.aborted) return;
    const client = new Client(options);
    await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
      const close = () => client.close();
      client.once('close', resolve);
      // It closes by itself after a signature alone.
      client.once('decline', close);
      client.once('error', close);
      signal.addEventListener('abort', close);
      client.open(url);
    });
  };
}
