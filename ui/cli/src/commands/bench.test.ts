import { Command } from "commander";
import { expect, test } from "vitest";
import { createIo } from "../io.ts";
import { createProgram } from "../program.ts";

/** Parses a command line without running it. Returns the name of the command and its options. */
async function parse(line: string): Promise<readonly unknown[]> {
  const sink = { isTTY: false, write: () => true };
  const host = { argv: [], env: {}, stdout: sink, stderr: sink };
  const program = createProgram(createIo({ host, signal: AbortSignal.timeout(60_000) }));
  const bench = program.commands.find((command) => command.name() === "bench") ?? new Command();
  const seen: unknown[] = [];
  for (const command of [bench, ...bench.commands]) {
    command.action((...[options]) => {
      seen.push(command.name(), command.args.length === 0 ? options : command.args);
    });
  }
  await program.parseAsync(line.split(" "), { from: "user" });
  return seen;
}

test("the options after a name are those of that bench", async () => {
  expect(await parse("bench outbound --check --json")).toEqual([
    "outbound",
    { senders: 3, seconds: 20, check: true, json: true },
  ]);
});

test("without a name the options are those of all benches", async () => {
  expect(await parse("bench --record --runs 2")).toEqual(["bench", { record: true, runs: 2 }]);
});
