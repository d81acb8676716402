import { type PeopleDirectory, perAccount } from "@mio/channel-kit";
import { type MioError, toMioError } from "@mio/failure";
import type { Clock } from "@mio/pacing";
import type { Message } from "@mio/proto";
import type { AccessOf } from "../account-access.ts";
import type { MediaVaultEvents } from "../events.ts";
import { createLookupPace } from "./lookup-pace.ts";

export interface LookupOptions {
  readonly peopleOf: (channelType: string) => PeopleDirectory | undefined;
  readonly accessOf: AccessOf;
  readonly clock: Clock;
  readonly events: Pick<MediaVaultEvents, "personLookedUp" | "peopleRefused">;
}

/** A lookup of one person, shared by all messages that need the name. */
export interface Lookup {
  /** Empty if the platform has no name. Never rejects. */
  readonly name: Promise<string>;
  readonly startedAt: number;
}

export interface Lookups extends Disposable {
  running(key: string): Lookup | undefined;
  /** Undefined if the sender cannot be looked up, or not now. */
  start(message: Message, key: string): Lookup | undefined;
}

const lookupTimeoutMs = 10_000;
const maxNameChars = 200;

/** Looks up senders at the platform: one call at a time per person, rate-limited per account. */
export function createLookups(options: LookupOptions, onName: (key: string, name: string) => void): Lookups {
  const { peopleOf, accessOf, clock, events } = options;
  const paceOf = perAccount((_message: Message) => createLookupPace(clock));
  const running = new Map<string, Lookup>();
  const closing = new AbortController();

  const failed = (message: Message, error: MioError): void => {
    if (closing.signal.aborted) return;
    const { channelType, accountId } = message;
    events.personLookedUp(channelType, error.retry === "never" ? "refused" : "failed");
    if (paceOf(message).failed(error)) events.peopleRefused({ channelType, accountId, error });
  };

  const ask = async (message: Message, people: PeopleDirectory): Promise<string | undefined> => {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(lookupTimeoutMs)]);
      const access = await accessOf(message);
      const person = await people.lookUp(message.sender?.externalId ?? "", access, signal);
      paceOf(message).answered();
      const name = cleanName(person?.displayName ?? "");
      events.personLookedUp(message.channelType, name === "" ? "unknown" : "found");
      return name;
    } catch (cause) {
      failed(message, toMioError(cause));
      return undefined;
    }
  };

  const lookUp = async (message: Message, people: PeopleDirectory, key: string): Promise<string> => {
    const name = await ask(message, people);
    running.delete(key);
    if (name !== undefined) onName(key, name);
    return name ?? "";
  };

  return {
    running: (key) => running.get(key),
    start(message, key) {
      const people = peopleOf(message.channelType);
      if (people === undefined) return undefined;
      if (!paceOf(message).take()) {
        events.personLookedUp(message.channelType, "left_out");
        return undefined;
      }
      const lookup = { name: lookUp(message, people, key), startedAt: clock.now().getTime() };
      running.set(key, lookup);
      return lookup;
    },
    [Symbol.dispose]: () => closing.abort(),
  };
}

function cleanName(name: string): string {
  const oneLine = name.replaceAll(/[\p{Cc}\s]+/gu, " ").trim();
  return oneLine
    .slice(0, maxNameChars)
    .toWellFormed()
    .replace(/\ufffd$/, "");
}
