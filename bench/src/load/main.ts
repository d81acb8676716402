import process from "node:process";
import { text } from "node:stream/consumers";
import type { LoadPlan } from "./plan.ts";
import { runLoad } from "./run-load.ts";

/** The process of the load generator: a plan on standard input, a result on standard output. */
const plan: LoadPlan = JSON.parse(await text(process.stdin));
process.stdout.write(`${JSON.stringify(await runLoad(plan))}\n`);
