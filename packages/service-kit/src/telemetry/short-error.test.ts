import { MioError } from "@mio/failure";
import { expect, it } from "vitest";
import { createLogger, loadPretty } from "./logger.ts";

const pretty = await loadPretty();

function shown(error: unknown): string {
  const lines: string[] = [];
  const destination = { write: (text: string) => void lines.push(text) };
  const logger = createLogger({ service: "sender-pool", level: "info", pretty, destination });
  logger.warn({ err: error, attempt: 3 }, "delivery.call_failed");
  return lines.join("");
}

it("shows a failed call in one line, with its causes", () => {
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const text = shown(
    new MioError("store.unavailable", "Postgres does not answer.", { retry: "soon", cause }),
  );
  expect(text.trimEnd().split("\n")).toHaveLength(1);
  expect(text).toContain(
    "delivery.call_failed: store.unavailable: Postgres does not answer. ← ECONNREFUSED: connect ECONNREFUSED",
  );
  expect(text).toContain('"attempt":3');
});

it("shows the stack of an unexpected error", () => {
  const text = shown(new TypeError("x is not a function"));
  expect(text).toContain("delivery.call_failed: TypeError: x is not a function\n");
  expect(text).toMatch(/\n\s+at .*short-error\.test\.ts/);
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(7);
});

it("hides the secret in a URL", () => {
  expect(shown(new Error("cannot reach postgres://me:hunter2@h"))).not.toContain("hunter2");
});
