// Prints the files that a message passes through, as JSON. A process of its own: what vitest transforms has more functions.
import { followMessage } from "./follow-message.ts";

const { MIO_NATS_SERVER = "" } = process.env;
process.stdout.write(JSON.stringify(await followMessage(process.env, MIO_NATS_SERVER)));
