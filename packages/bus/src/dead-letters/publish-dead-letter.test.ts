import { headerNames } from "@mio/envelope";
import { MioError } from "@mio/failure";
import { expect, test } from "vitest";
import type { Bus } from "../connect/connection.ts";
import type { Publication } from "../publish/publish.ts";
import { consumers } from "../topology/topology.ts";
import { type DeadLetter, publishDeadLetter } from "./publish-dead-letter.ts";

const letterOf = (changes: Partial<DeadLetter> = {}): DeadLetter => ({
  consumer: consumers.mediaVault,
  subject: "mio.inbound.slack.acct.conv",
  payload: new TextEncoder().encode("text"),
  headers: [["Mio-Test", "kept"]],
  ...{ streamSequence: 7, storedAt: new Date(0), deliveries: 1, reason: "rejected" },
  error: new MioError("delivery.refused", "no"),
  ...changes,
});

/** A stream of dead letters that knows each by its dedup id; it says what the first publications come to. */
function scripted(refusals: readonly MioError[] = []) {
  const left = [...refusals];
  const published: Publication[] = [];
  const counted: string[] = [];
  const stored = new Set<string>();
  const publish = async (publication: Publication) => {
    published.push(publication);
    const refusal = left.shift();
    if (refusal !== undefined) throw refusal;
    const duplicate = stored.has(publication.dedupId);
    stored.add(publication.dedupId);
    return { stream: "MESSAGES_DLQ", sequence: stored.size, duplicate };
  };
  const count = (_subject: string, reason: string) => void counted.push(reason);
  const bus = { publisher: { publish }, deadLetters: { count } } as unknown as Bus;
  return { bus, published, counted, stored };
}

test("stores a letter per durable, and one for a message that is copied twice", async () => {
  const { bus, stored, counted } = scripted();
  await publishDeadLetter(bus, letterOf());
  await publishDeadLetter(bus, letterOf());
  expect([stored.size, counted]).toEqual([1, ["rejected"]]);
  await publishDeadLetter(bus, letterOf({ consumer: consumers.archiver }));
  await publishDeadLetter(bus, letterOf({ streamSequence: 8 }));
  // Another message, of a stream that was made again.
  await publishDeadLetter(bus, letterOf({ storedAt: new Date(1) }));
  expect([stored.size, counted.length]).toEqual([4, 4]);
});

const tooLarge = new MioError("bus.too_large", "scripted");
const away = new MioError("bus.unavailable", "scripted", { retry: "soon" });

test("stores a smaller letter only after a final refusal", async () => {
  const { bus, published } = scripted([tooLarge, tooLarge]);
  await publishDeadLetter(bus, letterOf());
  expect(published.map(({ payload, headers = [] }) => [payload.length, headers.length > 9])).toEqual([
    [4, true],
    [4, false],
    [0, true],
  ]);
  expect(published[2]?.headers).toContainEqual([headerNames.deadOmittedBytes, "4"]);
});

test.each([
  ["the server is away", [away]],
  ["no letter at all is taken", [tooLarge, tooLarge, tooLarge]],
])("a letter that is not stored is no letter: %s", async (_, refusals) => {
  const { bus, published, counted } = scripted(refusals);
  await expect(publishDeadLetter(bus, letterOf())).rejects.toBe(refusals.at(-1));
  expect([published.length, counted]).toEqual([refusals.length, []]);
});
