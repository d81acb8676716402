import type { Clock } from "@mio/service-kit";
import type { Appointment } from "@mio/store";
import type { CloseDelivery } from "../delivery/end-attempt.ts";
import { again, type DeliveryJob, type Step } from "../job/delivery-job.ts";
import type { DeliveryRecords } from "../job/records.ts";
import type { DeliveryEvents } from "../report/events.ts";
import type { Schedule } from "../schedule/schedule-commands.ts";
import type { AnnounceReceipt } from "./announce.ts";

export interface PostponeDeps {
  readonly records: Pick<DeliveryRecords, "schedule" | "suppress" | "find">;
  readonly schedule: Schedule;
  readonly clock: Pick<Clock, "now">;
  readonly announce: AnnounceReceipt;
  readonly events: Pick<DeliveryEvents, "postponed">;
}

/** Commands for another time. */
export interface Postpone {
  /** Keeps a command elsewhere until its time, so that its conversation goes on without it. */
  until(job: DeliveryJob, appointment: Appointment): Promise<Step>;
  /** Takes back a command that waits for its time; false when it does not wait any more. */
  cancel(job: DeliveryJob, commandId: string): Promise<boolean>;
}

/** What is due together may come in any order; what must come later gives the other some time. */
const shortestMs = 1_000;

export function createPostpone(deps: PostponeDeps, close: Pick<CloseDelivery, "claim">): Postpone {
  const { records, schedule, clock, events } = deps;
  return {
    async until(job, { dueAt, waitsFor }) {
      const { command } = job;
      const earliest = clock.now().getTime() + shortestMs;
      const at = command.sendAt === undefined ? new Date(Math.max(dueAt.getTime(), earliest)) : dueAt;
      if (!(await records.schedule(placeOf(job, command.id), { dueAt: at, waitsFor }))) {
        // It was begun or has ended: whoever looks at the record knows.
        const claimed = await close.claim(job);
        return claimed.kind === "step" ? claimed.step : again(shortestMs);
      }
      await schedule.keep(command, { name: command.id, dueAt: at });
      events.postponed(job, at);
      return { kind: "postponed" };
    },
    async cancel(job, commandId) {
      const { command } = job;
      const why = { code: "delivery.suppressed", reason: "canceled" };
      if (!(await records.suppress(placeOf(job, commandId), why))) return false;
      await schedule.drop(command.accountId, commandId);
      const end = { state: "suppressed", attempts: 0, externalIds: [], reason: "canceled" } as const;
      // Its sender waits for its end in its own conversation, which need not be this one.
      const { accountId } = command;
      const { conversationId = command.conversationId } =
        (await records.find({ accountId, commandId })) ?? {};
      await deps.announce({ ...command, id: commandId, conversationId }, end);
      return true;
    },
  };
}

function placeOf({ command }: DeliveryJob, commandId: string) {
  const { accountId, tenantId, channelType, conversationId } = command;
  return { commandId, accountId, tenantId, channelType, conversationId };
}
