/** @file A plan to pay for: a membership, a fee, a card on file. */

import { useMemo } from 'react';

import { TripPanel } from './TripPanel.jsx';
import { useEchoseal } from './EchosealProvider.jsx';
import { useTrip } from './useTrip.js';
import { day, fill, filled, money } from './wording.js';

/** @typedef {import('../client/echoseal.js').BillingAnswer} Standing */
/** @typedef {import('./Panel.jsx').View} View */
/** @typedef {import('./texts/index.js').Texts['billing']} Words */

/**
 * @typedef {import('./TripPanel.jsx').LookProps & {
 *   plan: string,
 *   title?: string,
 *   price?: import('./wording.js').Price,
 *   provider?: string,
 *   successUrl?: string,
 *   errorUrl?: string,
 *   returnUrl?: string,
 *   initialStanding?: Standing | null,
 *   onChange?: (standing: Standing) => void,
 *   texts?: Partial<Words>,
 * }} BillingProps
 */

/**
 * @param {BillingProps} props `plan` is its name in the settings, `title` what users call it;
 *   `price` is shown, the vendor's page has the last word; `returnUrl` is where the customer's own
 *   page leads back to
 */
export function Billing(props) {
  return <Plan key={props.plan} {...props} />;
}

/**
 * @param {BillingProps} props
 */
function Plan(props) {
  const { client, texts, locale } = useEchoseal();
  const { plan, price, provider, successUrl, errorUrl, returnUrl, initialStanding, onChange } = props;
  const billing = useMemo(() => client.billing(plan), [client, plan]);
  const trip = useTrip(billing, {
    locale,
    fresh: true,
    provider,
    successUrl,
    errorUrl,
    initialStanding,
    onChange,
  });
  const { common } = texts;
  const own = { ...texts.billing, ...props.texts };
  const name = props.title ?? own.plan;
  const words = filled(own, { plan: name });

  const start = { label: words.start, onPress: () => void trip.start() };
  const manage = {
    label: words.manage,
    onPress: () => void trip.go(() => billing.portal(returnUrl ? { returnUrl } : {})),
  };

  /**
   * @param {Standing} standing
   * @returns {View}
   */
  function viewOf(standing) {
    const { status, entitled, access, reason } = standing;
    const facts = factsOf(standing, words, locale, price);
    if (entitled && access === 'pending') {
      const check = { label: common.checkAgain, onPress: () => void trip.look({ fresh: true }) };
      return { tone: 'wait', ...words.opening, facts, primary: check };
    }
    if (entitled && (status === 'paid' || status === 'saved')) {
      return { tone: 'good', ...words[status], facts, secondary: status === 'saved' ? [manage] : [] };
    }
    if (entitled && status === 'active') {
      const state = standing.endsAt ? words.ending : words.active;
      return { tone: 'good', ...state, facts, secondary: [manage] };
    }
    if (status === 'past_due') {
      return { tone: 'bad', ...words.past_due, facts, primary: { ...manage, label: words.settle } };
    }
    if (status === 'paused') {
      return { tone: 'wait', ...words.paused, facts, primary: manage };
    }
    if (status === 'active') {
      return { tone: 'bad', ...words.lapsed, facts, primary: manage };
    }
    const isNew = status === 'none' || status === 'cancelled';
    const isLapsed = status === 'paid' || status === 'saved' || status === 'pending';
    return {
      ...(status === 'none' ? { name: words.title } : {}),
      tone: isNew ? 'ask' : 'bad',
      ...(isLapsed ? words.lapsed : words[status]),
      reason: isNew ? '' : (reason?.description ?? ''),
      facts,
      primary: isNew ? start : { ...start, label: common.tryAgain },
      note: words.redirect,
    };
  }

  return (
    <TripPanel
      trip={trip}
      name={name}
      shape="card"
      words={words}
      redirectNote={words.redirect}
      viewOf={viewOf}
      look={props}
    />
  );
}

/**
 * Return what is to know about a plan: its price, until when it holds, when it ends.
 *
 * @param {Standing} standing
 * @param {Words} words
 * @param {string} locale
 * @param {import('./wording.js').Price} [price]
 * @returns {[string, string][]}
 */
function factsOf({ status, entitled, paidUntil, endsAt }, words, locale, price) {
  /** @type {[string, string][]} */
  const facts = [];
  if (price) {
    const amount = money(price, locale);
    facts.push([words.price, fill(words[price.per ?? 'once'], { price: amount })]);
  }
  const ends = day(endsAt, locale);
  const paid = day(paidUntil, locale);
  if (entitled && ends) facts.push([words.endsOn, ends]);
  else if (entitled && paid) facts.push([status === 'active' ? words.paidUntil : words.accessUntil, paid]);
  return facts;
}
