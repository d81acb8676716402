import type { Step } from "../step.ts";
import { changeSteps } from "./change-steps.ts";
import { richAnswer } from "./rich-step.ts";
import { talkSteps } from "./talk-steps.ts";

export const slackSteps: readonly Step[] = [...talkSteps, ...changeSteps, richAnswer];
