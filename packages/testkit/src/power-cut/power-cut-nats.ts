import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { NatsServer } from "@mio/embedded";
import { privateNats } from "../servers.ts";
import { losingDisk } from "./losing-disk.ts";

/** A nats-server whose disk can lose its power. */
export interface PowerCutNats extends AsyncDisposable {
  readonly server: NatsServer;
  /** Makes everything written so far survive the next cut. */
  flush(): Promise<void>;
  /** Kills the server, drops every write that it has not synced, and starts it again. */
  cutPower(): Promise<void>;
}

export type PowerCutNatsOutcome =
  | { readonly kind: "started"; readonly nats: PowerCutNats }
  | { readonly kind: "refused"; readonly why: string };

/** Starts one. `losingDisk` says what a cut drops, and what it does not. */
export async function powerCutNats(options: { readonly syncAlways: boolean }): Promise<PowerCutNatsOutcome> {
  await using opening = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), "mio-power-cut-"));
  opening.defer(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));
  const store = join(dir, "store");
  await mkdir(store);
  const outcome = await losingDisk(store);
  if (outcome.kind === "refused") return outcome;
  const disk = opening.use(outcome.disk);
  const server = opening.use(await privateNats({ dir, ...options }));
  const opened = opening.move();
  const nats: PowerCutNats = {
    server,
    flush: () => disk.flush(),
    cutPower: async () => {
      await server.kill();
      await disk.cut();
      await server.restart();
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
  return { kind: "started", nats };
}
