// Reads a mail from stdin with npm's mailparser and prints what it understood as JSON.
"use strict";
const {simpleParser} = require("mailparser");

simpleParser(process.stdin).then(mail => {
  const lines = {};
  for (const {key, line} of mail.headerLines) lines[key] = line.slice(line.indexOf(":") + 1).trim();
  console.log(JSON.stringify({
    subject: mail.subject, to: mail.to.value, from: mail.from.value, messageId: mail.messageId, date: mail.date,
    text: mail.text, html: mail.html, headers: lines, attachments: mail.attachments.length,
  }));
}).catch(error => {
  console.error(String(error));
  process.exitCode = 1;
});
