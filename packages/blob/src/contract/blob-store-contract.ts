import { describe } from "vitest";
import type { BlobStore } from "../blob-store.ts";
import { abortCases } from "./abort-cases.ts";
import { keyCases } from "./key-cases.ts";
import { objectCases } from "./object-cases.ts";
import { raceCases } from "./race-cases.ts";
import { streamCases } from "./stream-cases.ts";
import { uriCases } from "./uri-cases.ts";

export interface BlobDriver {
  readonly name: string;
  /** Opens an empty store of its own for one test; disposing the store cleans up. */
  open(): Promise<BlobStore>;
}

/** The suite every driver passes; call it at the top level of a test file. */
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
