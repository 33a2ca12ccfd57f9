import React, { useEffect, useState } from 'react';
import { useDispatch, useSelector } from 'react-redux';
import { useHistory, useLocation } from 'react-router-dom';

import { useConfiguration } from '../../context/configurationContext';
import { useRouteConfiguration } from '../../context/routeConfigurationContext';
import { FormattedMessage, useIntl } from '../../util/reactIntl';
import { pathByRouteName } from '../../util/routes';
import { showCreateListingLinkForUser, showPaymentDetailsForUser } from '../../util/userHelpers';
import { isScrollingDisabled } from '../../ducks/ui.duck';
import { H3, LayoutSideNavigation, Page, PrimaryButton, UserNav } from '../../components';
import { isGood } from '../../echoseal/client/echoseal';
import { Billing, EchosealProvider, Signing, Verification } from '../../echoseal/react/index';
import de from '../../echoseal/react/texts/de';
import en from '../../echoseal/react/texts/en';
import es from '../../echoseal/react/texts/es';
import fi from '../../echoseal/react/texts/fi';
import fr from '../../echoseal/react/texts/fr';
import pt from '../../echoseal/react/texts/pt';

import TopbarContainer from '../TopbarContainer/TopbarContainer';
import FooterContainer from '../FooterContainer/FooterContainer';

import {
  IDENTITY,
  echosealClient,
  forgetRefusedOrder,
  hearStanding,
} from './VerificationPage.duck';
import { forgetOrder, keepOrder, keptOrder } from './refusedOrder';
import '../../echoseal/react/echoseal.css';
import css from './VerificationPage.module.css';

const NAME = 'VerificationPage';
const TEXTS = { de, en, es, fi, fr, pt };
// A redirect works for every vendor; a frame only where the vendor and server/csp.js allow it.
const IS_FRAMED = process.env.REACT_APP_ECHOSEAL_FRAME === 'true';

/**
 * What the user has to do at Echoseal's vendors: an identity check, or what an order was refused
 * for. It asks in the browser alone: a server that renders the page shows the frame around it.
 *
 * @component
 * @returns {JSX.Element}
 */
const VerificationPage = () => {
  const config = useConfiguration();
  const routeConfiguration = useRouteConfiguration();
  const intl = useIntl();
  const dispatch = useDispatch();
  const history = useHistory();
  const location = useLocation();
  const currentUser = useSelector(state => state.user.currentUser);
  const scrollingDisabled = useSelector(isScrollingDisabled);
  const standings = useSelector(state => state.VerificationPage.standings);

  // null until the page is in a browser
  const [order, setOrder] = useState(null);

  useEffect(() => {
    const { matter, from } = location.state || {};
    if (matter && from) keepOrder({ matter, from });
    setOrder(keptOrder());
    dispatch(forgetRefusedOrder());
  }, []);

  const matter = order?.matter || IDENTITY;
  const [kind, subject] = matter.split('/');
  const panelProps = {
    frame: IS_FRAMED,
    headingLevel: 2,
    onChange: standing => dispatch(hearStanding(matter, standing)),
  };
  const handleLogIn = () => {
    const from = `${location.pathname}${location.search}`;
    history.push(pathByRouteName('LoginPage', routeConfiguration), { from });
  };
  const handleGoOn = () => {
    forgetOrder();
    history.push(order.from);
  };

  const language = config.localization.locale.split('-')[0];
  const title = intl.formatMessage({ id: 'VerificationPage.title' });
  const canGoOn = order?.from && isGood(standings[matter]);
  const navigation = { currentPage: NAME, ...showPaymentDetailsForUser(config, currentUser) };
  const topbar = (
    <>
      <TopbarContainer desktopClassName={css.topbar} mobileClassName={css.topbar} />
      <UserNav
        currentPage={NAME}
        showManageListingsLink={showCreateListingLinkForUser(config, currentUser)}
      />
    </>
  );

  return (
    <Page title={title} scrollingDisabled={scrollingDisabled}>
      <LayoutSideNavigation
        intl={intl}
        topbar={topbar}
        useAccountSettingsNav
        accountSettingsNavProps={navigation}
        sideNav={null}
        footer={<FooterContainer />}
      >
        <div className={css.content}>
          <H3 as="h1">
            <FormattedMessage id="VerificationPage.title" />
          </H3>
          {order?.from ? (
            <p className={css.order}>
              <FormattedMessage
                id={canGoOn ? 'VerificationPage.orderReady' : 'VerificationPage.orderWaits'}
              />
            </p>
          ) : null}
          {order ? (
            <EchosealProvider
              client={echosealClient()}
              texts={TEXTS[language] || en}
              locale={config.localization.locale}
              onLogIn={handleLogIn}
            >
              {kind === 'signings' ? (
                <Signing document={subject} {...panelProps} />
              ) : kind === 'billing' ? (
                <Billing plan={subject} {...panelProps} />
              ) : (
                <Verification {...panelProps} />
              )}
            </EchosealProvider>
          ) : null}
          {canGoOn ? (
            <PrimaryButton className={css.goOn} onClick={handleGoOn}>
              <FormattedMessage id="VerificationPage.goOn" />
            </PrimaryButton>
          ) : null}
        </div>
      </LayoutSideNavigation>
    </Page>
  );
};

export default VerificationPage;
