import { type Check, runAll } from "../check.ts";

export const types: Check = {
  name: "types",
  what: "types of every package, then of the tests (tsc)",
  run: (context) =>
    runAll(context, [
      ["tsc", "-b"],
      ["tsc", "-p", "tsconfig.tests.json"],
    ]),
};
