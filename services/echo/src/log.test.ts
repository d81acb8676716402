import { MioError } from "@mio/sdk";
import { expect, it } from "vitest";
import { describeFailure, logConnection } from "./events.ts";
import { createLog } from "./log.ts";

it("writes one JSON line for each event of at least its level", () => {
  const lines: string[] = [];
  const log = createLog("warn", (line) => lines.push(line));
  log("info", "echo.handled");
  log("error", "echo.failed", { code: "sdk.unreachable" });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.endsWith("\n")).toBe(true);
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    level: "error",
    service: "echo",
    event: "echo.failed",
    code: "sdk.unreachable",
  });
});

it("logs connection events with the code of an error, without its cause", () => {
  const lines: string[] = [];
  const log = logConnection(createLog("debug", (line) => lines.push(line)));
  const error = new MioError("sdk.no_stream", "not there", { cause: new Error("inner") });
  log({ type: "reading_interrupted", error });
  log({ type: "reconnected" });
  const full = new MioError("sdk.stream_full", "MESSAGES_OUTBOUND is full");
  log({
    type: "publish_delayed",
    error: full,
    subject: "mio.outbound.slack.a.c",
    commandId: "c1",
    tries: 1,
  });
  expect(JSON.parse(lines[2] ?? "")).toMatchObject({
    level: "warn",
    event: "echo.publish_delayed",
    code: "sdk.stream_full",
    commandId: "c1",
    reason: "MESSAGES_OUTBOUND is full",
  });
  const [interrupted, back] = lines.map((line) => JSON.parse(line));
  expect(interrupted).toMatchObject({
    level: "warn",
    event: "echo.reading_interrupted",
    code: "sdk.no_stream",
    reason: "not there",
  });
  expect(lines[0]).not.toContain("inner");
  expect(back).toMatchObject({ level: "info", event: "echo.reconnected" });
});

it("describes any thrown value", () => {
  expect(describeFailure(new Error("no"))).toEqual({ reason: "no" });
  expect(describeFailure("no")).toEqual({ reason: "a value that is not an Error was thrown" });
});
