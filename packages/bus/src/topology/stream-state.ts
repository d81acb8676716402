import type { Bus } from "../connect/connection.ts";
import { toApiFailure } from "../connect/jetstream-error.ts";
import type { StreamDeclaration } from "./topology.ts";

/** The state of a stream. */
export interface StreamState {
  /** When it was created. A restored stream keeps the time of the original. */
  readonly created: string;
  readonly firstSequence: number;
  readonly lastSequence: number;
}

type Named = Pick<StreamDeclaration, "name">;

/** @throws MioError `bus.no_stream`, `bus.unavailable` */
export async function readStreamState(bus: Bus, { name }: Named): Promise<StreamState> {
  try {
    const { created, state } = await bus.jsm.streams.info(name);
    return { created, firstSequence: state.first_seq, lastSequence: state.last_seq };
  } catch (error) {
    throw toApiFailure(error, "streams", { stream: name });
  }
}

/**
 * When the stream stored a message; undefined if it has no message with this sequence.
 *
 * @throws MioError `bus.no_stream`, `bus.unavailable`
 */
export async function readStoredAt(bus: Bus, { name }: Named, sequence: number): Promise<Date | undefined> {
  try {
    return (await bus.jsm.streams.getMessage(name, { seq: sequence }))?.time;
  } catch (error) {
    throw toApiFailure(error, "messages", { stream: name });
  }
}
