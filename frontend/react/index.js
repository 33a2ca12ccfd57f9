/** @file Echoseal's React components, and the hooks beneath. Styles: `echoseal-frontend/react/echoseal.css`. */

export { Billing } from './Billing.jsx';
export { Connections } from './Connections.jsx';
export { EchosealProvider, useEchoseal } from './EchosealProvider.jsx';
export { Signing } from './Signing.jsx';
export { Verification } from './Verification.jsx';
export { VerificationBadge } from './VerificationBadge.jsx';
export { useConnections } from './useConnections.js';
export { useTrip } from './useTrip.js';
