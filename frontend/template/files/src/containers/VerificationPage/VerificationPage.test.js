import { configureStore } from '@reduxjs/toolkit';

import { storableError } from '../../util/errors';
import reducer, { IDENTITY, fetchStanding, hearStanding } from './VerificationPage.duck';
import { refusedOrder } from './refusedOrder';

const userWith = status => ({
  id: { uuid: 'user-1' },
  attributes: { profile: { privateData: status ? { idVerification: { status } } : {} } },
});

// A store with as much of the marketplace's state as the duck reads; `shown` counts how often the
// current user was asked for.
const createStore = status => {
  const shown = [];
  const sdk = {
    currentUser: { show: () => Promise.reject(new Error(`asked ${shown.push('user')}`)) },
    authInfo: () => Promise.resolve({}),
  };
  const store = configureStore({
    reducer: {
      VerificationPage: reducer,
      auth: (state = { isAuthenticated: true }) => state,
      user: (state = { currentUser: userWith(status), currentUserShowTimestamp: 0 }, action) =>
        action.type === 'loggedOut' ? { ...state, currentUser: null } : state,
    },
    middleware: getDefault =>
      getDefault({ thunk: { extraArgument: sdk }, serializableCheck: false }),
  });
  return { store, shown };
};

const answerWith = (status, body) => {
  window.fetch = () =>
    Promise.resolve({
      ok: status < 400,
      status,
      headers: { get: name => (name === 'Content-Type' ? 'application/json' : null) },
      text: () => Promise.resolve(JSON.stringify(body)),
    });
};

describe('VerificationPage', () => {
  it('keeps why it was not told how the user stands, by the code', async () => {
    const problem = { type: 'urn:echoseal:problem:session-expired', code: 'session-expired' };
    answerWith(401, { ...problem, title: 'Session expired', detail: 'Log in again.' });
    const { store } = createStore();

    await expect(store.dispatch(fetchStanding())).rejects.toMatchObject({
      code: 'session-expired',
    });
    const { errors, standings } = store.getState().VerificationPage;
    expect(errors[IDENTITY]).toMatchObject({ code: 'session-expired', status: 401 });
    expect(standings).toEqual({});
  });

  it('keeps what it was told, and asks for the user anew where that is news', async () => {
    const standing = { status: 'approved', verified: true, checksum: 'valid' };
    answerWith(200, standing);
    const known = createStore('approved');
    const late = createStore('pending');
    const log = jest.spyOn(console, 'error').mockImplementation(() => {});

    await known.store.dispatch(fetchStanding());
    await late.store.dispatch(hearStanding(IDENTITY, standing));

    expect(known.store.getState().VerificationPage.standings[IDENTITY]).toEqual(standing);
    expect(known.shown.length).toBe(0);
    expect(late.shown.length).toBe(1);
    log.mockRestore();
  });

  it('tells nobody how the user stands who was logged in before', async () => {
    for (const [status, body] of [[200, { status: 'approved', checksum: 'valid' }], [401, {}]]) {
      answerWith(status, body);
      const { store } = createStore();

      const asked = store.dispatch(fetchStanding());
      store.dispatch({ type: 'loggedOut' });

      await expect(asked).rejects.toMatchObject({ code: 'user-changed' });
      expect(store.getState().VerificationPage).toEqual({ standings: {}, errors: {} });
    }
  });

  it('tells a refusal of the gate from every other error', () => {
    const meta = { matter: 'id-verification', standing: 'none' };
    const ofGate = { status: 403, data: { errors: [{ code: 'echoseal-required', meta }] } };
    const ofOthers = { status: 403, data: { errors: [{ code: 'forbidden' }] } };

    expect(refusedOrder(null, storableError(ofGate))).toEqual(meta);
    expect(refusedOrder(storableError(ofOthers), null, undefined)).toBe(null);
  });
});
