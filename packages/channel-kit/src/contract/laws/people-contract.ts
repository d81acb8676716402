import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { PeopleDirectory } from "../../access/people.ts";
import { accountUnderTest } from "../under-test/call-under-test.ts";
import { type Behaviour, playPlatform } from "../under-test/played-platform.ts";
import { failureOf, openAt, type SendingChannel, secretMark } from "../under-test/playing.ts";

/** For a channel that looks people up: the caller decides by the error when to ask again. */
export function peopleContract(subject: SendingChannel): void {
  if (openAt(subject, "http://127.0.0.1:1").people === undefined) return;

  /** The error of a lookup when the platform behaves like this. */
  const fail = async (behaviour: Behaviour, signal = new AbortController().signal) => {
    await using platform = await playPlatform(() => behaviour);
    const error = await failureOf(peopleAt(subject, platform.url).lookUp("U1", accountUnderTest(), signal));
    return { error, requests: platform.requests.length };
  };

  describe("a lookup of a person", () => {
    it.each<[string, Behaviour]>([
      ["an outage", { status: 503 }],
      ["a broken connection", "break"],
      ["nonsense", { status: 200, text: "<html>" }],
    ])("that ends in %s is made once, and may be made again", async (_, behaviour) => {
      const { error, requests } = await fail(behaviour);
      expect(error.retry).not.toBe("never");
      expect(requests).toBe(1);
    });

    it("that is throttled waits for as long as the platform asks", async () => {
      const { error } = await fail({ status: 429, headers: { "retry-after": "37" } });
      expect(error).toMatchObject({ kind: "throttled", retry: { afterMs: 37_000 } });
    });

    it("ends when its caller aborts", async () => {
      const { error } = await fail("silence", AbortSignal.timeout(50));
      expect(error.retry).not.toBe("never");
    });

    it("reveals no secret when it fails", async () => {
      const { error } = await fail({ status: 500, text: "no" });
      expect(inspect(error, { depth: 12 })).not.toContain(secretMark);
    });
  });
}

function peopleAt(subject: SendingChannel, url: string): PeopleDirectory {
  const { people } = openAt(subject, url);
  if (people === undefined) throw new Error("the channel looks no one up");
  return people;
}
