// Works a queue off over a WebSocket: prints each message, acks it, and says what it has acked when that is durable. Comes again when the
// server does.
import WebSocket from "ws";

const [url, queue] = process.argv.slice(2);
let seq = 0;

function open() {
  const socket = new WebSocket(url, "koine.json.v1");
  const acked = new Map();
  const say = (command) => socket.send(JSON.stringify(command));
  socket.on("open", () => say({ op: "subscribe", id: 1, queue, credit: 10 }));
  socket.on("message", (text) => {
    const heard = JSON.parse(text);
    if (heard.op === "message") {
      acked.set(++seq, heard.message.value);
      say({ op: "ack", seq, leases: [heard.message.lease] });
      say({ op: "credit", id: 1, credit: 1 });
    } else if (heard.op === "settled" && heard.lost.length === 0) {
      console.log(acked.get(heard.seq));
      acked.delete(heard.seq);
    }
  });
  socket.on("error", () => {});
  socket.on("close", () => setTimeout(open, 100));
}

open();
