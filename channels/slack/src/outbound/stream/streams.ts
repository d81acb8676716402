import { DeliveryError } from "@mio/channel-kit";
import { type SendCommand, SendCommand_Stage } from "@mio/proto";
import type { SlackClient } from "../../access/client.ts";
import type { Target } from "../../identity/targets.ts";
import { type Metadata, toMetadata } from "../stamps/stamp.ts";
import { createRefusals, hasEnded, isOfThePiece } from "./refusals.ts";
import { createStreamCalls } from "./stream-calls.ts";
import { createStreamMemory, type RunningStream } from "./stream-memory.ts";
import { isPlain, recipientOf, type StreamPlace } from "./streamable.ts";

/** The place of a stream. */
export interface Opening {
  readonly place: StreamPlace;
  readonly channel: string;
  readonly threadTs: string;
  readonly signal: AbortSignal;
}

/**
 * Growing texts by Slack's streams: Slack shows each piece when it is appended. The memory here only saves calls: a
 * stream of another process is detected when Slack refuses to change its message.
 */
export interface Streams {
  /**
   * Starts a stream and returns the id of its message, empty if Slack returned none. Undefined if it must be an
   * ordinary post; then nothing was shown.
   */
  begin(command: SendCommand, opening: Opening): Promise<string | undefined>;
  /**
   * Extends a stream to the command's text, and ends it if that is final. False if the message is not streaming or
   * the text does not continue it: then it must be changed like any other.
   */
  goOn(target: Target, command: SendCommand, signal: AbortSignal): Promise<boolean>;
  /** Ends a stream of any process. False if it had already ended. */
  end(target: Target, signal: AbortSignal): Promise<boolean>;
  isRunning(target: Target): boolean;
}

interface Growth {
  readonly stream: RunningStream;
  readonly command: SendCommand;
}

export function createStreams(client: SlackClient, now: () => Date): Streams {
  const calls = createStreamCalls(client);
  const memory = createStreamMemory(now);
  const refusals = createRefusals(now);

  const stop = async (target: Target, text: string, signal: AbortSignal): Promise<void> => {
    await calls.stop(target, { text, metadata: metadataOf(memory.get(target.id)) }, signal);
    memory.forget(target.id);
  };

  /** After a failure, the content of the stream is unknown, except after a throttled call, which changed nothing. */
  const failed = ({ id }: Target, error: unknown): void => {
    if (!(error instanceof DeliveryError) || error.kind !== "throttled") memory.forget(id);
  };

  const end = async (target: Target, signal: AbortSignal): Promise<boolean> => {
    try {
      await stop(target, "", signal);
      return true;
    } catch (error) {
      failed(target, error);
      if (hasEnded(error)) return false;
      throw error;
    }
  };

  /** False if Slack rejects the piece. */
  const taken = async (target: Target, call: Promise<void>): Promise<boolean> => {
    try {
      await call;
      return true;
    } catch (error) {
      failed(target, error);
      if (isOfThePiece(error)) return false;
      throw error;
    }
  };

  /** Appends the rest of a longer text. Slack rejects white space alone, so it waits for the text after it. */
  const add = async (target: Target, { stream, command }: Growth, signal: AbortSignal): Promise<boolean> => {
    const rest = command.text.slice(stream.text.length);
    if (command.stage === SendCommand_Stage.FINAL) return await taken(target, stop(target, rest, signal));
    if (rest.trim() === "") return true;
    const isTaken = await taken(target, calls.append(target, rest, signal));
    if (isTaken) memory.put(target.id, { ...stream, text: command.text });
    return isTaken;
  };

  return {
    begin: async (command, { place, channel, threadTs, signal }) => {
      const recipient = recipientOf(command);
      const start = { place, channel, recipient };
      if (!refusals.mayBegin(start)) return undefined;
      const { id: sendId, text } = command;
      try {
        const id = await calls.start({ channel, threadTs, recipient, text }, signal);
        if (id !== "") memory.put(id, { sendId, text, begunAt: now() });
        return id;
      } catch (error) {
        if (refusals.isForStreamsOnly(error, start)) return undefined;
        throw error;
      }
    },
    goOn: async (target, command, signal) => {
      const stream = memory.get(target.id);
      if (stream === undefined) return false;
      const continues = isPlain(command) && command.text.startsWith(stream.text);
      if (continues && memory.isYoung(stream)) return await add(target, { stream, command }, signal);
      await end(target, signal);
      return false;
    },
    end,
    isRunning: ({ id }) => memory.get(id) !== undefined,
  };
}

/** A stream gets its stamp only at its end. */
function metadataOf(stream: RunningStream | undefined): Metadata | undefined {
  return stream === undefined ? undefined : toMetadata({ sendId: stream.sendId, part: 1, parts: 1 });
}
