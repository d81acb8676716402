import { registerHooks } from "node:module";
import process from "node:process";

/** Loads the gateway as `main.ts` does and prints the addresses of all modules, as JSON. */
const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    loaded.add(url);
    return next(url, context);
  },
});
await import("../../src/start.ts");
process.stdout.write(JSON.stringify([...loaded]));
