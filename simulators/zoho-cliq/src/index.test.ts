import { expect, it } from "vitest";
import * as simulator from "./index.ts";

it("exports exactly the public names", () => {
  expect(Object.keys(simulator).sort()).toEqual([
    "cliqLauncher",
    "faultNames",
    "signWebhook",
    "startCliqSimulator",
  ]);
});
