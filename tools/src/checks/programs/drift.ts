import type { Check } from "../check.ts";

export const drift: Check = {
  name: "drift",
  what: "generated files are what their generators write",
  run: async ({ run }) => {
    const args = ["--conditions=@mio/source", "tools/src/generate.ts", "--check"];
    const { exitCode, output } = await run("node", args);
    const lastLine = output.split("\n").at(-1) ?? "";
    return exitCode === 0
      ? { ok: true, detail: lastLine, output: "" }
      : { ok: false, detail: "generated files differ", output };
  },
};
