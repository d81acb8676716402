import { expect, inject, it } from "vitest";
import { runDemo } from "../src/demo/run-demo.ts";
import type { StepResult } from "../src/demo/step.ts";

it("plays both platforms, loses nothing and shows nothing twice", async () => {
  const played: StepResult[] = [];
  const summary = await runDemo({
    natsBinary: inject("mioNatsServer"),
    env: { PATH: process.env["PATH"], MIO_POSTGRES_BIN: process.env["MIO_POSTGRES_BIN"] },
    signal: AbortSignal.timeout(50_000),
    onProgress: () => undefined,
    onStep: (step) => played.push(step),
  });
  expect(played.filter(({ ok }) => !ok)).toEqual([]);
  expect(summary).toMatchObject({ ok: true, lost: 0, duplicated: 0 });
  const platforms = summary.steps.map(({ name }) => name.split(":")[0]);
  expect([...new Set(platforms)]).toEqual(["cliq", "slack"]);
});
