import type { Io } from "../io.ts";
import type { DemoSummary } from "./run-demo.ts";
import type { StepResult } from "./step.ts";

/** A step for people: its hops in the order they were seen. */
export function showStep(step: StepResult, paint: Io["paint"]): readonly string[] {
  const mark = step.ok ? paint.green("✓") : paint.red("✗");
  const title = `${mark} ${paint.bold(step.name)}  ${paint.dim(`${step.ms} ms`)}`;
  const hops = step.hops.map(
    ({ hop, ms, seen }) => `    ${String(ms).padStart(6)} ms  ${hop.padEnd(22)} ${paint.dim(seen)}`,
  );
  return step.error === undefined ? [title, ...hops] : [title, ...hops, `    ${paint.red(step.error)}`];
}

export function showSummary({ ok, steps, lost, duplicated }: DemoSummary, paint: Io["paint"]): string {
  const passed = steps.filter((step) => step.ok).length;
  const verdict = ok ? paint.green("ok") : paint.red("failed");
  return `\n${verdict}: ${passed} of ${steps.length} steps seen, ${lost} lost, ${duplicated} duplicated`;
}
