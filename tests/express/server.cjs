// A frontend made of what the Web Template's server is made of. Says its port on standard output.
const compression = require('compression');
const enforceSsl = require('express-enforces-ssl');
const express = require('express');
const path = require('path');

const app = express();
app.set('trust proxy', true);
app.use('/tls', enforceSsl(), (req, res) => res.send(`${req.protocol} ${req.hostname}`));
app.use(compression({ threshold: 100 }));
app.use('/static', express.static(path.join(__dirname, 'static'), { maxAge: '1h' }));

// What a proxy tells by itself, or for one connection only.
const OURS = /^(host|connection|keep-alive|te|expect|content-length|transfer-encoding|cdn-loop|x-request-id|x-forwarded-.*)$/;

app.all('/echo{*rest}', async (req, res) => {
  const body = [];
  for await (const part of req) body.push(part);
  const fields = [];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i].toLowerCase();
    if (!OURS.test(name)) fields.push([name, req.rawHeaders[i + 1]]);
  }
  res.json({ method: req.method, url: req.originalUrl, fields, body: Buffer.concat(body).toString('base64') });
});
app.get('/status/:status', (req, res) => res.sendStatus(Number(req.params.status)));
app.get('/reason/:reason', (req, res) => {
  res.statusMessage = Buffer.from(req.params.reason, 'base64url').toString('latin1');
  res.send('reason');
});
app.get('/cookies', (req, res) => {
  res.cookie('st-token', '{"a":"b"}', { path: '/', secure: true, sameSite: 'lax' });
  res.cookie('second', 'ä b', { httpOnly: true, expires: new Date(0) });
  res.clearCookie('third');
  res.json(req.headers.cookie || null);
});
app.get('/redirect', (req, res) => res.redirect(Number(req.query.status || 302), req.query.to));
app.get('/page', (req, res) => res.send(`<!doctype html>${'<p>page</p>'.repeat(Number(req.query.times || 1))}`));
app.get('/stream', (req, res) => {
  res.type('html').write('<p>first</p>');
  res.flush();
  setImmediate(() => res.end('<p>last</p>'));
});
app.get('/odd', (req, res) => {
  const value = Buffer.from('h\u00e4\u00df', 'utf8').toString('latin1');
  res.setHeader('X-Odd', [value, '', 'a, b']);
  res.setHeader('X-CASE', 'Kept');
  res.setHeader('X-Request-Id', 'the frontend\'s own');
  res.setHeader('Date', 'Sat, 28 Nov 2026 10:00:00 GMT');
  res.removeHeader('X-Powered-By');
  res.send('odd');
});
app.get('/many', (req, res) => {
  for (let i = 0; i < 300; i += 1) res.setHeader(`X-Field-${i}`, 'v'.repeat(50));
  res.send('many');
});
app.get('/fails', () => {
  throw Object.assign(new Error('fails'), { stack: 'fails' });
});

const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
