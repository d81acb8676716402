import type { Command } from "commander";
import { CliError } from "../cli-error.ts";
import type { Io } from "../io.ts";

interface Options {
  readonly out: string;
  readonly json?: true;
}

const help = `
The tarball holds the SDK with everything of Mio's own inside, its types, README and
licence. Public packages stay dependencies. Any project can install it, without a
checkout of this repository:
  ./mio pack --out /tmp/packages
  npm install /tmp/packages/mio-sdk-0.1.0.tgz

Exit codes: 0 packed, 1 the package has flaws, 2 wrong use of the command line.`;

export function register(program: Command, io: Io): void {
  program
    .command("pack")
    .description("pack the TypeScript SDK for npm")
    .option("--out <folder>", "write the tarball to this folder", "dist")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async ({ out, json }: Options) => {
      const { packSdk } = await import("@mio/tools");
      const { root, env, signal } = io;
      const packed = await packSdk({ root, env, signal, folder: out });
      if (packed.kind === "flawed") {
        throw new CliError(`the package has flaws:\n${packed.problems.join("\n")}`, {
          next: "change sdks/typescript or tools/src/pack, then pack again",
        });
      }
      const { kind: _, ...result } = packed;
      if (json) return io.out(JSON.stringify({ ok: true, ...result }));
      const ranges = Object.entries(packed.dependencies).map(([name, range]) => `${name} ${range}`);
      io.out(`packed   ${packed.name} ${packed.version}, ${Math.ceil(packed.bytes / 1_024)} KiB`);
      io.out(`tarball  ${packed.tarball}`);
      io.out(`needs    ${ranges.join(", ")}`);
      io.note(`next: npm install ${packed.tarball}`);
    });
}
