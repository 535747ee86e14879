// The suite's server listens on every interface of the machine; a test server belongs on the
// loopback. Loaded with `node --require`.
const { Server } = require('node:net')

const listen = Server.prototype.listen
Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, port, '127.0.0.1', ...rest)
}
