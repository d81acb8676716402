import { type Check, runAll } from "../check.ts";

export const style: Check = {
  name: "style",
  what: "format and lint rules (biome)",
  run: (context) => runAll(context, [["biome", "check", "--max-diagnostics=20", "."]]),
};
