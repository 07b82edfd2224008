// Reads mails with npm's mailparser, which shares no code with Cartwheel nor with Python, and prints what it understood: one
// JSON object a file. Usage: read_mails.js FILE...
"use strict";
const fs = require("fs");
const {simpleParser} = require("mailparser");

(async () => {
  for (const file of process.argv.slice(2)) {
    const mail = await simpleParser(fs.readFileSync(file), {skipHtmlToText: true, skipImageLinks: true});
    const names = mail.headerLines.map(({key}) => key);
    console.log(JSON.stringify({
      file, names, subject: mail.subject, to: mail.to.value, from: mail.from.value, messageId: mail.messageId,
      text: mail.text, html: mail.html, attachments: mail.attachments.length,
    }));
  }
})().catch(error => {
  console.error(String(error));
  process.exitCode = 1;
});
