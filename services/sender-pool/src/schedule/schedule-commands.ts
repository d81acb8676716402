import { createHash } from "node:crypto";
import { askJetStream, type Bus, type Publisher, streams } from "@mio/bus";
import { encodeCommand } from "@mio/envelope";
import type { SendCommand } from "@mio/proto";

/** Scheduled commands, which wait on a separate stream. */
export interface Schedule {
  /**
   * Keeps a command until `dueAt`; then the server moves it to the stream of commands. Replaces the command that this
   * account has under the same name.
   */
  keep(command: SendCommand, options: { readonly name: string; readonly dueAt: Date }): Promise<void>;
  /** Removes it, if it is still there. */
  drop(accountId: string, name: string): Promise<void>;
}

/** The subject on which a command waits, and the one to which the server moves it when it is due. */
export function scheduledSubjects(
  accountId: string,
  name: string,
): { readonly wait: string; readonly due: string } {
  const tail = tailOf(accountId, name);
  return { wait: `mio.scheduled.wait.${tail}`, due: `mio.scheduled.due.${tail}` };
}

/** The due time in the headers of a scheduled message; undefined when there is none. */
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

/** Names may contain any character; subjects may not. */
function tailOf(accountId: string, name: string): string {
  return `${accountId}.${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}
