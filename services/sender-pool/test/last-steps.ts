import type { SendCommand } from "@mio/proto";
import { aCommand } from "@mio/testkit";
import { next } from "../src/job/delivery-job.ts";
import { announce } from "../src/pipeline/announce.ts";
import { call } from "../src/pipeline/call.ts";
import { claim } from "../src/pipeline/claim.ts";
import type { PreparedJob } from "../src/pipeline/prepare.ts";
import { record } from "../src/pipeline/record.ts";
import { type Pipeline, startWith } from "../src/pipeline/steps.ts";
import { takeSlot } from "../src/pipeline/take-turn.ts";
import { aChannel, anAccount, aPost, type BenchPlatform, type deliveryBench } from "./delivery-bench.ts";

/** The pipeline from the slot to the record. */
export const lastSteps: Pipeline<PreparedJob> = startWith(takeSlot)
  .next(claim)
  .next(call)
  .endWith(record, announce);

/** A job that is ready for them. */
export function aPreparedJob(
  { aJob, limit }: Pick<ReturnType<typeof deliveryBench>, "aJob" | "limit">,
  platform: BenchPlatform,
  command: SendCommand = aCommand(),
): PreparedJob {
  const job = aJob(command);
  const channel = aChannel(command.channelType);
  const access = { account: anAccount(command), channel, conversation: undefined };
  return next(job, { access, delivery: aPost(job, platform), limit }).job;
}
