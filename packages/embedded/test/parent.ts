// A process that starts both servers, prints their pids as JSON and waits to be killed.
import { startNats, startPostgres } from "../src/index.ts";

const [binary = "", dir = ""] = process.argv.slice(2);
const nats = await startNats({ binary, dir: `${dir}/nats` });
const postgres = await startPostgres({ dir: `${dir}/postgres`, env: process.env, tuning: { fsync: false } });
process.stdout.write(`${JSON.stringify({ nats: nats.pid, postgres: postgres.pid })}\n`);
setInterval(() => {}, 1_000);
