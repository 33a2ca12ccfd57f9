/**
 * What the gate of the server (server/api-util/echoseal-gate.cjs) says when it refuses an order, and
 * where the order waits meanwhile.
 */

const CODE = 'echoseal-required';
const STORAGE_KEY = 'echoseal.refusedOrder';

/**
 * Return what is lacking, where one of these errors of the checkout page is the gate's.
 *
 * @param {...Object} errors as storableError keeps them
 * @returns {Object|null} `matter`, such as `id-verification`, and `standing`, such as `pending`
 */
export const refusedOrder = (...errors) => {
  const apiErrors = errors.flatMap(error => error?.apiErrors || []);
  const found = apiErrors.find(error => error.code === CODE);
  return found ? found.meta : null;
};

/**
 * Keep which order was refused, for when the user is back from a vendor: the page is loaded anew
 * then.
 *
 * @param {Object} order with `matter` and `from`, the path of its checkout page
 */
export const keepOrder = order => {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(order));
  } catch (e) {
    // Without a storage users find the way back by themselves.
  }
};

/**
 * @returns {Object} the order that was kept, or an empty object
 */
export const keptOrder = () => {
  try {
    return JSON.parse(window.sessionStorage.getItem(STORAGE_KEY)) || {};
  } catch (e) {
    return {};
  }
};

/**
 * The order is gone on with.
 */
export const forgetOrder = () => {
  try {
    window.sessionStorage.removeItem(STORAGE_KEY);
  } catch (e) {
    // There is none.
  }
};
