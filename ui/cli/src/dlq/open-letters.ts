import { type Bus, busConfig, openBus } from "@mio/bus";
import { MioError } from "@mio/failure";
import { loadConfig } from "@mio/service-kit";
import { z } from "zod";
import { CliError, exitCodes } from "../cli-error.ts";
import type { Io } from "../io.ts";

const settings = z.object({
  MIO_NATS_URLS: busConfig.MIO_NATS_URLS,
  MIO_NATS_CREDS_FILE: busConfig.MIO_NATS_CREDS_FILE,
});

/** Connects to the NATS server of the environment. */
export async function openLetters(io: Pick<Io, "env">): Promise<Bus> {
  const config = loadConfig(settings, io.env);
  const { MIO_NATS_URLS: servers, MIO_NATS_CREDS_FILE: credsFile } = config;
  const options = { servers, ...(credsFile !== undefined && { credsFile }) };
  try {
    return await openBus({ ...options, name: "mio-cli", connectTimeoutMs: 5_000 });
  } catch (error) {
    if (!(error instanceof MioError && error.code === "bus.unavailable")) throw error;
    throw new CliError(`no NATS server answers at ${servers.join(", ")}`, {
      exitCode: exitCodes.environment,
      next: "start it (./mio up), or set MIO_NATS_URLS to its address",
      cause: error,
    });
  }
}
