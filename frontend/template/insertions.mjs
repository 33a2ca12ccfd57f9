/**
 * What is inserted into the Web Template's own files, and where; `apply.mjs` does it, and README.md
 * tells it to people, from this list.
 *
 * An anchor is a piece of one line that must stand in the file exactly once. `at` says on which
 * side of that line the block goes, or `end` of the file, which needs no anchor.
 */

/**
 * @typedef {object} Insertion
 * @property {string} file
 * @property {'before' | 'after' | 'end'} at
 * @property {string} anchor
 * @property {string} why
 * @property {string[]} lines
 * @property {boolean} [isOptional] nothing is lost where the file is not there
 */

/** Begin and end of each block, so that it is found again. */
export const MARKS = { begin: 'Echoseal: begin', end: 'Echoseal: end' };

const ROUTES = 'src/routing/routeConfiguration.js';
const LOADERS = 'src/containers/pageDataLoadingAPI.js';
const REDUCERS = 'src/containers/reducers.js';
const NAVIGATION =
  'src/components/LayoutComposer/LayoutSideNavigation/LayoutWrapperAccountSettingsSideNav.js';
const CHECKOUT = 'src/containers/CheckoutPage/CheckoutPageAccessWrapper.js';
const ROUTER = "app.use(require('./api-util/echoseal-router.cjs').echosealRouter());";

/** @type {Insertion[]} */
export const INSERTIONS = [
  {
    file: ROUTES,
    at: 'after',
    anchor: 'const TransactionPage = loadable(',
    why: 'the page, loaded when it is opened',
    lines: [
      "const VerificationPage = loadable(() => import(/* webpackChunkName: \"VerificationPage\" */ '../containers/VerificationPage/VerificationPage'));",
    ],
  },
  {
    file: ROUTES,
    at: 'after',
    anchor: 'export const ACCOUNT_SETTINGS_PAGES = [',
    why: 'the page belongs to the account settings',
    lines: ["  'VerificationPage',"],
  },
  {
    file: ROUTES,
    at: 'after',
    anchor: 'return [',
    why: 'its address, for those who are logged in',
    lines: [
      '    {',
      "      path: '/verification',",
      "      name: 'VerificationPage',",
      '      auth: true,',
      "      authPage: 'LoginPage',",
      '      component: VerificationPage,',
      '      loadData: pageDataLoadingAPI.VerificationPage.loadData,',
      '    },',
    ],
  },
  {
    file: LOADERS,
    at: 'after',
    anchor: 'import { loadData as TermsOfServicePageLoader }',
    why: 'what the page loads',
    lines: [
      "import { loadData as VerificationPageLoader } from './VerificationPage/VerificationPage.duck';",
    ],
  },
  {
    file: LOADERS,
    at: 'after',
    anchor: 'return {',
    why: 'the same, by the name of the page',
    lines: ['    VerificationPage: {', '      loadData: VerificationPageLoader,', '    },'],
  },
  {
    file: REDUCERS,
    at: 'after',
    anchor: 'import TransactionPage from',
    why: "the page's state",
    lines: ["import VerificationPage from './VerificationPage/VerificationPage.duck';"],
  },
  {
    file: REDUCERS,
    at: 'after',
    anchor: 'export {',
    why: 'the same, by the name of the page',
    lines: ['  VerificationPage,'],
  },
  {
    file: NAVIGATION,
    at: 'before',
    anchor: '...payoutDetailsMaybe,',
    why: 'the way to the page, among the account settings',
    lines: [
      '    {',
      '      text: <FormattedMessage id="VerificationPage.tabTitle" />,',
      "      selected: currentPage === 'VerificationPage',",
      "      id: 'VerificationPageTab',",
      '      linkProps: {',
      "        name: 'VerificationPage',",
      '      },',
      '    },',
    ],
  },
  {
    file: CHECKOUT,
    at: 'after',
    anchor: 'import { NamedRedirect } from',
    why: 'what tells a refusal of the gate',
    lines: ["import { refusedOrder } from '../VerificationPage/refusedOrder';"],
  },
  {
    file: CHECKOUT,
    at: 'before',
    anchor: 'if (currentUser && !isUserAuthorized(currentUser)) {',
    why: 'whom the gate refuses is led to the page, and finds back',
    lines: [
      '  const refused = refusedOrder(initiateOrderError, props.speculateTransactionError);',
      '  if (refused) {',
      '    const from = history.location.pathname;',
      '    return <NamedRedirect name="VerificationPage" state={{ ...refused, from }} />;',
      '  }',
    ],
  },
  {
    file: 'server/index.js',
    at: 'after',
    anchor: 'const app = express();',
    why: 'hands our paths on, where ECHOSEAL_URL is set; first of all, so that bodies are untouched',
    lines: [ROUTER],
  },
  {
    file: 'server/apiServer.js',
    at: 'after',
    anchor: 'const app = express();',
    why: 'the same in development',
    lines: [ROUTER],
  },
  {
    file: 'server/apiRouter.js',
    at: 'before',
    anchor: "router.post('/initiate-privileged',",
    why: 'the gate before both privileged endpoints, behind what parses their bodies',
    lines: [
      "const { echosealGate } = require('./api-util/echoseal-gate.cjs');",
      'router.post(',
      "  ['/initiate-privileged', '/transition-privileged'],",
      "  echosealGate(require('./api-util/sdk'))",
      ');',
    ],
  },
  {
    file: '.prettierignore',
    at: 'end',
    anchor: '',
    why: 'what is copied from us is formatted by us',
    lines: ['src/echoseal/'],
    isOptional: true,
  },
];

/**
 * Return the insertion that lets pages show a vendor in a frame.
 *
 * @param {string[]} hosts
 * @returns {Insertion}
 */
export function frames(hosts) {
  const sources = hosts.map(host => `'${host}'`).join(', ');
  return {
    file: 'server/csp.js',
    at: 'after',
    anchor: 'const customDirectives = {',
    why: 'only with `--frame`: the hosts that may be shown in a frame, beside those of before',
    lines: [`    frameSrc: [...defaultDirectives.frameSrc, ${sources}],`],
  };
}

/** Begins each key of ours in `src/translations/*.json`. */
export const TEXT_PREFIX = 'VerificationPage.';
