import { describe } from "vitest";
import { abortCases } from "./abort-cases.ts";
import type { BlobDriver } from "./blob-driver.ts";
import { keyCases } from "./key-cases.ts";
import { objectCases } from "./object-cases.ts";
import { raceCases } from "./race-cases.ts";
import { streamCases } from "./stream-cases.ts";
import { uriCases } from "./uri-cases.ts";

/** The suite that every driver must pass; call it at the top level of a test file. */
export function blobStoreContract(driver: BlobDriver): void {
  describe(`blob store: ${driver.name}`, () => {
    objectCases(driver);
    keyCases(driver);
    raceCases(driver);
    abortCases(driver);
    uriCases(driver);
    streamCases(driver);
  });
}
