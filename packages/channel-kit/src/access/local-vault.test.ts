import { expect, it } from "vitest";
import { createLocalVault } from "./local-vault.ts";

const token = (value: string) => ({ secrets: { token: value }, expiresAt: undefined });

it("renews once for all callers with the same version, and returns the result to the others", async () => {
  const vault = createLocalVault(token("old"));
  const stale = await vault.read();
  let asked = 0;
  const ask = async () => {
    asked += 1;
    return token(`new ${asked}`);
  };
  const renewed = await Promise.all(
    Array.from({ length: 20 }, () => vault.renew({ staleVersion: stale?.version, ask })),
  );
  expect(asked).toBe(1);
  expect(new Set(renewed.map(({ secrets }) => secrets["token"]))).toEqual(new Set(["new 1"]));
  expect(await vault.read()).toEqual(renewed[0]);
});

it("keeps its credentials when a renewal fails, and lets the next caller try", async () => {
  const vault = createLocalVault();
  const refused = vault.renew({ staleVersion: undefined, ask: () => Promise.reject(new Error("away")) });
  await expect(refused).rejects.toThrow("away");
  expect(await vault.read()).toBeUndefined();
  const got = await vault.renew({ staleVersion: undefined, ask: () => Promise.resolve(token("first")) });
  expect(got.secrets).toEqual({ token: "first" });
});
