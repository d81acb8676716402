import { type Claim, fencedOut, takeOver } from "../delivery/claim-attempt.ts";
import type { CloseDelivery } from "../delivery/end-attempt.ts";
import { type Resolution, resolveOpenAttempt } from "../delivery/resolve-open-attempt.ts";
import { answeredBy } from "../job/answered-message.ts";
import { again, type DeliveryJob, type Step } from "../job/delivery-job.ts";
import type { Governor } from "../rates/governor.ts";
import { rankOf } from "../rates/rank.ts";
import type { Place, Workers } from "../rates/workers.ts";
import { type CallOnceDeps, createCallOnce, type Ready } from "./record.ts";

export interface ClaimAndCallDeps extends CallOnceDeps {
  readonly workers: Workers;
  readonly governor: Pick<Governor, "throttled" | "isPaused" | "turnNow" | "giveBack">;
}

/** Puts the intent on record, now that nothing but the call is left to do, and calls; or does what the record asks for. */
export type ClaimAndCall = (job: DeliveryJob, prepared: Omit<Ready, "place">) => Promise<Step>;

type OpenClaim = Extract<Claim, { kind: "open" }>;

const atOnce = again(0);

export function createClaimAndCall(deps: ClaimAndCallDeps, close: CloseDelivery): ClaimAndCall {
  const { records, leases } = deps;
  const { call, found } = createCallOnce(deps, close);
  const enter = createEnter(deps);

  /** The looking at the platform took its time. */
  const isPointless = async ({ command }: DeliveryJob, { delivery }: Ready): Promise<boolean> =>
    await records.isAnsweredDeleted(command.accountId, answeredBy(delivery));

  const goOn = async (
    { job, open, ready }: { readonly job: DeliveryJob; readonly open: OpenClaim; readonly ready: Ready },
    resolution: Extract<Resolution, { kind: "found" | "repeat" }>,
  ): Promise<Step> => {
    const alreadySent = resolution.kind === "found" ? resolution.externalIds : resolution.alreadySent;
    if (resolution.kind === "repeat" && (await isPointless(job, ready))) {
      return close.leaveOut(job, "target_deleted", { ...open, alreadySent });
    }
    const claimedAt = leases.now();
    const taken = await takeOver(job, records, { attempt: open.attempt, alreadySent });
    if (taken === undefined) return fencedOut();
    if (resolution.kind === "found") return await found(job, taken, ready);
    return leases.isLate(claimedAt) ? atOnce : await call(job, { ...taken, claimedAt }, ready);
  };

  const settle = async (job: DeliveryJob, open: OpenClaim, ready: Ready): Promise<Step> => {
    const { delivery } = ready;
    if (open.operation === "send" && delivery.operation === "edit") {
      // The edit had turned out to be none, and somebody died while posting it instead.
      job.isFallback = true;
      return atOnce;
    }
    const onSilent = (): void => ready.place.ended("silent");
    const resolution = await resolveOpenAttempt({ ...open, job, delivery, onSilent }, deps);
    switch (resolution.kind) {
      case "later":
        return again(resolution.afterMs);
      case "hold":
        return close.hold(job, open);
      case "exhausted":
        return close.exhaust(job, { ...open, alreadySent: resolution.alreadySent });
      case "found":
      case "repeat":
        return goOn({ job, open, ready }, resolution);
    }
  };

  return async (job, prepared) => {
    // Held until the end is on record: what is returned here must be awaited here.
    using place = await enter(job, prepared);
    if (place === undefined) return atOnce;
    const ready = { ...prepared, place };
    if (deps.governor.isPaused(ready.limit)) {
      job.hasTurn = false;
      return atOnce;
    }
    const claimedAt = leases.now();
    const claimed = await close.claim(job, answeredBy(ready.delivery));
    switch (claimed.kind) {
      case "step":
        return claimed.step;
      case "pointless":
        job.hasTurn = false;
        await deps.governor.giveBack(ready.limit);
        return await close.leaveOut(job, "target_deleted");
      case "open":
        return await settle(job, claimed, ready);
      case "mine":
        // A process that stood still may have lost what it has just claimed: it claims again.
        return leases.isLate(claimedAt) ? atOnce : await call(job, { ...claimed, claimedAt }, ready);
    }
  };
}

/**
 * A place for one call, and a turn for the job. No turn is kept while a place is waited for: turns would add up, and go
 * out together when a platform answers again. Undefined when there is a place and no turn: others may use the place while
 * the turn is waited for.
 */
function createEnter({ workers, governor, clock }: Pick<ClaimAndCallDeps, "workers" | "governor" | "clock">) {
  return async (
    job: DeliveryJob,
    { delivery, limit }: Pick<Ready, "delivery" | "limit">,
  ): Promise<Place | undefined> => {
    const { accountId, channelType: host } = job.command;
    const free = workers.tryEnter({ accountId, host });
    if (free !== undefined && job.hasTurn) return free;
    using unused = new DisposableStack();
    if (free !== undefined) unused.use(free);
    if (job.hasTurn) {
      job.hasTurn = false;
      await governor.giveBack(limit);
    }
    const place: Place = free ?? unused.use(await workers.enter({ accountId, host }, job.signal));
    job.askedAt ??= clock.now().getTime();
    const rank = rankOf(job.command, delivery.operation);
    job.hasTurn = await governor.turnNow({ limit, rank, askedAt: job.askedAt });
    if (!job.hasTurn) return undefined;
    unused.move();
    return place;
  };
}
