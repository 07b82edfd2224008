// nodemailer's pool at its best for many mails: a finished message, connections kept, no limit of messages on one.
// (MAIL, RCPT and DATA in one segment: two round trips a mail.)
//
// usage: node nodemailer_pool.js PORT MAILS CONNECTIONS FILE
// Prints one JSON object: mails accepted, seconds from the first connection to the last reply, CPU seconds.

"use strict";
const fs = require("fs");
const nodemailer = require("nodemailer");

const [port, mails, connections] = process.argv.slice(2, 5).map(Number);
const raw = fs.readFileSync(process.argv[5]);
const pool = nodemailer.createTransport({
  host: "127.0.0.1", port, secure: false, ignoreTLS: true, name: "localhost",
  pool: true, maxConnections: connections, maxMessages: Infinity,
});
const begun = process.hrtime.bigint();
const cpuBegun = process.cpuUsage();
let started = 0, ended = 0, accepted = 0;

function next() {
  if (started === mails) return;
  started++;
  pool.sendMail({ envelope: { from: "cart@shop.example", to: ["someone@customer.example"] }, raw }, (failed) => {
    if (failed) console.error(`nodemailer_pool: ${failed.message}`);
    else accepted++;
    if (++ended === mails) {
      const cpu = process.cpuUsage(cpuBegun);
      console.log(JSON.stringify({
        mails: accepted, seconds: Number(process.hrtime.bigint() - begun) / 1e9, cpu: (cpu.user + cpu.system) / 1e6,
      }));
      pool.close();
      process.exit(accepted === mails ? 0 : 1);
    }
    next();
  });
}
// A few more than connections, so that none waits for the next call.
for (let i = 0; i < 2 * connections; i++) next();
