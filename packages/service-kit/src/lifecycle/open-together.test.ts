import { expect, it } from "vitest";
import { openTogether } from "./open-together.ts";

function aResource(name: string, disposed: string[]): AsyncDisposable & { readonly name: string } {
  return { name, [Symbol.asyncDispose]: async () => void disposed.push(name) };
}

it("opens both before either is awaited, and disposes both", async () => {
  const disposed: string[] = [];
  const slow = Promise.withResolvers<void>();
  {
    await using opening = new AsyncDisposableStack();
    const one = slow.promise.then(() => aResource("one", disposed));
    const other = Promise.resolve(aResource("other", disposed)).then((resource) => {
      slow.resolve();
      return resource;
    });
    const [first, second] = await openTogether(opening, one, other);
    expect([first.name, second.name]).toEqual(["one", "other"]);
    expect(disposed).toEqual([]);
  }
  expect(disposed).toEqual(["other", "one"]);
});

it.each([
  ["one", 0],
  ["other", 1],
] as const)("disposes the other if %s fails, although it opens later", async (name, index) => {
  const disposed: string[] = [];
  const late = Promise.withResolvers<AsyncDisposable>();
  const failing = Promise.reject(new Error(`${name} fails`));
  const opened = async (): Promise<void> => {
    await using opening = new AsyncDisposableStack();
    const both = [failing, late.promise] as const;
    await openTogether(opening, index === 0 ? both[0] : both[1], index === 0 ? both[1] : both[0]);
  };
  const outcome = opened();
  late.resolve(aResource("late", disposed));
  await expect(outcome).rejects.toThrow(`${name} fails`);
  expect(disposed).toEqual(["late"]);
});
