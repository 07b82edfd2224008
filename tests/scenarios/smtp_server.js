// npm smtp-server as a relay: node smtp_server.js PORT [FOLDER]. Each mail it takes is a JSON line on stdout, before the
// reply, and in FOLDER a file.
// Recipients named perm and temp are refused.

'use strict';

const crypto = require('crypto');
const fs = require('fs');
const { SMTPServer } = require('smtp-server');

let taken = 0;
const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  size: 50 * 1024 * 1024,
  onRcptTo(address, session, callback) {
    const name = address.address.split('@')[0];
    const code = { perm: 550, temp: 451 }[name];
    callback(code ? Object.assign(new Error(`<${address.address}> no`), { responseCode: code }) : null);
  },
  onData(stream, session, callback) {
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', () => {
      const content = Buffer.concat(chunks);
      const recipient = session.envelope.rcptTo[0].address;
      const id = /^message-id: <([^>]*)>/im.exec(content.toString('latin1'));
      const line = { message_id: id ? id[1] : '', recipient, sha256: crypto.createHash('sha256').update(content).digest('hex') };
      if (process.argv[3]) fs.writeFileSync(`${process.argv[3]}/${++taken}.eml`, content);
      fs.writeSync(1, JSON.stringify(line) + '\n');
      callback(null, `Ok <${recipient}>`);
    });
  },
});
server.on('error', (e) => console.error(e.message));
server.listen(Number(process.argv[2]), '127.0.0.1');
