import { createLogger } from "@mio/service-kit";
import { describe, expect, it } from "vitest";
import { type KeptServer, keepServer } from "./keep-server.ts";

interface Life {
  readonly server: KeptServer;
  restarts: number;
  restarting: Promise<void> | undefined;
  end(how?: string): void;
  /** Restarts the server from outside. */
  restartByHand(): void;
}

function aServer(options: { readonly remembers?: boolean; readonly starts?: boolean } = {}): Life {
  const { remembers = true, starts = true } = options;
  let run = Promise.withResolvers<string>();
  const life: Life = {
    restarts: 0,
    restarting: undefined,
    end: (how = "SIGKILL") => run.resolve(how),
    restartByHand: () => {
      const ended = run;
      run = Promise.withResolvers<string>();
      life.restarting = Promise.resolve();
      ended.resolve("SIGTERM");
    },
    server: {
      name: "nats-server",
      pid: 17,
      logFile: "/tmp/nats-server.log",
      remembers,
      get restarting() {
        return life.restarting;
      },
      evidence: () => Promise.resolve("Its log: /tmp/nats-server.log"),
      get ended() {
        return run.promise;
      },
      async restart() {
        if (!starts) throw new Error("port taken");
        life.restarts += 1;
        run = Promise.withResolvers<string>();
      },
    },
  };
  return life;
}

function keep(life: Life, hasSpace: () => Promise<boolean> = async () => true) {
  const stop = new AbortController();
  const now = { ms: 0 };
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ service: "test", level: "warn", pretty: false, destination });
  const clock = {
    now: () => new Date(now.ms),
    sleep: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
  const disk = { dir: "/data", hasSpace };
  return { stop, now, lines, kept: keepServer(life.server, { clock, logger, disk, signal: stop.signal }) };
}

describe("a server that ends by itself", () => {
  it("is restarted, with a log line for the exit and the restart", async () => {
    const life = aServer();
    const { stop, kept, lines } = keep(life);
    life.end();
    await expect.poll(() => life.restarts).toBe(1);
    await expect.poll(() => lines.length).toBe(2);
    expect(lines[0]).toMatch(/server\.ended.*nats-server ended by itself \(SIGKILL\)/);
    expect(lines[1]).toMatch(/server\.started_again.*nats-server was started again/);
    stop.abort();
    expect(await kept).toBeUndefined();
  });

  it("is not restarted if its state is lost", async () => {
    const life = aServer({ remembers: false });
    const { kept } = keep(life);
    life.end();
    expect(await kept).toMatchObject({
      code: "embedded.server_ended",
      message: expect.stringMatching(/^nats-server ended \(SIGKILL\).*memory is gone.*nats-server\.log/),
    });
    expect(life.restarts).toBe(0);
  });

  it("is given up if it does not start", async () => {
    const life = aServer({ starts: false });
    const { kept } = keep(life);
    life.end("exit code 1");
    expect(await kept).toMatchObject({ message: expect.stringContaining("does not start again") });
  });

  it("is given up after repeated exits within a minute, not over a longer time", async () => {
    const life = aServer();
    const { kept, now } = keep(life);
    for (let count = 1; count <= 12; count += 1) {
      now.ms += 20_000;
      life.end();
      await expect.poll(() => life.restarts).toBe(count);
    }
    for (let count = 13; count <= 14; count += 1) {
      life.end();
      await expect.poll(() => life.restarts).toBe(count);
    }
    life.end();
    expect(await kept).toMatchObject({ message: expect.stringContaining("5 times") });
  });

  it("is not started while the disk is full, which is logged once", async () => {
    const life = aServer();
    let looks = 0;
    const { kept, stop, lines } = keep(life, async () => {
      looks += 1;
      return looks > 5;
    });
    life.end("exit code 1");
    await expect.poll(() => life.restarts).toBe(1);
    await expect.poll(() => lines.length).toBe(3);
    expect(lines.filter((line) => line.includes("The disk of /data is full"))).toHaveLength(1);
    stop.abort();
    expect(await kept).toBeUndefined();
  });

  it("is left to a requested restart, without a reported exit", async () => {
    const life = aServer();
    const { kept, stop, lines } = keep(life);
    life.restartByHand();
    await expect.poll(() => lines.length).toBe(1);
    expect(lines[0]).toMatch(/server\.started_again/);
    expect(life.restarts).toBe(0);
    stop.abort();
    expect(await kept).toBeUndefined();
  });
});
