import { csv, int, text } from "@mio/service-kit";
import { z } from "zod";
import type { DurabilityOptions } from "../durability/check-durability.ts";
import type { EnsureStreamsOptions } from "../topology/ensure-streams.ts";
import type { BusOptions } from "./connection.ts";

/** The NATS settings of a service, to be spread into its schema. */
export const busConfig: {
  readonly MIO_NATS_URLS: z.ZodDefault<z.ZodType<string[]>>;
  readonly MIO_NATS_CREDS_FILE: z.ZodOptional<z.ZodType<string>>;
  readonly MIO_NATS_MONITOR_URLS: z.ZodOptional<z.ZodType<string[]>>;
  readonly MIO_NATS_REPLICAS: z.ZodDefault<z.ZodType<number>>;
  readonly MIO_NATS_STORAGE: z.ZodDefault<z.ZodType<"file" | "memory">>;
} = {
  MIO_NATS_URLS: csv().default(["nats://localhost:4222"]).describe("NATS servers, separated by commas."),
  MIO_NATS_CREDS_FILE: text().optional().describe("NATS credentials file, if the servers require one."),
  MIO_NATS_MONITOR_URLS: csv()
    .optional()
    .describe(
      "Monitoring addresses of all NATS servers, such as http://localhost:8222, to see how they sync.",
    ),
  MIO_NATS_REPLICAS: int({ min: 1, max: 5 })
    .default(1)
    .describe("Copies of each stream in a NATS cluster. An existing stream is never shrunk."),
  MIO_NATS_STORAGE: z
    .enum(["file", "memory"])
    .default("file")
    .describe("Where new streams are stored. Streams in memory are lost when the server stops."),
};

export type BusConfig = z.output<z.ZodObject<typeof busConfig>>;

/** The part of {@link openBus}'s options that comes from the configuration. */
export function toBusOptions(config: BusConfig): Pick<BusOptions, "servers" | "credsFile"> {
  const credsFile = config.MIO_NATS_CREDS_FILE;
  return { servers: config.MIO_NATS_URLS, ...(credsFile !== undefined && { credsFile }) };
}

/** The part of {@link ensureStreams}' options that comes from the configuration. */
export function toStreamOptions(config: BusConfig): Pick<EnsureStreamsOptions, "replicas" | "storage"> {
  return { replicas: config.MIO_NATS_REPLICAS, storage: config.MIO_NATS_STORAGE };
}

/** The part of {@link createDurabilityWatch}'s options that comes from the configuration. */
export function toDurabilityOptions(config: BusConfig): Omit<DurabilityOptions, "streams"> {
  return { ...toStreamOptions(config), monitorUrls: config.MIO_NATS_MONITOR_URLS ?? [] };
}
