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

test("names the server and its routes in a cluster", () => {
  expect(toNatsConfig(config)).not.toContain("cluster");
  const cluster = { serverName: "nats-2", routePort: 7002, routePorts: [7001, 7002] };
  const text = toNatsConfig({ ...config, cluster });
  expect(text).toContain("server_name: nats-2");
  expect(text).toContain('cluster {\n  name: mio\n  host: "127.0.0.1"\n  port: 7002\n');
  expect(text).toContain('routes: ["nats://127.0.0.1:7001","nats://127.0.0.1:7002"]');
});

test("answers for monitoring on loopback if configured", () => {
  expect(toNatsConfig(config)).not.toContain("http");
  expect(toNatsConfig({ ...config, monitorPort: -1 })).toContain('http: "127.0.0.1:-1"');
});

test("syncs every write if configured", () => {
  expect(toNatsConfig({ ...config, syncAlways: true })).toContain("sync_interval: always");
});
