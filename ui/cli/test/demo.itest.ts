import { expect, inject, it } from "vitest";
import { runDemo } from "../src/demo/run-demo.ts";
import type { StepResult } from "../src/demo/step.ts";

const steps = [
  "cliq: channel text",
  "cliq: direct message",
  "cliq: file",
  "cliq: edit",
  "cliq: duplicate delivery",
  "cliq: forged signature",
  "cliq: throttled answer",
  "slack: text by socket",
  "slack: text by webhook",
  "slack: thread reply",
  "slack: file",
  "slack: duplicate with a new event id",
  "slack: forged signature",
  "slack: edit",
  "slack: delete",
  "slack: reaction",
  "slack: rich answer",
];

it("plays both platforms without losing or duplicating a message", async () => {
  const played: StepResult[] = [];
  const summary = await runDemo({
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"] },
    signal: AbortSignal.timeout(110_000),
    onProgress: () => undefined,
    onStep: (step) => played.push(step),
  });
  expect(played.filter(({ ok }) => !ok)).toEqual([]);
  expect(summary).toMatchObject({ ok: true, lost: 0, duplicated: 0 });
  expect(summary.steps.map(({ name }) => name)).toEqual(steps);
});
