// A server with the parts of the Web Template's that count here, in their order, and with what
// frontend/server has for it.
//
// argv    FOLDER of our files, PORT, the name of the package of Express
// stdout  a line when it listens; it ends with its standard input
// env     ECHOSEAL_… and CHECKSUM_KEYS, as for the template; SHARETRIBE_URL; TIMEOUT_SECONDS;
//         PARSES_FIRST: what reads JSON stands before all, as where a CSP is reported on

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

// What a privileged endpoint does first of all: it asks Sharetribe as the session's user.
const order = (req, res) => {
  getSdk(req, res)
    .currentUser.show()
    .then(({ data }) => {
      const { transition } = req.body.bodyParams;
      res.json({ ordered: transition, user: data.data.id.uuid });
    })
    .catch(error => res.status(error.status || 500).json({ failed: String(error.message) }));
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
