import { describe, expect, it } from "vitest";
import { generateIdentityFile, openKeyRing } from "./key-ring.ts";

const now = new Date("2030-01-01T00:00:00Z");
const [first, second, third] = await Promise.all([1, 2, 3].map(() => generateIdentityFile(now)));
/** Replaces one character of the secret part. */
const damaged = first?.replace(
  /(AGE-SECRET-KEY-1.{8})(.)/,
  (_, before, at) => before + (at === "Q" ? "P" : "Q"),
);
const file = (...identities: (string | undefined)[]): string => identities.join("\n");

describe("a key ring", () => {
  it.each([undefined, 1, 2, 5])("numbers a single identity as configured (%s)", async (version) => {
    const ring = await openKeyRing(file(first), version);
    expect(ring.currentVersion).toBe(version ?? 1);
    const sealed = await ring.seal("hunter2");
    expect(Buffer.from(sealed).includes("hunter2")).toBe(false);
    expect(Buffer.from(sealed).toString("latin1")).toMatch(/^age-encryption\.org\/v1\n-> X25519 /);
    expect(await ring.open(sealed)).toBe("hunter2");
  });

  it("seals with the last identity and opens with all", async () => {
    const old = await openKeyRing(file(first));
    const ring = await openKeyRing(file(first, second));
    expect(ring.currentVersion).toBe(2);
    const [before, after] = [await old.seal("old"), await ring.seal("new")];
    expect(await ring.open(before)).toBe("old");
    expect(await old.open(after)).toBeUndefined();
    expect([await ring.isCurrent(before), await ring.isCurrent(after)]).toEqual([false, true]);
  });

  it("seals with an older identity if configured, so that a new one can reach every process first", async () => {
    const [old, waiting] = [await openKeyRing(file(first)), await openKeyRing(file(first, second), 1)];
    expect(await old.open(await waiting.seal("x"))).toBe("x");
    expect(await waiting.open(await (await openKeyRing(file(first, second))).seal("y"))).toBe("y");
  });

  it("does not open ciphertext of another key, or modified ciphertext", async () => {
    const ring = await openKeyRing(file(first, second));
    const stranger = await openKeyRing(file(third));
    expect(await ring.open(await stranger.seal("x"))).toBeUndefined();
    const sealed = await ring.seal("x");
    sealed[sealed.length - 1] = (sealed.at(-1) ?? 0) ^ 1;
    expect(await ring.open(sealed)).toBeUndefined();
    expect(await ring.open(Buffer.from("no age file"))).toBeUndefined();
  });
});

describe("a file of identities", () => {
  it.each([
    ["", undefined, /contains no age identity/],
    ["# only a comment\n", undefined, /contains no age identity/],
    [`${first}\nAGE-SECRET-KEY-PQ-1ABC`, undefined, /Line 5 /],
    [`hunter2`, undefined, /Line 1 /],
    [damaged, undefined, /damaged/],
    [`${second}\n${damaged}`, undefined, /damaged/],
    // An identity that only opens old ciphertext.
    [`${damaged}\n${second}`, undefined, /damaged/],
    [file(first, second), 3, /MIO_AGE_KEY_VERSION is 3, and there are 2 identities/],
  ])("that is invalid is rejected without a quotation (%#)", async (text, version, message) => {
    const error: unknown = await openKeyRing(text ?? "", version).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "config.invalid", message: expect.stringMatching(message) });
    expect(JSON.stringify([error, String(error)])).not.toMatch(/hunter2|SECRET-KEY-1[A-Z0-9]/);
  });

  it("has the format of age-keygen", () => {
    expect(first).toMatch(
      /^# created: 2030-01-01T00:00:00\.000Z\n# public key: age1[a-z0-9]{58}\nAGE-SECRET-KEY-1[A-Z0-9]{58}\n$/,
    );
  });
});
