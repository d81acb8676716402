import { Session } from "node:inspector/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Records which functions of this process V8 calls. */
export interface CallRecorder extends AsyncDisposable {
  /** The functions called during the work and after it, until no new one is called for a while. */
  during(work: () => Promise<void>): Promise<ReadonlySet<string>>;
}

const lookEveryMs = 200;

/** A function is `<url of the script>#<start of the function>`. */
export async function recordCalls(options: { readonly quietMs: number }): Promise<CallRecorder> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  const take = async (): Promise<readonly string[]> => {
    const { result } = await session.post("Profiler.takePreciseCoverage");
    return result.flatMap(({ url, functions }) =>
      functions.flatMap(({ ranges: [range] }) =>
        range !== undefined && range.count > 0 ? [`${url}#${range.startOffset}`] : [],
      ),
    );
  };
  return {
    during: async (work) => {
      await take();
      const called = new Set<string>();
      await work();
      for (let quietMs = 0; quietMs < options.quietMs; quietMs += lookEveryMs) {
        const before = called.size;
        for (const name of await take()) called.add(name);
        if (called.size > before) quietMs = 0;
        await sleep(lookEveryMs);
      }
      return called;
    },
    [Symbol.asyncDispose]: async () => {
      await session.post("Profiler.stopPreciseCoverage");
      session.disconnect();
    },
  };
}
