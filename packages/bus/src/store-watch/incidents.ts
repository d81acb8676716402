import type { MioError } from "@mio/failure";
import type { Logger, Metrics } from "@mio/service-kit";
import type { Change, StreamRecord } from "./stream-record.ts";
import { runbookOf, type Trouble, type TroubleKind } from "./trouble.ts";

export interface Look {
  readonly stream: string;
  readonly found: Trouble | undefined;
}

export interface Incidents {
  /** Records one check of every stream. Logs each start and end of an incident once. */
  report(records: ReadonlyMap<string, StreamRecord>, looks: readonly Look[]): void;
  /** Missing streams were created again. */
  made(streams: readonly string[]): void;
  /** They could not be created; logged once until they are. */
  notMade(error: MioError): void;
}

export function createIncidents({
  logger,
  metrics,
}: {
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Incidents {
  const total = metrics.counter({
    name: "mio_bus_incidents_total",
    help: "Times at which a stream was found to store nothing, by why",
    labels: ["stream", "kind"],
  });
  const stores = metrics.gauge({
    name: "mio_bus_stream_stores",
    help: "1 while the stream stores what is published, 0 while it does not",
    labels: ["stream"],
  });
  let refusal: string | undefined;

  const began = (kind: TroubleKind, looks: readonly Look[]): void => {
    const names = looks.map(({ stream }) => stream);
    for (const stream of names) total.inc({ stream, kind });
    const [reason] = looks.map(({ found }) => found?.reason ?? "");
    const runbook = runbookOf(kind);
    const code = kind === "missing" ? "bus.no_stream" : "bus.cannot_store";
    logger.error(
      { event: "bus.store_lost", code, streams: names, kind, reason, runbook },
      `NATS does not store on ${names.join(", ")}: ${reason}. See ${runbook}`,
    );
  };

  return {
    report: (records, looks) => {
      const changes = looks.map((look) => ({ look, change: see(records, look) }));
      for (const { stream } of looks) {
        stores.set({ stream }, records.get(stream)?.state === "stores" ? 1 : 0);
      }
      const begun = looksThat("began", changes);
      for (const kind of new Set(begun.flatMap(({ found }) => found?.kind ?? []))) {
        began(
          kind,
          begun.filter(({ found }) => found?.kind === kind),
        );
      }
      const ended = looksThat("ended", changes).map(({ stream }) => stream);
      if (ended.length === 0) return;
      logger.info(
        { event: "bus.store_recovered", streams: ended },
        `NATS stores again on ${ended.join(", ")}`,
      );
    },
    made: (streams) => {
      refusal = undefined;
      logger.warn(
        { event: "bus.streams_made", streams },
        `made ${streams.join(", ")} again; what it held is gone`,
      );
    },
    notMade: (error) => {
      if (refusal === error.code) return;
      refusal = error.code;
      logger.warn({ event: "bus.streams_not_made", err: error }, "missing streams cannot be made again yet");
    },
  };
}

function see(records: ReadonlyMap<string, StreamRecord>, { stream, found }: Look): Change {
  return records.get(stream)?.see(found) ?? "none";
}

function looksThat(
  wanted: Change,
  changes: readonly { readonly look: Look; readonly change: Change }[],
): readonly Look[] {
  return changes.filter(({ change }) => change === wanted).map(({ look }) => look);
}
