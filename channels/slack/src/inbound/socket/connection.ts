import type { InboundEvent } from "@mio/channel-kit";
import { MioError } from "@mio/failure";
import { acknowledgement, type Frame, parseFrame } from "./frames.ts";
import type { Handover } from "./handover.ts";
import { type Liveness, watchLiveness } from "./liveness.ts";
import { type Timers, within } from "./timers.ts";
import type { OpenWire, Wire } from "./wire.ts";

/** The time limit for Slack's close frame, which may never come. */
const closeTimeoutMs = 1_000;

const unsupported: InboundEvent = { kind: "ignored", reason: "unsupported_envelope" };

/** One connection, from Slack's hello to its close. */
export interface Connection {
  /** Resolves to undefined after Slack's hello, else to the reason why it did not come. */
  readonly greeted: Promise<MioError | undefined>;
  /** The reason why it ended. A connection that Slack wants replaced stays usable until it closes. */
  readonly ended: Promise<Ending>;
  isOpen(): boolean;
  /** The app's number of connections in Slack's hello; undefined if Slack did not say. */
  connections(): number | undefined;
  /** Stops reading, waits for the events in progress, acknowledges them and closes. */
  close(graceMs: number): Promise<void>;
}

export type Ending = { readonly kind: "replace" } | { readonly kind: "lost"; readonly error: MioError };

export interface ConnectionOptions {
  readonly url: URL;
  readonly openWire: OpenWire;
  readonly timers: Timers;
  readonly handover: Handover;
  /** Parses an envelope; total. */
  readonly read: (payload: unknown) => InboundEvent;
}

export function connect({ url, openWire, timers, handover, read }: ConnectionOptions): Connection {
  const greeted = Promise.withResolvers<MioError | undefined>();
  const ended = Promise.withResolvers<Ending>();
  const closed = Promise.withResolvers<void>();
  let connections: number | undefined;
  let phase: "greeting" | "open" | "closing" | "closed" = "greeting";

  const wire = openWire(url, {
    onText: (text) => {
      liveness.heard();
      if (phase === "greeting" || phase === "open") handle(parseFrame(text));
    },
    onPing: () => liveness.asked(),
    onPong: () => liveness.heard(),
    onClosed: (reason) => end(broken(`Slack's socket closed (${reason}).`)),
  });
  const liveness = watchLiveness({
    timers,
    ping: () => wire.ping(),
    onSilent: giveUp,
  });
  const intake = createIntake({ handover, wire, liveness });

  function handle(frame: Frame): void {
    switch (frame.kind) {
      case "hello":
        phase = "open";
        connections = frame.connections;
        liveness.greeted();
        greeted.resolve(undefined);
        return;
      case "disconnect":
        if (phase === "greeting") giveUp(broken(`Slack gave no socket (${wordOf(frame.reason)}).`));
        ended.resolve({ kind: "replace" });
        return;
      case "event":
        intake.take(read(frame.payload), acknowledgement(frame.envelopeId, undefined));
        return;
      case "unsupported":
        intake.take(unsupported, acknowledgement(frame.envelopeId, frame.answer));
        return;
      case "unknown":
        return;
    }
  }

  function giveUp(error: MioError): void {
    wire.terminate();
    end(error);
  }

  function end(error: MioError): void {
    phase = "closed";
    liveness[Symbol.dispose]();
    greeted.resolve(error);
    ended.resolve({ kind: "lost", error });
    closed.resolve();
  }

  const close = async (graceMs: number): Promise<void> => {
    if (phase === "closed") return;
    phase = "closing";
    await within(intake.settled(), graceMs, timers);
    wire.close();
    await within(closed.promise, closeTimeoutMs, timers);
    giveUp(broken("We closed Slack's socket."));
  };

  return {
    greeted: greeted.promise,
    ended: ended.promise,
    isOpen: () => phase === "open",
    connections: () => connections,
    close,
  };
}

interface IntakeOptions {
  readonly handover: Handover;
  readonly wire: Pick<Wire, "pause" | "resume" | "send">;
  readonly liveness: Pick<Liveness, "hold">;
}

/** The events in progress of one connection. */
interface Intake {
  /** Sends `acknowledgement` after the event is stored. */
  take(event: InboundEvent, acknowledgement: string): void;
  settled(): Promise<unknown>;
}

function createIntake({ handover, wire, liveness }: IntakeOptions): Intake {
  const inHand = new Set<Promise<void>>();
  let isPaused = false;
  const pause = (paused: boolean): void => {
    isPaused = paused;
    liveness.hold(paused);
    if (paused) wire.pause();
    else wire.resume();
  };
  return {
    take: (event, acknowledged) => {
      const work = handover.take(event, () => wire.send(acknowledged));
      inHand.add(work);
      void work.then(() => inHand.delete(work));
      if (!handover.isFull() || isPaused) return;
      pause(true);
      handover.onceFree(() => pause(false));
    },
    settled: () => Promise.all(inHand),
  };
}

/** NOTE: only text that looks like an error code is passed on. */
function wordOf(reason: string): string {
  return /^[a-z_]{1,40}$/.test(reason) ? reason : "no word";
}

function broken(message: string): MioError {
  return new MioError("socket.lost", message, { retry: "soon" });
}
