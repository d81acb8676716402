import type { Delivery, Handler, Outcome } from "@mio/bus";
import {
  checkCommand,
  decodeCommand,
  describeProblems,
  headerNames,
  isUuid,
  newId,
  parseSubject,
} from "@mio/envelope";
import { MioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import { sqlStateOf } from "@mio/store";
import type { DeliveryDeps } from "../delivery/delivery-deps.ts";
import {
  createJob,
  type DeliveryJob,
  type Ended,
  failed,
  type TryEnd,
  unknown,
} from "../job/delivery-job.ts";
import { reasonOf, refusal, unknownSend } from "../job/refusal.ts";
import { maxUnexplained, toTrouble } from "../job/trouble.ts";
import { createAnnounceInOrder } from "./announce.ts";
import type { Pipeline } from "./steps.ts";

/**
 * Delivers one command, for as long as it takes. While it waits it blocks its lane, so that the next command of the
 * conversation waits too; that one goes on once the end is on record, while the end is announced. A command returns to
 * the stream only when the pool stops.
 *
 * @throws MioError `envelope.undecodable`
 */
export function createDeliverCommand(deps: DeliveryDeps, pipeline: Pipeline): Handler {
  const { clock, events } = deps;
  const signalOf = createEndOf(deps.stopping);
  const announceInOrder = createAnnounceInOrder(async (job, end) => {
    await pipeline.announce(job, end, deps);
    events.ended(job, end, clock.now());
  });
  const owners = `${deps.instance}/${newId()}`;
  let jobs = 0;
  return async (delivery, context) => {
    const command = decodeCommand(delivery.payload);
    const signal = signalOf(context.signal);
    const { timestamp: storedAt, deliveryCount: deliveries, streamSequence, run } = delivery;
    jobs += 1;
    const job = createJob({
      command,
      storedAt,
      deliveries,
      streamSequence,
      redrive: redriveOf(delivery),
      run,
      queuedBehind: context.queuedBehind,
      signal,
      owner: `${owners}.${jobs}`,
    });
    deps.running.add(job.owner);
    try {
      if (!isInPlace(delivery.subject, command)) {
        // The publisher is authorised for neither subject, so no receipt is sent.
        const end = toEnd(refusal("invalid", "The command does not belong on its subject."));
        events.ended(job, end, clock.now());
        return toOutcome(end);
      }
      const problem = problemOf(command);
      const end =
        problem === undefined
          ? await tryUntilEnded(job, { pipeline, runEarlierFirst: context.runEarlierFirst }, deps)
          : toEnd(problem);
      if (end === "postponed") return { kind: "done" };
      return { ...toOutcome(end), after: announceInOrder(job, end) };
    } catch (error) {
      if (!signal.aborted) throw error;
      return { kind: "retry", afterMs: 0, error: interrupted(error) };
    } finally {
      deps.running.delete(job.owner);
    }
  };
}

/** Joins the signal of a reading with `stopping`, once for all of its commands: a composite signal is expensive. */
function createEndOf(stopping: AbortSignal): (reading: AbortSignal) => AbortSignal {
  const ends = new WeakMap<AbortSignal, AbortSignal>();
  return (reading) => {
    const known = ends.get(reading) ?? AbortSignal.any([stopping, reading]);
    ends.set(reading, known);
    return known;
  };
}

interface Trying {
  readonly pipeline: Pipeline;
  /** Runs earlier commands of the conversation first that have arrived in the meantime. */
  readonly runEarlierFirst: () => Promise<void>;
}

async function tryUntilEnded(
  job: DeliveryJob,
  { pipeline, runEarlierFirst }: Trying,
  deps: DeliveryDeps,
): Promise<Ended | "postponed"> {
  const troubles = { all: 0, unexplained: 0 };
  for (;;) {
    const end = await pipeline.try(job, deps).catch((error: unknown) => {
      troubles.all += 1;
      return afterTrouble(job, { error, troubles }, deps);
    });
    if (end.kind === "ended") return end.end;
    if (end.kind === "postponed") return "postponed";
    await deps.clock.sleep(end.afterMs, job.signal);
    await runEarlierFirst();
  }
}

interface Caught {
  readonly error: unknown;
  readonly troubles: { readonly all: number; unexplained: number };
}

/** Waits for a service that is unavailable. Ends a command that no wait can help, on record if that is possible. */
function afterTrouble(
  job: DeliveryJob,
  { error: caught, troubles }: Caught,
  { logger, limiter, troubleBackoff }: Pick<DeliveryDeps, "logger" | "limiter" | "troubleBackoff">,
): TryEnd {
  if (job.signal.aborted) throw interrupted(caught);
  const { kind, error } = toTrouble(caught);
  if (kind === "unexplained") troubles.unexplained += 1;
  const line = { command_id: job.command.id, kind, sqlstate: sqlStateOf(caught), troubles: troubles.all };
  const log = (left_out: number): void => logger.warn({ ...line, err: error, left_out }, "delivery.trouble");
  // All commands wait for the same service. A trouble that ends a command has a line for it.
  if (kind === "passing") limiter.limit(`trouble ${error.code}`, log);
  else log(0);
  if (kind !== "refused" && troubles.unexplained < maxUnexplained)
    return { kind: "again", afterMs: troubleBackoff.delayMs(troubles.all) };
  if (job.isAuthorized && job.givenUp === undefined) {
    job.givenUp = error;
    return { kind: "again", afterMs: 0 };
  }
  // Without the record, the calls of an earlier process are unknown.
  const mayBeDone = job.calledAttempt !== undefined || (kind === "unexplained" && job.deliveries > 1);
  return mayBeDone ? unknown(job.calledAttempt ?? 0, unknownSend()) : failed(0, error);
}

/** The pool is stopping; the command goes back to the stream. */
function interrupted(cause: unknown): MioError {
  const message = "The sender pool is stopping; the command is delivered again.";
  return new MioError("delivery.interrupted", message, { retry: "soon", cause });
}

/** Any publisher may set the header. It only counts with the record of the same redrive. */
function redriveOf({ headers }: Pick<Delivery, "headers">): string | undefined {
  const token = headers.get(headerNames.redrive);
  return token !== undefined && isUuid(token) ? token : undefined;
}

/** The first reason why no account could accept the command. */
function problemOf(command: SendCommand): MioError | undefined {
  const problems = checkCommand(command);
  if (problems.length === 0) return undefined;
  return refusal("invalid", `${describeProblems(problems)}.`, "envelope.invalid");
}

/** Without this check, a publisher could send to a conversation whose subject it may not publish on. */
function isInPlace(subject: string, command: SendCommand): boolean {
  const route = parseSubject(subject);
  return (
    route?.kind === "outbound" &&
    route.accountId === command.accountId &&
    route.conversationId === command.conversationId &&
    route.channelType === command.channelType
  );
}

function toEnd(error: MioError): Extract<Ended, { error: MioError }> {
  return { state: "failed", attempts: 0, externalIds: [], error, reason: reasonOf(error) };
}

function toOutcome(end: Ended): Outcome {
  return "error" in end ? { kind: "dead", error: end.error } : { kind: "done" };
}
