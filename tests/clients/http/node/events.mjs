// Prints the data of each event, a line each.
import { EventSource } from "eventsource";

const source = new EventSource(process.argv[2]);
source.onmessage = (event) => console.log(event.data);
