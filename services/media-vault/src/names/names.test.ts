import { DeliveryError, type PeopleDirectory, type Person } from "@mio/channel-kit";
import type { Message } from "@mio/proto";
import { aMessage, type MessageFields } from "@mio/testkit";
import { describe, expect, it } from "vitest";
import { accessBySettings } from "../account-access.ts";
import type { PeopleRefusal } from "../events.ts";
import { createNames } from "./names.ts";

const { signal } = new AbortController();
const hourMs = 3_600_000;

/** Names with a scripted platform, on a clock that moves only when the test moves it. */
function play(lookUp: (id: string) => Promise<Person | undefined>) {
  let now = 1_800_000_000_000;
  let isTooLate = (): void => undefined;
  const asked: string[] = [];
  const outcomes: string[] = [];
  const refusals: PeopleRefusal[] = [];
  const people: PeopleDirectory = {
    lookUp: (id) => {
      asked.push(id);
      return lookUp(id);
    },
  };
  const names = createNames({
    peopleOf: (type) => (type === "slack" ? people : undefined),
    accessOf: accessBySettings,
    clock: {
      now: () => new Date(now),
      sleep: (_ms, until) => {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        isTooLate = resolve;
        until?.addEventListener("abort", () => reject(until.reason));
        return promise;
      },
    },
    events: {
      personLookedUp: (_type, outcome) => outcomes.push(outcome),
      peopleRefused: (refusal) => refusals.push(refusal),
    },
  });
  const nameOf = async (fields: MessageFields, queuedBehind: readonly Message[] = []): Promise<string> => {
    const message = from("U1", fields);
    const isChanged = await names.complete(message, { signal, queuedBehind: () => queuedBehind });
    const name = message.sender?.displayName ?? "";
    expect(isChanged).toBe(name !== "" && fields.sender?.displayName !== name);
    return name;
  };
  return {
    names,
    asked,
    outcomes,
    refusals,
    nameOf,
    pass: (ms: number) => {
      now += ms;
    },
    giveUpWaiting: () => isTooLate(),
  };
}

function from(externalId: string, fields: MessageFields = {}): Message {
  const sender = { externalId, displayName: "", isBot: false };
  return aMessage({ channelType: "slack", accountId: "a", sender, ...fields });
}

const ana = async (): Promise<Person> => ({ displayName: "Ana" });

describe("a message without its sender's name", () => {
  it("gets it, with one lookup per hour and account", async () => {
    const { nameOf, asked, pass } = play(ana);
    expect([await nameOf({}), await nameOf({})]).toEqual(["Ana", "Ana"]);
    expect(asked).toEqual(["U1"]);
    await nameOf({ accountId: "b" });
    expect(asked).toEqual(["U1", "U1"]);
    pass(hourMs);
    await nameOf({});
    expect(asked).toHaveLength(3);
  });

  it("shares the lookup with other messages of the person, and looks up senders behind it", async () => {
    const answer = Promise.withResolvers<Person>();
    const { nameOf, asked } = play(() => answer.promise);
    const waiting = [nameOf({}, [from("U2"), from("U1"), from("U2")]), nameOf({})];
    answer.resolve({ displayName: "Ana" });
    expect(await Promise.all(waiting)).toEqual(["Ana", "Ana"]);
    expect(asked).toEqual(["U1", "U2"]);
  });

  it("is published without it if the lookup is slow, and the next one has it", async () => {
    const answer = Promise.withResolvers<Person>();
    const { nameOf, asked, giveUpWaiting } = play(() => answer.promise);
    const first = nameOf({});
    giveUpWaiting();
    expect(await first).toBe("");
    answer.resolve({ displayName: "Ana" });
    await answer.promise;
    expect(await nameOf({})).toBe("Ana");
    expect(asked).toHaveLength(1);
  });

  it("looks up an unknown person again after ten minutes", async () => {
    const { nameOf, asked, pass } = play(async () => undefined);
    expect([await nameOf({}), await nameOf({})]).toEqual(["", ""]);
    expect(asked).toHaveLength(1);
    pass(600_000);
    await nameOf({});
    expect(asked).toHaveLength(2);
  });

  it("gets a name sanitised to one line", async () => {
    const { nameOf } = play(async () => ({ displayName: ` Ana\u0000\nde\u200a Souza ${"x".repeat(500)}` }));
    const name = await nameOf({});
    expect(name).toMatch(/^Ana de Souza x+$/);
    expect(name).toHaveLength(200);
  });
});

it.each<[string, MessageFields]>([
  ["that has the name", { sender: { externalId: "U1", displayName: "Bo" } }],
  ["of a bot", { sender: { externalId: "U1", isBot: true } }],
  ["without a sender", { sender: { externalId: "" } }],
  ["of a channel that names its people", { channelType: "zoho_cliq" }],
])("does not look up the sender of a message %s", async (_, fields) => {
  const { nameOf, asked } = play(ana);
  await nameOf(fields);
  expect(asked).toEqual([]);
});

describe("an account", () => {
  const refuse = (message: string) =>
    Promise.reject(new DeliveryError({ kind: "permanent", reason: "auth", message }));

  it("that the platform refuses is reported once until it is accepted again, and retried rarely", async () => {
    let answer: () => Promise<Person> = () => refuse("no scope");
    const { nameOf, asked, refusals, pass } = play(() => answer());
    for (let at = 0; at < 5; at += 1) expect(await nameOf({})).toBe("");
    expect([asked.length, refusals.length]).toEqual([1, 1]);
    pass(900_000);
    await nameOf({});
    expect([asked.length, refusals.length]).toEqual([2, 1]);
    pass(900_000);
    answer = ana;
    expect(await nameOf({})).toBe("Ana");
    pass(hourMs);
    answer = () => refuse("no scope");
    await nameOf({});
    expect(refusals).toMatchObject([
      { channelType: "slack", accountId: "a", error: { message: "no scope" } },
      { error: { message: "no scope" } },
    ]);
  });

  it("is not affected by another", async () => {
    const { nameOf, asked } = play(() => refuse("no scope"));
    await nameOf({});
    await nameOf({ accountId: "b" });
    expect(asked).toHaveLength(2);
  });

  it("that is throttled waits as long as the platform says, and is not reported", async () => {
    const throttled = { kind: "throttled", reason: "throttled", message: "slow down" } as const;
    const { nameOf, asked, refusals, pass } = play(() =>
      Promise.reject(new DeliveryError({ ...throttled, retryAfterMs: 5_000 })),
    );
    await nameOf({});
    pass(4_999);
    await nameOf({});
    expect([asked.length, refusals.length]).toEqual([1, 0]);
    pass(1);
    await nameOf({});
    expect(asked).toHaveLength(2);
  });

  it("looks up 40 people at once, then 80 per minute", async () => {
    const { nameOf, asked, outcomes, pass } = play(ana);
    const ask = async (count: number) => {
      for (let at = 0; at < count; at += 1) {
        await nameOf({ sender: { externalId: `U${asked.length}x${outcomes.length}` } });
      }
    };
    await ask(60);
    expect([asked.length, outcomes.filter((outcome) => outcome === "left_out").length]).toEqual([40, 20]);
    pass(15_000);
    await ask(60);
    expect(asked).toHaveLength(60);
  });
});
