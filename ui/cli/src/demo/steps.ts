import { cliqSteps } from "./cliq/steps.ts";
import type { Step } from "./step.ts";

/** The conversation of the demo, platform by platform. */
export const steps: readonly Step[] = [...cliqSteps];
