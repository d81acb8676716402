import { expect, it } from "vitest";
import * as simulators from "./index.ts";

it("exports what others build on, and nothing by accident", () => {
  expect(Object.keys(simulators).sort()).toEqual([
    "disconnectReasons",
    "faultNames",
    "signSlackRequest",
    "signWebhook",
    "slackFaultNames",
    "startCliqSimulator",
    "startSlackSimulator",
  ]);
});
