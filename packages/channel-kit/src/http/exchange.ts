import { Readable } from "node:stream";
import { DeadlineExceeded } from "@mio/pacing";
import type { Dispatcher } from "undici";
import { toAnswerHeaders } from "./answer-headers.ts";
import { CappedText } from "./capped-text.ts";
import type { AnswerHeaders, HttpAnswer, HttpFailure } from "./http-message.ts";
import { networkFailure } from "./network-failure.ts";
import { givenUpBefore, type Outgoing } from "./outgoing.ts";
import { GateClosed } from "./write-gate.ts";

export interface ExchangeLimits {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

/** Writes a request and reads its whole answer. One timer and one listener; no stream and no signal of its own. */
export function exchange(
  connections: Dispatcher,
  outgoing: Outgoing,
  limits: ExchangeLimits,
): Promise<HttpAnswer | HttpFailure> {
  return new Promise((resolve) => {
    const call = new Exchange(outgoing, limits, resolve);
    connections.dispatch(outgoing.target, call);
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #outgoing: Outgoing;
  readonly #resolve: (outcome: HttpAnswer | HttpFailure) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #text: CappedText;
  readonly #giveUp = (): void => this.#stop(this.#outgoing.signal?.reason);
  /** Set once writing has begun. */
  #controller: Dispatcher.DispatchController | undefined;
  #begun: { readonly status: number; readonly headers: AnswerHeaders } | undefined;
  #isOver = false;

  constructor(
    outgoing: Outgoing,
    { timeoutMs, maxResponseBytes }: ExchangeLimits,
    resolve: (outcome: HttpAnswer | HttpFailure) => void,
  ) {
    this.#outgoing = outgoing;
    this.#resolve = resolve;
    this.#text = new CappedText(maxResponseBytes);
    this.#timer = setTimeout(() => this.#stop(new DeadlineExceeded()), timeoutMs);
    outgoing.signal?.addEventListener("abort", this.#giveUp, { once: true });
  }

  /** The library calls this when the request has its connection, right before it writes the first byte. */
  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#isOver || !this.#outgoing.mayCall()) throw new GateClosed();
    this.#controller = controller;
  }

  onResponseStart(_: unknown, status: number, fields: Parameters<typeof toAnswerHeaders>[0]): void {
    if (status >= 200) this.#begun = { status, headers: toAnswerHeaders(fields) };
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    if (!this.#isOver && !this.#text.add(chunk)) this.#stop(undefined);
  }

  onResponseEnd(): void {
    this.#end(() => givenUpBefore);
  }

  onResponseError(_: unknown, error: Error): void {
    this.#text.breakOff();
    this.#end((isWritten) =>
      error instanceof GateClosed ? givenUpBefore : networkFailure(error, { isWritten, isGivenUp: false }),
    );
  }

  /** Ends the call early: an answer that has begun is cut off, and nothing more is written. */
  #stop(reason: unknown): void {
    this.#text.breakOff();
    this.#end((isWritten) => networkFailure(reason, { isWritten, isGivenUp: true }));
    // A request that still waits for a connection is refused at its start.
    this.#controller?.abort(new Error("The call has ended."));
    const { body } = this.#outgoing.target;
    if (body instanceof Readable) body.destroy();
  }

  #end(failure: (isWritten: boolean) => HttpFailure): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#outgoing.signal?.removeEventListener("abort", this.#giveUp);
    const isWritten = this.#controller !== undefined;
    this.#resolve(
      this.#begun === undefined
        ? failure(isWritten)
        : { kind: "answer", ...this.#begun, ...this.#text.read() },
    );
  }
}
