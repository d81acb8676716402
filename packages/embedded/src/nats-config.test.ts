import { expect, test } from "vitest";
import { toNatsConfig } from "./nats-config.ts";

const config = {
  port: -1,
  portsDir: "/tmp/a b",
  storeDir: '/tmp/"quoted"',
  maxPayloadBytes: 1_048_576,
  syncAlways: false,
};

test("listens on loopback only and quotes paths", () => {
  const text = toNatsConfig(config);
  expect(text).toContain('host: "127.0.0.1"');
  expect(text).toContain('ports_file_dir: "/tmp/a b"');
  expect(text).toContain('store_dir: "/tmp/\\"quoted\\""');
  expect(text).not.toContain("sync_interval");
});

test("syncs always when told to", () => {
  expect(toNatsConfig({ ...config, syncAlways: true })).toContain("sync_interval: always");
});
