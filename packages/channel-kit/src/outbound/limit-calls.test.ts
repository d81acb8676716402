import { create } from "@bufbuild/protobuf";
import { DeadlineExceeded } from "@mio/pacing";
import { SendCommandSchema } from "@mio/proto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callUnderTest } from "../contract/under-test/call-under-test.ts";
import { rightToCall } from "../http/call-right.ts";
import { limitCalls } from "./limit-calls.ts";
import type { CallContext, Sender } from "./outbound.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const command = create(SendCommandSchema, { text: "a" });
const done = async () => ({ externalIds: ["1"] });

/** Like a paused process: the clock advances, and no timer fires. */
function standStill(ms: number): void {
  const at = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => at + ms);
}

/** A sender all of whose methods do the same. */
function senderOf(call: (context: CallContext) => ReturnType<Sender["send"]>): Required<Sender> {
  const change: Required<Sender>["edit"] = (_, target, context) => {
    expect(target).toBe("17_1");
    return call(context);
  };
  const reconcile: Required<Sender>["reconcile"] = async () => ({ kind: "undecided" });
  const sender: Required<Sender> = {
    send: (_, context) => call(context),
    edit: change,
    remove: change,
    react: change,
    reconcile,
  };
  return limitCalls(sender, ({ text }) => 1_000 * text.length);
}

const methods: Readonly<Record<string, (sender: Required<Sender>, context: CallContext) => unknown>> = {
  send: (sender, context) => sender.send(command, context),
  edit: (sender, context) => sender.edit(command, "17_1", context),
  remove: (sender, context) => sender.remove(command, "17_1", context),
  react: (sender, context) => sender.react(command, "17_1", context),
};

describe.each(Object.entries(methods))("%s", (_, method) => {
  const givenUp = ({ signal }: CallContext): Promise<never> =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

  it("is aborted at its deadline", async () => {
    const call = expect(method(senderOf(givenUp), callUnderTest())).rejects.toThrow(DeadlineExceeded);
    await vi.advanceTimersByTimeAsync(1_000);
    await call;
  });

  it("has no right to call after its deadline, before any timer has fired", async () => {
    const rights: boolean[] = [];
    const call = async () => {
      const mayCall = rightToCall();
      rights.push(mayCall());
      standStill(1_000);
      rights.push(mayCall());
      return { externalIds: [] };
    };
    await method(senderOf(call), callUnderTest());
    expect(rights).toEqual([true, false]);
  });

  it("is aborted with its caller", async () => {
    const caller = new AbortController();
    const call = method(senderOf(givenUp), callUnderTest({ signal: caller.signal }));
    caller.abort(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
  });

  it("keeps the call context, returns the answer and leaves no timer behind", async () => {
    const seen = vi.fn(done);
    expect(await method(senderOf(seen), callUnderTest({ attempt: 3 }))).toEqual({ externalIds: ["1"] });
    expect(seen).toHaveBeenCalledWith(expect.objectContaining({ attempt: 3 }));
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("adds no method that the sender does not have", () => {
  const sender: Sender = { send: done };
  expect(Object.keys(limitCalls(sender, () => 1_000))).toEqual(["send"]);
});
