import { describe, expect, it } from "vitest";
import { MioError, toMioError } from "./mio-error.ts";

class StoreError extends MioError {
  override readonly name = "StoreError";
}

describe("MioError", () => {
  it("defaults to no retry and no details", () => {
    const error = new MioError("config.invalid", "Set MIO_PORT.");
    expect(error).toMatchObject({
      name: "MioError",
      code: "config.invalid",
      message: "Set MIO_PORT.",
      retry: "never",
      details: {},
    });
    expect(Object.hasOwn(error, "cause")).toBe(false);
  });

  it("carries retry, details and cause", () => {
    const cause = new Error("socket hang up");
    const error = new MioError("bus.unavailable", "NATS does not answer.", {
      retry: { afterMs: 250 },
      details: { servers: 3 },
      cause,
    });
    expect(error).toMatchObject({ retry: { afterMs: 250 }, details: { servers: 3 }, cause });
  });

  it("keeps a falsy cause", () => {
    expect(new MioError("internal.unexpected", "x", { cause: null }).cause).toBeNull();
  });

  it("is an Error with a stack, and so is a subclass with its own name", () => {
    const error = new StoreError("store.unavailable", "x");
    expect(error).toBeInstanceOf(MioError);
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).toBe("StoreError: x");
    expect(error.stack).toContain("mio-error.test");
  });
});

describe("toMioError", () => {
  it("returns a MioError unchanged, subclasses too", () => {
    const error = new StoreError("store.unavailable", "x");
    expect(toMioError(error)).toBe(error);
  });

  it.each([new TypeError("secret text"), "secret text", undefined, null, 7, { message: "secret text" }])(
    "wraps %s without repeating its text",
    (thrown) => {
      const error = toMioError(thrown);
      expect(error).toMatchObject({ code: "internal.unexpected", retry: "soon" });
      expect(error.message).not.toContain("secret text");
      expect(error.cause).toBe(thrown);
    },
  );
});
