// Shows the topic `orders` as it grows, and appends to it. No framework, no build.
//
// Nothing is lost or repeated when the server restarts: an EventSource comes again with the id of its last event, which is a position in
// the topic; and an order that was not answered is looked for, by its key, before it is sent again.
"use strict";

const server = new URLSearchParams(location.search).get("koine") ?? "http://localhost:8080";
const topic = `${server}/v1/topics/orders`;
const list = document.getElementById("orders");
const state = document.getElementById("state");
const retryMs = 1000;

let position = "";  // after the last event
let source;

function show(text, id) {
  const line = document.createElement("li");
  line.textContent = text;
  line.dataset.id = id;
  list.append(line);
}

function setState(name) {
  state.className = name;
  state.textContent = name;
}

function listen() {
  // All that there is, then what comes.
  const start = position ? `after=${encodeURIComponent(position)}` : "from=start";
  source = new EventSource(`${topic}/events?${start}`);
  source.onopen = () => setState("live");
  source.onmessage = (event) => {
    position = event.lastEventId;
    const record = JSON.parse(event.data);
    show(`${record.value.item}`, record.key);
  };
  source.onerror = () => {
    setState("waiting");
    // It tries again by itself, unless what it got was no event stream: of a proxy, say, while the server is away.
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, retryMs);
  };
}

// The server may have gone away after it stored an order and before it said so.
async function isStored(id, after) {
  const start = after ? `after=${encodeURIComponent(after)}` : "from=start";
  const answer = await fetch(`${topic}/records?${start}&key=${id}&limit=1`);
  if (answer.status === 410 && after) return isStored(id, "");  // retention was faster
  if (!answer.ok) throw new Error(await answer.text());
  return (await answer.json()).records.length > 0;
}

// Resolves when the order is durable.
async function order(item) {
  const id = crypto.randomUUID();
  const before = position;
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json", "Koine-Key": id },
    body: JSON.stringify({ item }),
  };
  for (let isFirst = true; ; isFirst = false) {
    try {
      if (!isFirst && (await isStored(id, before))) return;
      const answer = await fetch(`${topic}/records`, request);
      if (answer.ok) return;
      if (answer.status < 500) throw new Error(await answer.text(), { cause: answer });
    } catch (problem) {
      if (problem.cause) throw problem;  // it was answered, and refused
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

document.getElementById("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = document.getElementById("item");
  order(input.value).catch((problem) => alert(problem.message));
  input.value = "";
});

listen();
