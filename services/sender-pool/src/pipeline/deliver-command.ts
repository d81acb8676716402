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
import { type MioError, toMioError } from "@mio/failure";
import type { SendCommand } from "@mio/proto";
import { type Backoff, type Clock, createLogLimiter, type Logger, type LogLimiter } from "@mio/service-kit";
import { sqlStateOf } from "@mio/store";
import { createJob, type DeliveryJob, type Ended, failed, type Step, unknown } from "../job/delivery-job.ts";
import { reasonOf, refusal, unknownSend } from "../job/refusal.ts";
import { interrupted, retryForever } from "../job/retry-forever.ts";
import { maxUnexplained, toTrouble } from "../job/trouble.ts";
import type { DeliveryEvents } from "../report/events.ts";
import type { Reinject } from "../report/reinject.ts";
import { isInterim } from "../schedule/interim-watch.ts";
import type { AnnounceReceipt } from "./announce.ts";
import type { TryDelivery } from "./prepare.ts";

export interface DeliverCommandDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly instance: string;
  /** Owners that are at work in this process: each is in it for as long as it may call the platform. */
  readonly running: Set<string>;
  readonly tryDelivery: TryDelivery;
  readonly announce: AnnounceReceipt;
  readonly reinject: Reinject;
  readonly events: DeliveryEvents;
  /** Aborts when the pool stops: what waits goes back, what is being called is finished. */
  readonly stopping: AbortSignal;
  /** Between tries while the database or the bus is away. */
  readonly troubleBackoff: Backoff;
}

/**
 * Carries out one command, however long it takes: it waits in its lane, so that the next command of the
 * conversation waits too, and is given back only when the pool stops.
 *
 * @throws MioError `envelope.undecodable`
 */
export function createDeliverCommand(deps: DeliverCommandDeps): Handler {
  const { clock, logger, events } = deps;
  const limiter = createLogLimiter(clock);

  /** Undefined when it is kept for later. */
  const carryOut = async (
    job: DeliveryJob,
    runEarlierFirst: () => Promise<void>,
  ): Promise<Ended | undefined> => {
    const troubles = { all: 0, unexplained: 0 };
    for (;;) {
      const step = await deps.tryDelivery(job).catch((error: unknown) => {
        troubles.all += 1;
        return afterTrouble(job, error, { ...deps, limiter, troubles });
      });
      if (step.kind === "ended") return step.end;
      if (step.kind === "postponed") return undefined;
      await clock.sleep(step.afterMs, job.signal);
      await runEarlierFirst();
    }
  };

  const tell = async (job: DeliveryJob, end: Ended): Promise<void> => {
    if (end.state === "sent" && !isInterim(job.command)) await deps.reinject(job, end.externalIds);
    await deps.announce(job.command, end);
  };

  /** A receipt that no trying can publish must not turn a command that was sent into a dead letter. */
  const announce = async (job: DeliveryJob, end: Ended): Promise<void> => {
    const options = { clock, logger, limiter, signal: job.signal, backoff: deps.troubleBackoff };
    await retryForever(() => tell(job, end), options).catch((error: unknown) => {
      if (job.signal.aborted) throw error;
      logger.error({ command_id: job.command.id, err: toMioError(error) }, "receipt.not_announced");
    });
  };

  /** Whoever published it may speak for neither place, so nobody gets a receipt. */
  const misplaced = (job: DeliveryJob): Outcome => {
    const end = toEnd(refusal("invalid", "The command is not the one its subject announces."));
    events.ended(job, end, clock.now());
    return toOutcome(end);
  };

  return async (delivery, context) => {
    const command = decodeCommand(delivery.payload);
    const signal = AbortSignal.any([deps.stopping, context.signal]);
    const { timestamp: storedAt, deliveryCount: deliveries, streamSequence, pinEpoch } = delivery;
    const owner = `${deps.instance}/${newId()}`;
    const { queuedBehind } = context;
    const job = createJob({
      command,
      storedAt,
      deliveries,
      streamSequence,
      redrive: redriveOf(delivery),
      pinEpoch,
      queuedBehind,
      signal,
      owner,
    });
    deps.running.add(owner);
    try {
      if (!isInPlace(delivery.subject, command)) return misplaced(job);
      const problem = problemOf(command);
      const end = problem === undefined ? await carryOut(job, context.runEarlierFirst) : toEnd(problem);
      if (end === undefined) return { kind: "done" };
      await announce(job, end);
      events.ended(job, end, clock.now());
      return toOutcome(end);
    } catch (error) {
      if (!signal.aborted) throw error;
      return { kind: "retry", afterMs: 0, error: interrupted(error) };
    } finally {
      deps.running.delete(owner);
    }
  };
}

interface AfterTrouble extends Pick<DeliverCommandDeps, "logger" | "troubleBackoff"> {
  readonly troubles: { readonly all: number; unexplained: number };
  readonly limiter: LogLimiter;
}

/** What is away is waited for. What no waiting repairs ends the command, on record if that can be. */
function afterTrouble(
  job: DeliveryJob,
  caught: unknown,
  { troubles, logger, limiter, troubleBackoff }: AfterTrouble,
): Step {
  if (job.signal.aborted) throw interrupted(caught);
  const { kind, error } = toTrouble(caught);
  if (kind === "unexplained") troubles.unexplained += 1;
  const line = { command_id: job.command.id, kind, sqlstate: sqlStateOf(caught), troubles: troubles.all };
  const log = (left_out: number): void => logger.warn({ ...line, err: error, left_out }, "delivery.trouble");
  // All commands wait for the same thing; what ends one has a line of its own.
  if (kind === "passing") limiter.limit(`trouble ${error.code}`, log);
  else log(0);
  if (kind !== "refused" && troubles.unexplained < maxUnexplained)
    return { kind: "again", afterMs: troubleBackoff.delayMs(troubles.all) };
  if (job.isAuthorized && job.givenUp === undefined) {
    job.givenUp = error;
    return { kind: "again", afterMs: 0 };
  }
  // What came before, with another process, is not known without the record.
  const mayBeDone = job.calledAttempt !== undefined || (kind === "unexplained" && job.deliveries > 1);
  return mayBeDone ? unknown(job.calledAttempt ?? 0, unknownSend()) : failed(0, error);
}

/** Any publisher may set the header: it only names a record that has to be there. */
function redriveOf({ headers }: Pick<Delivery, "headers">): string | undefined {
  const token = headers.get(headerNames.redrive);
  return token !== undefined && isUuid(token) ? token : undefined;
}

/** What is wrong with a command by itself. */
function problemOf(command: SendCommand): MioError | undefined {
  const problems = checkCommand(command);
  if (problems.length === 0) return undefined;
  return refusal("invalid", `${describeProblems(problems)}.`, "envelope.invalid");
}

/** A command of another place than its subject's would get round the permissions on subjects. */
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
