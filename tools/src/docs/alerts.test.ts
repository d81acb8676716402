import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { listSources } from "../checks/list-sources.ts";
import { repositoryRoot } from "../generators/repository.ts";

const read = (path: string): string => readFileSync(join(repositoryRoot, path), "utf8");

const rule = z.object({
  alert: z.string().regex(/^Mio[A-Za-z]+$/),
  expr: z.string(),
  labels: z.object({ severity: z.enum(["critical", "warning"]) }),
  annotations: z.object({ summary: z.string().endsWith("."), runbook: z.string() }),
});
const { groups } = z
  .object({ groups: z.array(z.object({ rules: z.array(rule) })) })
  .parse(parse(read("deploy/alerts/mio.rules.yaml")));
const rules = groups.flatMap(({ rules: all }) => all);
const sources = listSources(repositoryRoot, ["{packages,services}/*/src/**/*.ts"])
  .filter((path) => !path.endsWith(".test.ts"))
  .map(read)
  .join("\n");

describe("the alerts", () => {
  it("cover a stream that stores nothing, skipped messages, and the outbox", () => {
    const metrics = [
      "mio_bus_stream_stores",
      "mio_consumer_skipped_messages_total",
      "mio_outbox_oldest_seconds",
    ];
    for (const metric of metrics) expect(rules.filter(({ expr }) => expr.includes(metric))).not.toEqual([]);
  });

  it.each(rules)(
    "$alert watches metrics that exist, and names a page that exists",
    ({ expr, annotations }) => {
      const metrics = expr.match(/mio_[a-z_]+/g) ?? [];
      expect(metrics).not.toEqual([]);
      for (const metric of metrics) expect(sources).toContain(`"${metric}"`);
      expect(read(annotations.runbook)).toMatch(/^# /);
    },
  );
});
