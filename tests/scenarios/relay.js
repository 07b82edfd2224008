// A relay with TLS and login: npm's smtp-server.
// Usage: node relay.js OPTIONS, a JSON object: port, key and cert (PEM files), secure (TLS from the first byte, else
// STARTTLS), methods (["PLAIN", ...]), password and token (what is right), hide (EHLO keywords to hide).
// stdout: a JSON object a line: {"login": method, "ok": bool, "secure": bool, "at": ms} and {"mail": text, "secure": bool}.
// stdin: a JSON object a line goes over the options: {"password": "another"}.
"use strict";
const fs = require("fs");
const readline = require("readline");
const {SMTPServer} = require("smtp-server");

const options = JSON.parse(process.argv[2]);
const say = what => console.log(JSON.stringify(what));

const server = new SMTPServer({
  secure: options.secure,
  key: fs.readFileSync(options.key),
  cert: fs.readFileSync(options.cert),
  authMethods: options.methods,
  authOptional: options.methods.length === 0,
  disabledCommands: options.methods.length === 0 ? ["AUTH"] : [],
  disableReverseLookup: true,
  logger: false,
  onAuth(auth, session, done) {
    const ok = auth.method === "XOAUTH2" ? auth.accessToken === options.token : auth.password === options.password;
    say({login: auth.method, user: auth.username, ok, secure: session.secure, at: Date.now()});
    if (ok) return done(null, {user: auth.username});
    // A careless relay: its refusal repeats what it was given.
    const error = new Error("5.7.8 not with " + (auth.password || auth.accessToken));
    error.responseCode = 535;
    done(auth.method === "XOAUTH2" ? null : error, {data: {status: "401"}});
  },
  onData(stream, session, done) {
    const pieces = [];
    stream.on("data", piece => pieces.push(piece));
    stream.on("end", () => {
      say({mail: Buffer.concat(pieces).toString("latin1"), secure: session.secure});
      done();
    });
  },
});
server.on("error", error => console.error("relay: " + error.message));
server.listen(options.port, "127.0.0.1");

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) Object.assign(options, JSON.parse(line));
})();
