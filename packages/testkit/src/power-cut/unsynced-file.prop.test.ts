import fc from "fast-check";
import { expect, it } from "vitest";
import { createUnsyncedFile } from "./unsynced-file.ts";

type Step =
  | { readonly kind: "write"; readonly offset: number; readonly data: Uint8Array }
  | { readonly kind: "resize"; readonly size: number }
  | { readonly kind: "sync" }
  | { readonly kind: "cut" };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    offset: fc.nat(40),
    data: fc.uint8Array({ maxLength: 20 }),
  }),
  fc.record({ kind: fc.constant("resize" as const), size: fc.nat(60) }),
  fc.constant({ kind: "sync" as const }),
  fc.constant({ kind: "cut" as const }),
);

/** The same file as two whole copies. */
interface Model {
  now: readonly number[];
  synced: readonly number[];
}

function resized(bytes: readonly number[], size: number): readonly number[] {
  return Array.from({ length: size }, (_, at) => bytes[at] ?? 0);
}

function applyTo(model: Model, one: Step): void {
  const { now, synced } = model;
  switch (one.kind) {
    case "sync":
      model.synced = now;
      return;
    case "cut":
      model.now = synced;
      return;
    case "resize":
      model.now = resized(now, one.size);
      return;
    case "write": {
      const end = one.offset + one.data.length;
      const longEnough = resized(now, Math.max(now.length, end));
      model.now = [...longEnough.slice(0, one.offset), ...one.data, ...longEnough.slice(end)];
    }
  }
}

it("reads as written, and after a cut as at the last sync", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const file = createUnsyncedFile();
      const model: Model = { now: [], synced: [] };
      for (const one of steps) {
        applyTo(model, one);
        if (one.kind === "write") file.write(one.offset, one.data);
        else if (one.kind === "resize") file.resize(one.size);
        else file[one.kind]();
        expect([...file.read(0, 1_000)]).toEqual(model.now);
        expect(file.size).toBe(model.now.length);
      }
    }),
  );
});
