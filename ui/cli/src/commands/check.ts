import type { CheckResult, RunChecksOptions } from "@mio/tools";
import type { Command } from "commander";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

interface Options {
  readonly json?: true;
  readonly list?: true;
  readonly only?: string;
}

const help = `
The steps only read the tree. Two programs fix many of the problems they report:
  node_modules/.bin/biome check --write                      format, imports, safe fixes
  node --conditions=@mio/source tools/src/generate.ts        generated files`;

export function register(program: Command, io: Io): void {
  program
    .command("check")
    .description("check format, lint, types, structure, prose, generated code and versions")
    .option("--only <steps>", "run only these steps, separated by commas")
    .option("--list", "list the steps and what each one checks")
    .option("--json", "print one JSON object instead of text")
    .addHelpText("after", help)
    .action(async (options: Options) => {
      const { listChecks, runChecks } = await import("@mio/tools");
      const steps = listChecks();
      if (options.list) return io.out(steps.map(({ name, what }) => `${name.padEnd(12)} ${what}`).join("\n"));
      const names = steps.map(({ name }) => name);
      const report = await runChecks(toRunOptions(options, names, io));
      if (options.json) io.out(JSON.stringify(report));
      io.exitWith(report.ok ? exitCodes.ok : exitCodes.failed);
    });
}

function toRunOptions({ only, json }: Options, names: readonly string[], io: Io): RunChecksOptions {
  const chosen = only?.split(",").map((name) => name.trim()) ?? names;
  const unknown = chosen.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new CliError(`no such step: ${unknown.map((name) => `'${name}'`).join(", ")}`, {
      exitCode: exitCodes.usage,
      next: "list the steps with ./mio check --list",
    });
  }
  const { root, env, signal } = io;
  return { root, env, signal, only: chosen, onResult: json ? () => {} : (result) => show(result, io) };
}

function show({ name, ok, ms, detail, output }: CheckResult, { paint, out }: Io): void {
  const mark = ok ? paint.green("✓") : paint.red("✗");
  out(`${mark} ${name.padEnd(12)} ${String(ms).padStart(6)} ms  ${paint.dim(detail)}`);
  if (!ok) out(output.replace(/^/gm, "    "));
}
