import { expect, it } from "vitest";
import type { SocketState } from "../../inbound/inbound.ts";
import { accountUnderTest } from "../under-test/call-under-test.ts";
import type { ChannelUnderTest } from "../under-test/channel-under-test.ts";
import { socketLaws } from "./socket-laws.ts";

export function socketContract({ channel, socket: played }: ChannelUnderTest): void {
  const socket = channel.open({}).socket;

  it.runIf(socket !== undefined)(
    "opens no connection for an account without credentials for a socket",
    async () => {
      const states: SocketState["kind"][] = [];
      await socket?.run(accountUnderTest(), {
        signal: new AbortController().signal,
        accept: () => Promise.reject(new Error("nothing can have come")),
        onLate: () => undefined,
        onState: ({ kind }) => states.push(kind),
      });
      expect(states).toEqual(["unused"]);
    },
  );

  it("has a played platform for its socket, when it has one", () => {
    expect(played !== undefined).toBe(socket !== undefined);
  });

  if (played !== undefined) {
    it.each(socketLaws)("$title", { timeout: 10_000 }, ({ holds }) => holds(played));
  }
}
