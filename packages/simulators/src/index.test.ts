import { expect, it } from "vitest";
import * as simulators from "./index.ts";

it("exports what others build on, and nothing by accident", () => {
  expect(Object.keys(simulators).sort()).toEqual(["faultNames", "signWebhook", "startCliqSimulator"]);
});
