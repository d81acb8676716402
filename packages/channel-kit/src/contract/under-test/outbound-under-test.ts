import type { DeliveryErrorKind, DeliveryReason } from "../../outbound/delivery-error.ts";
import type { ScriptedAnswer } from "../scripted-http.ts";

/** One request that the channel made, taken apart. */
export interface PlatformRequest {
  readonly method: string;
  /** Escaped, as it was on the wire. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** The fields of a JSON or form body, and none of any other. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a request would show to people. */
export interface Posted {
  readonly text: string;
  /** Place and thread in words of the channel's own, for example `C024BE7LH 1714731490.123400`. */
  readonly where: string;
}

/** What the platform may answer to a post, and what it must mean to the caller. */
export type FailureUnderTest = readonly [
  answer: ScriptedAnswer,
  kind: DeliveryErrorKind,
  reason: DeliveryReason,
];

/** How the platform takes messages, so that the suite can play it over HTTP on this machine. */
export interface OutboundUnderTest {
  /** The settings that lead every call of the channel to `url`, for example `http://127.0.0.1:4711`. */
  settingsAt(url: string): Readonly<Record<string, unknown>>;
  /** What the platform answers when all is well, tokens and lookups included. */
  answer(request: PlatformRequest): ScriptedAnswer;
  /** When the platform of `answer` says it posted; absent when its ids tell no time. */
  readonly postedAt?: Date;
  /** What a request posts; undefined when it posts nothing. */
  posted(request: PlatformRequest): Posted | undefined;
  /**
   * Where an answer to a message must go, as `posted` tells it, by the name of the message's sample. With threads, at
   * least one sample lies in a thread.
   */
  readonly answers: Readonly<Record<string, string>>;
  /** The platform's own failures, by name. The suite adds those that every platform has. */
  readonly failures: Readonly<Record<string, FailureUnderTest>>;
}
