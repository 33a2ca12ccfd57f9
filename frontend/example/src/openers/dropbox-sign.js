/** @file Dropbox Sign's page opens by its own library alone. */

import { dropboxSign } from '../../../react/dropbox-sign.js';

export const name = 'dropbox-sign';

/** The library comes when the button is pressed: it is larger than all else here. */
export const open = dropboxSign(() => import('hellosign-embedded'), {
  clientId: sessionStorage.getItem('dropbox-sign-client-id') ?? '',
});
