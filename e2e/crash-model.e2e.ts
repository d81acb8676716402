import { consumers } from "@mio/bus";
import { eventually } from "@mio/testkit";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  chooseSeed,
  comeBack,
  courses,
  type Env,
  faultsOf,
  newModel,
  noFaults,
  outboxSize,
  readStream,
  restartAll,
  type Step,
  say,
  startFleet,
  toAccount,
  type World,
} from "./src/index.ts";

async function openWorld(env: Env = {}): Promise<World & AsyncDisposable> {
  await using opening = new AsyncDisposableStack();
  const gateway = { MIO_PUBLISH_WAIT: "150ms", ...env };
  const cliq = { channels: ["room-0", "room-1", "room-2"] };
  const fleet = opening.use(await startFleet({ env: { gateway }, ownPostgres: true, cliq }));
  const vault = await fleet.start("media-vault");
  const opened = opening.move();
  let places = 0;
  const next = (): number => {
    places += 1;
    return places;
  };
  return { fleet, vault, next, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Runs a sequence of steps, restores the fleet, and returns the broken promises on each stream. */
async function faultsAfter(world: World, course: Iterable<Step>, patienceMs?: number) {
  const model = newModel();
  const setUp = () => ({ model, real: world });
  // Ensures at least one promise, however early the gateway is killed.
  await fc.asyncModelRun(setUp, [say("room-0", 2)]);
  await fc.asyncModelRun(setUp, course);
  await restartAll(model, world);
  const seen = async (stream: "MESSAGES_INBOUND" | "MESSAGES_INBOUND_ENRICHED") => {
    const texts = (await readStream(world.fleet.nats.url, stream)).map(({ text }) => text);
    return toAccount({
      attempted: model.attempted.keys(),
      promised: model.promised,
      seen: texts.filter((text) => model.attempted.has(text)),
    });
  };
  const isThrough = async (): Promise<boolean> =>
    (await outboxSize(world.fleet)) === 0 && (await seen("MESSAGES_INBOUND_ENRICHED")).lost.length === 0;
  const ackWaitMs = model.died.has("media-vault") ? consumers.mediaVault.ackWaitMs : 0;
  const timeoutMs = patienceMs ?? 30_000 + ackWaitMs;
  await eventually(isThrough, { timeoutMs, everyMs: 100 }).catch(() => undefined);
  const faults = await Promise.all(
    (["MESSAGES_INBOUND", "MESSAGES_INBOUND_ENRICHED"] as const).map(async (stream) =>
      faultsOf(await seen(stream)),
    ),
  );
  // A rejected event that the platform retries arrives after later ones.
  return { promised: model.promised.size, faults: faults.map((one) => ({ ...one, overtaken: [] })) };
}

test("every event answered 200 arrives once, whichever part is killed on its way", async () => {
  await using world = await openWorld();
  const seed = chooseSeed("crash model", process.env["MIO_E2E_SEED"]);
  const promised: number[] = [];
  const law = fc.asyncProperty(courses, async (course) => {
    const outcome = await faultsAfter(world, course);
    promised.push(outcome.promised);
    expect(outcome.faults).toEqual([noFaults, noFaults]);
  });
  await fc.assert(law, {
    seed,
    numRuns: Number(process.env["MIO_E2E_RUNS"] ?? 10),
    endOnFailure: true,
    interruptAfterTimeLimit: 200_000,
    markInterruptAsFailure: false,
  });
  expect(promised.length).toBeGreaterThan(2);
  expect(promised.reduce((sum, one) => sum + one, 0)).toBeGreaterThan(promised.length);
});

test("canary: without the relay events are lost, and the check fails", async () => {
  await using world = await openWorld({ MIO_RELAY_ENABLED: "false" });
  const course = [say("room-0", 3, { part: "nats", afterMs: 0 }), say("room-1", 3), comeBack("nats")];
  const { faults } = await faultsAfter(world, course, 2_000);
  expect(faults[0]?.lost.length).toBeGreaterThan(0);
});
