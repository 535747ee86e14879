// Reads requests with Node's own parser, llhttp in its strict mode: a line of hexadecimal in, a line
// of JSON out.
'use strict';

const { createServer } = require('node:http');
const { Duplex } = require('node:stream');
const { createInterface } = require('node:readline');

/** A socket that is fed by hand. */
class Wire extends Duplex {
  _read() {}
  _write(_chunk, _encoding, done) { done(); }
  setTimeout() { return this; }
  setNoDelay() { return this; }
  setKeepAlive() { return this; }
}

function pairs(raw) {
  const fields = [];
  for (let i = 0; i < raw.length; i += 2) fields.push([raw[i], raw[i + 1]]);
  return fields;
}

function parse(bytes) {
  return new Promise((resolve) => {
    const server = createServer({ insecureHTTPParser: false });
    const wire = new Wire();
    let seen = 0;
    const answer = (request, response) => {
      if (++seen > 1) return resolve({ error: 'a second request' });
      const body = [];
      request.on('data', (piece) => body.push(piece));
      request.on('end', () => {
        // What would be a second request is read before this turn of the loop is over.
        setImmediate(() => resolve({
          method: request.method, target: request.url, fields: pairs(request.rawHeaders),
          body: Buffer.concat(body).toString('hex'), rest: '',
        }));
        response.end();
      });
    };
    server.on('request', answer);
    server.on('checkContinue', answer);
    server.on('clientError', (error) => resolve({ error: error.code }));
    server.emit('connection', wire);
    wire.push(bytes);
  });
}

const lines = createInterface({ input: process.stdin });
let turn = Promise.resolve();
lines.on('line', (line) => {
  turn = turn.then(() => parse(Buffer.from(line, 'hex')))
    .then((read) => process.stdout.write(`${JSON.stringify(read)}\n`));
});
