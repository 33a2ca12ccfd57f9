/** Stripe.js, as far as the Web Template's checkout calls it: a card that is complete at once. */
window.Stripe = () => {
  const card = {
    mount(place) {
      place.textContent = 'Card 4242 4242 4242 4242';
    },
    addEventListener(name, hear) {
      if (name === 'change') setTimeout(() => hear({ complete: true, error: null, value: {} }), 0);
    },
    removeEventListener() {},
    unmount() {},
    update() {},
  };
  const paymentIntent = { id: 'pi_1', status: 'requires_capture' };
  return {
    elements: () => ({ create: () => card }),
    confirmCardPayment: async () => ({ paymentIntent }),
    retrievePaymentIntent: async () => ({ paymentIntent }),
  };
};
