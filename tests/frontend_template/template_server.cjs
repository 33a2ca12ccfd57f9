// A server with the parts of the Web Template's that count here, in their order, and with what
// frontend/server has for it.
//
// argv    FOLDER of our files, PORT, the name of the package of Express
// stdout  a line when it listens; it ends with its standard input
// env     ECHOSEAL_… and CHECKSUM_KEYS, as for the template; SHARETRIBE_URL; TIMEOUT_SECONDS;
//         PARSES_FIRST: what reads JSON stands before all, as where a CSP is reported on;
//         BETWEEN: an address that is asked between the gate and the endpoints

const [folder, port, expressName] = process.argv.slice(2);
const bodyParser = require('body-parser');
const cookieParser = require('cookie-parser');
const express = require(expressName);
const sharetribe = require('sharetribe-flex-sdk');
const { echosealGate } = require(`${folder}/echoseal-gate.cjs`);
const { echosealRouter } = require(`${folder}/echoseal-router.cjs`);

const clientId = process.env.REACT_APP_SHARETRIBE_SDK_CLIENT_ID;
const timeoutSeconds = Number(process.env.TIMEOUT_SECONDS || 30);
const TRANSIT = 'application/transit+json';

const createCookieTokenStore = (req, res) =>
  sharetribe.tokenStore.expressCookieStore({ clientId, req, res });
const getSdk = (req, res, store) =>
  sharetribe.createInstance({
    clientId,
    baseUrl: process.env.SHARETRIBE_URL,
    tokenStore: store || createCookieTokenStore(req, res),
  });

// What the privileged endpoints do: they ask Sharetribe as the session's user, and then, where there
// is something to order, make the transition with a trusted token and line items of their own.
const order = async (req, res) => {
  try {
    const store = createCookieTokenStore(req, res);
    const { data } = await getSdk(req, res, store).currentUser.show();
    const { bodyParams, orderData, isSpeculative } = req.body;
    const told = { ordered: bodyParams.transition, user: data.data.id.uuid };
    if (orderData?.quantity) await transact(store, bodyParams, orderData, isSpeculative);
    res.json(told);
  } catch (error) {
    res.status(error.status || 500).json({ failed: String(error.message) });
  }
};

const transact = async (store, bodyParams, { quantity }, isSpeculative) => {
  const known = { clientId, baseUrl: process.env.SHARETRIBE_URL };
  const clientSecret = process.env.SHARETRIBE_SDK_CLIENT_SECRET;
  const own = sharetribe.createInstance({ ...known, clientSecret, tokenStore: store });
  const tokenStore = sharetribe.tokenStore.memoryStore();
  tokenStore.setToken((await own.exchangeToken()).data);
  const { transactions } = sharetribe.createInstance({ ...known, tokenStore });
  const unitPrice = new sharetribe.types.Money(3500, 'EUR');
  const includeFor = ['customer', 'provider'];
  const lineItems = [{ code: 'line-item/item', unitPrice, quantity, includeFor }];
  const params = { ...bodyParams.params, stockReservationQuantity: quantity, lineItems };
  const step = bodyParams.id ? 'transition' : 'initiate';
  await transactions[isSpeculative ? `${step}Speculative` : step]({ ...bodyParams, params });
};

const api = express.Router();
api.use(bodyParser.text({ type: TRANSIT }));
api.use((req, res, next) => {
  if (req.get('Content-Type') === TRANSIT && typeof req.body === 'string') {
    req.body = sharetribe.transit.read(req.body);
  }
  next();
});
api.post(
  ['/initiate-privileged', '/transition-privileged'],
  echosealGate({ getSdk, createCookieTokenStore })
);
if (process.env.BETWEEN) {
  api.use((req, res, next) => fetch(process.env.BETWEEN).then(() => next(), next));
}
api.post('/initiate-privileged', order);
api.post('/transition-privileged', order);

const app = express();
if (process.env.PARSES_FIRST) app.use(bodyParser.json());
app.use(echosealRouter({ timeoutSeconds }));
app.use(bodyParser.json());
app.use(cookieParser());
app.use('/api', api);
app.use((req, res) => res.status(404).json({ own: req.originalUrl }));

app.listen(Number(port), '127.0.0.1', () => console.log('listening'));
process.stdin.resume().on('end', () => process.exit());
