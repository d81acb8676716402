import { createHash } from "node:crypto";
import { askJetStream, type Bus, type Publisher, streams } from "@mio/bus";
import { encodeCommand } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";

/** Commands that wait for their time on a stream of their own. */
export interface Schedule {
  /**
   * Keeps a command until `dueAt`; then it is put on the stream of commands. What was kept under the same name for this
   * account is replaced.
   */
  keep(command: SendCommand, options: { readonly name: string; readonly dueAt: Date }): Promise<void>;
  /** Takes it back; nothing happens when it is not there any more. */
  drop(accountId: string, name: string): Promise<void>;
}

/** Where a command waits for its time, and where the server moves it when that has come. */
export function scheduledSubjects(
  accountId: string,
  name: string,
): { readonly wait: string; readonly due: string } {
  const tail = tailOf(accountId, name);
  return { wait: `mio.scheduled.wait.${tail}`, due: `mio.scheduled.due.${tail}` };
}

/** When a message of the schedule is due, as its headers say; undefined when they do not. */
export function dueTimeOf(headers: { readonly get: (name: string) => string | undefined }): Date | undefined {
  const at = headers.get(scheduleHeaders.at) ?? "";
  const due = new Date(at.startsWith("@at ") ? at.slice(4) : "");
  return Number.isNaN(due.getTime()) ? undefined : due;
}

/** https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-51.md */
const scheduleHeaders = {
  at: "Nats-Schedule",
  target: "Nats-Schedule-Target",
  rollup: "Nats-Rollup",
} as const;

export function createSchedule({
  publisher,
  jsm,
}: {
  readonly publisher: Pick<Publisher, "publish">;
  readonly jsm: Bus["jsm"];
}): Schedule {
  return {
    async keep(command, { name, dueAt }) {
      const { wait, due } = scheduledSubjects(command.accountId, name);
      await publisher.publish({
        subject: wait,
        dedupId: `sch:${tailOf(command.accountId, name)}:${command.id}:${dueAt.getTime()}`,
        payload: encodeCommand(command),
        headers: [
          [scheduleHeaders.at, `@at ${dueAt.toISOString()}`],
          [scheduleHeaders.target, due],
          [scheduleHeaders.rollup, "sub"],
        ],
      });
    },
    async drop(accountId, name) {
      const { wait: filter } = scheduledSubjects(accountId, name);
      await askJetStream("schedules", jsm.streams.purge(streams.scheduled.name, { filter }));
    },
  };
}

/** Names may hold anything; subjects may not. */
function tailOf(accountId: string, name: string): string {
  return `${accountId}.${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}
