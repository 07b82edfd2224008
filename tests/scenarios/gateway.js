// The marketplace's gateway, as small as it can be: npm's Fluent client with acknowledgements.
// Usage: node gateway.js PORT MODE TAG. Each line of stdin is a JSON array of events, sent together; when all of them are
// acknowledged, stdout says "acknowledged N", else "refused REASON". A field `time` (Unix ms) becomes the entry's time.
"use strict";
const readline = require("readline");
const {FluentClient, EventTime} = require("@fluent-org/logger");

const [port, eventMode, tag] = process.argv.slice(2);
const client = new FluentClient(tag, {
  eventMode,
  ack: {ackTimeout: 15000},
  socket: {host: "127.0.0.1", port: Number(port), timeout: 15000, notWritableWhenDraining: false},
  disconnect: {waitForPending: true},
});
client.socketOn("error", error => console.error("gateway: " + error));

async function send(events) {
  const acks = events.map(({time, ...event}) => client.emit(event, EventTime.fromTimestamp(time)));
  await Promise.all(acks);
  return "acknowledged " + events.length;
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    console.log(await send(JSON.parse(line)).catch(error => "refused " + error));
  }
  await client.shutdown();
})();
