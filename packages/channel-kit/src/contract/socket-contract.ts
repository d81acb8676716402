import { expect, it } from "vitest";
import type { SocketState } from "../inbound.ts";
import { accountUnderTest } from "./call-surroundings.ts";
import type { ChannelUnderTest } from "./channel-under-test.ts";

export function socketContract({ channel }: ChannelUnderTest): void {
  const socket = channel.open({}).socket;

  it.runIf(socket !== undefined)("leaves an account without credentials for a socket alone", async () => {
    const states: SocketState["kind"][] = [];
    await socket?.run(accountUnderTest(), {
      signal: new AbortController().signal,
      accept: () => Promise.reject(new Error("nothing can have come")),
      onLate: () => undefined,
      onState: ({ kind }) => states.push(kind),
    });
    expect(states).toEqual(["unused"]);
  });
}
