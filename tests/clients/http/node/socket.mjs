// Subscribes to a topic over a WebSocket and prints each record, a line each. Comes again at its position when the server does.
import WebSocket from "ws";

const [url, topic] = process.argv.slice(2);
let start = { from: "start" };

function open() {
  const socket = new WebSocket(url, "koine.json.v1");
  socket.on("open", () => socket.send(JSON.stringify({ op: "subscribe", id: 1, topic, ...start, credit: 10 })));
  socket.on("message", (text) => {
    const message = JSON.parse(text);
    if (message.op !== "message") return;
    start = { after: message.position };
    console.log(JSON.stringify(message.record));
    socket.send(JSON.stringify({ op: "credit", id: 1, credit: 1 }));
  });
  socket.on("error", () => {});
  socket.on("close", () => setTimeout(open, 100));
}

open();
