import { loadConfig } from "@mio/service-kit";
import { expect, test } from "vitest";
import { z } from "zod";
import { busConfig, toBusOptions, toDurabilityOptions, toStreamOptions } from "./bus-config.ts";

const load = (env: Record<string, string>) => loadConfig(z.object(busConfig), env);

test("settings reach the connection and the streams", () => {
  const config = load({
    MIO_NATS_URLS: "nats://a:4222, nats://b:4222",
    MIO_NATS_CREDS_FILE: "/run/mio.creds",
    MIO_NATS_MONITOR_URLS: "http://a:8222,http://b:8222",
    MIO_NATS_REPLICAS: "3",
    MIO_NATS_STORAGE: "memory",
  });
  const servers = ["nats://a:4222", "nats://b:4222"];
  expect(toBusOptions(config)).toEqual({ servers, credsFile: "/run/mio.creds" });
  expect(toStreamOptions(config)).toEqual({ replicas: 3, storage: "memory" });
  const monitorUrls = ["http://a:8222", "http://b:8222"];
  expect(toDurabilityOptions(config)).toEqual({ replicas: 3, storage: "memory", monitorUrls });
});

test("without settings streams are kept on disk once, by the server next door", () => {
  const config = load({});
  expect(toBusOptions(config)).toEqual({ servers: ["nats://localhost:4222"] });
  expect(toStreamOptions(config)).toEqual({ replicas: 1, storage: "file" });
  expect(toDurabilityOptions(config)).toEqual({ replicas: 1, storage: "file", monitorUrls: [] });
});
