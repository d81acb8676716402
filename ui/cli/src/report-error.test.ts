import { expect, it } from "vitest";
import { createIo } from "./io.ts";
import { reportError } from "./report-error.ts";

function report(error: unknown): { readonly exitCode: number; readonly err: string } {
  const lines: string[] = [];
  const stderr = { isTTY: false, write: (text: string | Uint8Array) => lines.push(String(text)) > 0 };
  const host = { argv: [], env: {}, stdout: stderr, stderr };
  const io = createIo({ host, signal: AbortSignal.timeout(1_000) });
  const exitCode = reportError(error, io, { json: false, help: "see ./mio --help" });
  return { exitCode, err: lines.join("") };
}

it("reports a path that the system refused, without a stack", () => {
  const path = "/nowhere/mio-up";
  const error = Object.assign(new Error(`ENOENT: no such file or directory, mkdtemp '${path}'`), {
    code: "ENOENT",
    path,
  });
  expect(report(error)).toEqual({
    exitCode: 3,
    err: `error: ${error.message}\nnext: check that the path exists, that you may write to it, and that the disk has space\n`,
  });
});

it("shows the stack of an unexpected error", () => {
  const { exitCode, err } = report(new TypeError("no such thing"));
  expect(exitCode).toBe(1);
  expect(err).toMatch(/^error: TypeError: no such thing\n +at /);
});
