import { expect, it } from "vitest";
import { examineNode } from "./node.ts";

it("accepts the Node that Mio runs on and refuses older ones", () => {
  expect(examineNode("v26.10.0").state).toBe("ok");
  expect(examineNode("v24.0.0").state).toBe("ok");
  expect(examineNode("v22.19.0")).toMatchObject({ state: "failed", next: expect.stringContaining("./mio") });
});
