import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import { giveUp } from "../delivery/end-early.ts";
import type { DeliveryJob, Ended, Next, TryEnd } from "../job/delivery-job.ts";
import { refusal } from "../job/refusal.ts";
import { type AnnounceDeps, announce } from "./announce.ts";
import { authorize } from "./authorize.ts";
import { call } from "./call.ts";
import { checkTime } from "./check-time.ts";
import { claim } from "./claim.ts";
import { keepOrder } from "./keep-order.ts";
import { prepare } from "./prepare.ts";
import { record } from "./record.ts";
import { supersede, supersedeAgain } from "./supersede.ts";
import { takeSlot, takeTurn } from "./take-turn.ts";

/** How a command is delivered. A try walks this list until a step ends it; the end of the command is announced once. */
export const deliverySteps: Pipeline = startWith(authorize)
  .next(checkTime)
  .next(supersede)
  .next(prepare)
  .next(keepOrder)
  .next(takeTurn)
  .next(supersedeAgain)
  .next(takeSlot)
  .next(claim)
  .next(call)
  .endWith(record, announce);

/** How a command beyond the backlog of its account is refused. */
export const backlogSteps: Pipeline = endWith(refuseBacklog, announce);

async function refuseBacklog(job: DeliveryJob, deps: DeliveryDeps): Promise<TryEnd> {
  const error = refusal("backlog_full", "Too many commands of the account are waiting.");
  return await giveUp(job, error, deps);
}

export interface Pipeline<Job = DeliveryJob> {
  readonly names: readonly string[];
  try(job: Job, deps: DeliveryDeps): Promise<TryEnd>;
  announce(job: DeliveryJob, end: Ended, deps: AnnounceDeps): Promise<void>;
}

/** Adds to the job what the next step needs, or ends the try. */
export type Step<Job, Found> = (job: Job, deps: DeliveryDeps) => Promise<Next<Found> | TryEnd>;

type LastStep<Job> = (job: Job, deps: DeliveryDeps) => Promise<TryEnd>;

interface Steps<First, Job> {
  next<Found>(step: Step<Job, Found>): Steps<First, Found>;
  endWith(step: LastStep<Job>, announceStep: Pipeline["announce"]): Pipeline<First>;
}

/** A step without the types of its job, which `Steps` has checked. */
interface AnyStep {
  readonly name: string;
  (job: never, deps: DeliveryDeps): Promise<Next<DeliveryJob> | TryEnd>;
}

export function startWith<First extends DeliveryJob, Job extends DeliveryJob>(
  step: Step<First, Job>,
): Steps<First, Job> {
  return toSteps([step]);
}

function toSteps<First extends DeliveryJob, Job>(steps: readonly AnyStep[]): Steps<First, Job> {
  return {
    next: (step) => toSteps([...steps, step as AnyStep]),
    endWith: (step, announceStep) => toPipeline([...steps, step as AnyStep], announceStep),
  };
}

function endWith<Job extends DeliveryJob>(
  step: LastStep<Job>,
  announceStep: Pipeline["announce"],
): Pipeline<Job> {
  return toPipeline([step], announceStep);
}

/** One loop over the steps, because a command would keep a promise for each function around them. */
function toPipeline<First extends DeliveryJob>(
  steps: readonly AnyStep[],
  announceStep: Pipeline["announce"],
): Pipeline<First> {
  return {
    names: [...steps, announceStep].map(({ name }) => name),
    async try(job, deps) {
      using resources = new DisposableStack();
      job.resources = resources;
      let current: DeliveryJob = job;
      for (const step of steps) {
        const outcome = await step(current as never, deps);
        if (outcome.kind !== "next") return outcome;
        current = outcome.job;
      }
      throw new TypeError("The last step must end the try.");
    },
    announce: announceStep,
  };
}
