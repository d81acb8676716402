import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampFromDate } from "@bufbuild/protobuf/wkt";
import { type SendCommand, SendCommandSchema, SendCommand_Stage as Stage } from "@mio/proto";
import { channelType } from "./simulated-pool.ts";
import type { VirtualTime } from "./virtual-time.ts";

export interface Workload {
  readonly time: VirtualTime;
  readonly random: () => number;
  /** A command may be published more than once. */
  publish(command: SendCommand): void;
}

export const accountNames = ["A", "B", "C", "D"] as const;

/** The id of a simulated account. */
export function accountIdOf(name: string): string {
  return `00000000-0000-7000-8000-00000000000${name.toLowerCase()}`;
}

/** People in every account: posts, answers that begin with "thinking…", edits, some things for later, some said again. */
export async function everyday({ time, random, publish }: Workload): Promise<void> {
  let serial = 0;
  const nextId = (): string => {
    serial += 1;
    return `c${serial}`;
  };
  const conversation = async (name: string, index: number): Promise<void> => {
    const accountId = accountIdOf(name);
    const place = { tenantId: "tenant", accountId, conversationId: `${name}-${index}` };
    const said: SendCommand[] = [];
    const say = (command: SendCommand): void => {
      said.push(command);
      publish(command);
      const again = said[Math.floor(random() * said.length * 10)];
      if (again !== undefined) publish(again);
    };
    for (let turn = 0; turn < 6; turn += 1) {
      await time.sleep(random() * 8_000);
      const post = toCommand({ ...place, id: nextId(), text: "thinking…", stage: Stage.PLACEHOLDER });
      say(random() < 0.1 ? { ...post, sendAt: timestampFromDate(new Date(time.ms() + 5_000)) } : post);
      for (let edit = Math.floor(random() * 4); edit >= 0; edit -= 1) {
        await time.sleep(random() * 1_500);
        const stage = edit === 0 ? Stage.FINAL : Stage.PARTIAL;
        say(toCommand({ ...place, id: nextId(), text: `edit ${serial}`, stage, editOfMessageId: post.id }));
      }
    }
  };
  await Promise.all(accountNames.flatMap((name) => [1, 2, 3].map((index) => conversation(name, index))));
}

/** A command to a simulated channel. */
export function toCommand(fields: MessageInitShape<typeof SendCommandSchema>): SendCommand {
  const place = { tenantId: "tenant", channelType, schemaVersion: 1, text: "hello" };
  return create(SendCommandSchema, { ...place, ...fields });
}
