import { expect, it } from "vitest";
import * as simulator from "./index.ts";

it("exports what others build on, and nothing by accident", () => {
  expect(Object.keys(simulator).sort()).toEqual(["faultNames", "signWebhook", "startCliqSimulator"]);
});
