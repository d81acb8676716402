import { type Check, runAll } from "../check.ts";

export const deadCode: Check = {
  name: "dead-code",
  what: "files, exports and dependencies that nothing uses (knip)",
  run: (context) => runAll(context, [["knip", "--no-progress", "--no-config-hints"]]),
};
