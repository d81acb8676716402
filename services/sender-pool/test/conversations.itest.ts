import { newId } from "@mio/envelope";
import { DeliveryReceipt_State, type SendCommand } from "@mio/proto";
import { eventually } from "@mio/testkit";
import { expect, it } from "vitest";
import { openPoolFixture, type PoolFixture, type RunningPool } from "./pool-fixture.ts";
import { scriptedPlatform } from "./scripted-platform.ts";

const { SENT } = DeliveryReceipt_State;
const backlog = 5_000;

async function fillOne(fixture: PoolFixture, text: string): Promise<readonly SendCommand[]> {
  const conversationId = newId();
  const commands = Array.from({ length: backlog }, (_, index) =>
    fixture.command({ conversationId, text: `${index} ${text}` }),
  );
  for (let from = 0; from < backlog; from += 1_000)
    await Promise.all(commands.slice(from, from + 1_000).map((command) => fixture.publish(command)));
  return commands;
}

async function held(pool: RunningPool): Promise<number> {
  return Number(/^mio_sender_pool_held_commands (\S+)$/m.exec(await pool.metrics())?.[1]);
}

/** How long each of five commands takes, in conversations of their own. */
async function othersTake(fixture: PoolFixture): Promise<readonly number[]> {
  const times: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    const other = fixture.command({ conversationExternalId: newId() });
    const start = performance.now();
    await fixture.publish(other);
    expect(await fixture.receipt(other.id)).toMatchObject({ state: SENT });
    times.push(performance.now() - start);
  }
  return times.toSorted((one, next) => one - next);
}

it.each([
  ["whole", "64MiB", ""],
  // Far more than the pool may hold, so that all but the first are let go.
  ["without their bytes", "256KiB", "x".repeat(1_000)],
])(
  "five thousand commands in one conversation, held %s, delay no other of the account",
  async (_how, bytes, text) => {
    await using fixture = await openPoolFixture();
    const platform = scriptedPlatform({ perSecond: 1, capabilities: { rateLimitScope: "conversation" } });
    const commands = await fillOne(fixture, text);
    await using pool = await fixture.startPool({
      channels: [platform.channel],
      env: { MIO_SENDER_MAX_HELD_BYTES: bytes },
      graceMs: 2_000,
    });
    await eventually(() => platform.calls.length > 0);
    const [, , median] = await othersTake(fixture);
    expect(median).toBeLessThan(1_000);
    await eventually(async () => (await held(pool)) >= backlog - 60);
    const ids = commands.map(({ id }) => id);
    await eventually(() => platform.calls.filter(({ command }) => ids.includes(command.id)).length >= 4);
    const carriedOut = platform.calls.map(({ command }) => command.id).filter((id) => ids.includes(id));
    expect(carriedOut).toEqual(ids.slice(0, carriedOut.length));
    // Nothing was given up or delivered twice for waiting.
    const info = await fixture.bus.jsm.consumers.info(
      "MESSAGES_OUTBOUND",
      `sender-pool-${fixture.accountId}`,
    );
    expect(info.num_redelivered).toBe(0);
    expect(await fixture.deadLetters()).toEqual([]);
  },
);
