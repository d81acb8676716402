import type { DeliveryErrorKind, DeliveryReason } from "../../outbound/delivery-error.ts";
import type { ScriptedAnswer } from "../scripted-http.ts";

/** One parsed request of the channel. */
export interface PlatformRequest {
  readonly method: string;
  /** Escaped, as on the wire. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  /** The fields of a JSON or form body; empty for any other body. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** What a request would show to people. */
export interface Posted {
  readonly text: string;
  /** Place and thread in the channel's own notation, for example `C024BE7LH 1714731490.123400`. */
  readonly where: string;
}

/** An answer of the platform to a post, and the error it must become. */
export type FailureUnderTest = readonly [
  answer: ScriptedAnswer,
  kind: DeliveryErrorKind,
  reason: DeliveryReason,
];

/** How the platform receives messages, so that the suite can play it over HTTP on this machine. */
export interface OutboundUnderTest {
  /** The settings that direct every call of the channel to `url`, for example `http://127.0.0.1:4711`. */
  settingsAt(url: string): Readonly<Record<string, unknown>>;
  /** The platform's answer if nothing fails, also for tokens and lookups. */
  answer(request: PlatformRequest): ScriptedAnswer;
  /** The time of posting according to `answer`; absent if its ids contain no time. */
  readonly postedAt?: Date;
  /** What a request posts; undefined if it posts nothing. */
  posted(request: PlatformRequest): Posted | undefined;
  /**
   * Where an answer to a message must go, as `posted` reports it, by the name of the message's sample. If the
   * platform has threads, at least one sample is in a thread.
   */
  readonly answers: Readonly<Record<string, string>>;
  /** The failures specific to the platform, by name. The suite adds those of every platform. */
  readonly failures: Readonly<Record<string, FailureUnderTest>>;
}
