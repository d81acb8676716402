import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createLogger } from "../telemetry/logger.ts";
import { Secret } from "./secret.ts";

const secret = new Secret("hunter2");

describe("Secret", () => {
  it("returns its value only from reveal()", () => {
    expect(secret.reveal()).toBe("hunter2");
  });

  it.each([
    ["a template string", `${secret}`],
    ["concatenation", String(secret)],
    ["JSON", JSON.stringify({ secret })],
    ["util.inspect", inspect({ secret }, { depth: 9, showHidden: true })],
    ["its own fields", JSON.stringify({ ...secret })],
    ["an error message", new Error(`no entry with ${secret}`).message],
  ])("is not in %s", (_where, printed) => {
    expect(printed).not.toContain("hunter2");
  });

  it("is not in a log line, under any name", () => {
    const lines: string[] = [];
    const logger = createLogger({
      service: "test",
      level: "info",
      destination: { write: (line) => lines.push(line) },
    });
    logger.child({ harmless: secret }).info({ key: secret, deep: { list: [secret] } }, "said");
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines).toHaveLength(1);
  });
});
