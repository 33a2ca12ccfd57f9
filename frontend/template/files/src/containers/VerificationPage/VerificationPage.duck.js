/**
 * How the user stands with what Echoseal asks of them, by matter: `id-verification`,
 * `signings/<document>`, `billing/<plan>`.
 *
 * The page tells it what it hears. Any other page asks with `fetchStanding(matter)`, and finds the
 * answer in `state.VerificationPage.standings[matter]`, or why there is none in `errors[matter]`.
 */
import { createAsyncThunk, createSlice } from '@reduxjs/toolkit';

import { createClient } from '../../echoseal/client/echoseal';
import { apiBaseUrl } from '../../util/api';
import { fetchCurrentUser } from '../../ducks/user.duck';
import { setInitialValues as setCheckoutValues } from '../CheckoutPage/CheckoutPage.duck';

export const IDENTITY = 'id-verification';

// Echoseal's API_PREFIX, if that is not /api.
const API_PREFIX = process.env.REACT_APP_ECHOSEAL_API_PREFIX || '/api';

let client = null;
/**
 * The client of Echoseal's API, the same one every time. Only in a browser: a server that renders
 * pages asks nothing.
 */
export const echosealClient = () => {
  client = client || createClient({ base: `${apiBaseUrl()}${API_PREFIX}` });
  return client;
};

/**
 * Return what is to be done of a matter: start, status, settled and so on.
 */
export const tripOf = matter => {
  const [kind, subject] = matter.split('/');
  return kind === 'signings'
    ? echosealClient().signing(subject)
    : kind === 'billing'
    ? echosealClient().billing(subject)
    : echosealClient().verification;
};

// The user's private data, as it was read last, under the name of the matter's record.
const recordOf = (matter, currentUser) => {
  const [kind, subject] = matter.split('/');
  const names = { signings: `signing_${subject}`, billing: `billing_${subject}` };
  return currentUser?.attributes?.profile?.privateData?.[names[kind] || 'idVerification'];
};

// What came for another user than is logged in now: nothing is kept of it.
const USER_CHANGED = 'user-changed';

const userIdIn = state => state.user.currentUser?.id?.uuid;

const fetchStandingPayloadCreator = (matter, { dispatch, getState, rejectWithValue }) => {
  const userId = userIdIn(getState());
  // who is not read yet may be read meanwhile
  const isAnothers = () => userId && userId !== userIdIn(getState());
  return tripOf(matter)
    .status()
    .then(standing => {
      if (isAnothers()) return rejectWithValue({ code: USER_CHANGED });
      return dispatch(hearStanding(matter, standing));
    })
    .catch(e => {
      if (isAnothers()) return rejectWithValue({ code: USER_CHANGED });
      // storableError would drop the code, by which one decides.
      const { code = 'unknown', status, title, detail, requestId, retryAfter } = e;
      return rejectWithValue({ code, status, title, detail, requestId, retryAfter });
    });
};

export const fetchStandingThunk = createAsyncThunk(
  'VerificationPage/fetchStanding',
  fetchStandingPayloadCreator
);

/**
 * Ask how the user stands with a matter. Rejected with the client's `code`, or with `user-changed`
 * where somebody else is logged in when the answer comes.
 */
export const fetchStanding = (matter = IDENTITY) => dispatch => {
  return dispatch(fetchStandingThunk(matter)).unwrap();
};

/**
 * Keep what was heard. Where it is news, a result was just written to the user's private data, and
 * `currentUser` is older: it is read anew.
 */
export const hearStanding = (matter, standing) => (dispatch, getState) => {
  dispatch(standingHeard({ matter, standing }));
  const { currentUser } = getState().user;
  const known = recordOf(matter, currentUser)?.status || 'none';
  if (currentUser && known !== standing.status) {
    const options = { enforce: true, updateHasListings: false, updateNotifications: false };
    // where that fails, state.user says so
    return dispatch(fetchCurrentUser(options)).then(() => standing, () => standing);
  }
  return Promise.resolve(standing);
};

/**
 * Forget that an order was refused, so that the checkout page can be opened again.
 */
export const forgetRefusedOrder = () => (dispatch, getState) => {
  const { listing, orderData, transaction } = getState().CheckoutPage;
  dispatch(setCheckoutValues({ listing, orderData, transaction }));
};

const initialState = {
  standings: {},
  errors: {},
};

const verificationPageSlice = createSlice({
  name: 'VerificationPage',
  initialState,
  reducers: {
    standingHeard: (state, action) => {
      const { matter, standing } = action.payload;
      state.standings[matter] = standing;
      delete state.errors[matter];
    },
  },
  extraReducers: builder => {
    builder.addCase(fetchStandingThunk.rejected, (state, action) => {
      if (action.payload.code !== USER_CHANGED) state.errors[action.meta.arg] = action.payload;
    });
  },
});

export const { standingHeard } = verificationPageSlice.actions;

export default verificationPageSlice.reducer;

/**
 * The user as Sharetribe tells it, which the page is rendered with.
 */
export const loadData = () => dispatch => {
  return dispatch(fetchCurrentUser({ updateHasListings: false, updateNotifications: false }));
};
