import { cliqSteps } from "./cliq/steps.ts";
import { slackSteps } from "./slack/steps.ts";
import type { Step } from "./step.ts";

/** The conversation of the demo, platform by platform. */
export const steps: readonly Step[] = [...cliqSteps, ...slackSteps];
