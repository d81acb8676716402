import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Check, type Verdict, verdictOf } from "../check.ts";

const baseline = "baseline.binpb";

export const contract: Check = {
  name: "contract",
  what: "the proto files follow buf's STANDARD rules and break no client (WIRE_JSON against the baseline)",
  run: async ({ root, run }): Promise<Verdict> => {
    const cwd = join(root, "proto");
    if (!existsSync(join(cwd, baseline))) return verdictOf([`proto/${baseline} is missing`], "");
    for (const args of [["lint"], ["format", "--diff", "--exit-code"], ["breaking", "--against", baseline]]) {
      const ended = await run("buf", args, { cwd });
      if (ended.exitCode !== 0) return { ok: false, detail: `buf ${args[0]} failed`, output: ended.output };
    }
    return verdictOf([], "buf lint, format, breaking");
  },
};
