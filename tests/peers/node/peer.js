// A TLS server of Node, as a peer for tests: node peer.js OPTIONS.json, where OPTIONS go to tls.createServer and `files` name
// chains and keys. Prints its port, serves until standard input ends.
'use strict';
const fs = require('fs');
const tls = require('tls');

const options = JSON.parse(process.argv[2]);
options.cert = options.files.map((pair) => fs.readFileSync(pair[0]));
options.key = options.files.map((pair) => fs.readFileSync(pair[1]));
const server = tls.createServer(options, (socket) => {
  socket.on('error', () => {});
  socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n'));
});
server.on('tlsClientError', () => {});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit(0)).resume();
