import { createCanary } from "./canary.ts";
import type { Check } from "./check.ts";
import { commits } from "./commits.ts";
import { channelShape } from "./packages/channel-shape.ts";
import { coreNamesNoChannel } from "./packages/core-names-no-channel.ts";
import { layers } from "./packages/layers.ts";
import { references } from "./packages/references.ts";
import { versions } from "./packages/versions.ts";
import { boundaries } from "./programs/boundaries.ts";
import { contract } from "./programs/contract.ts";
import { deadCode } from "./programs/dead-code.ts";
import { drift } from "./programs/drift.ts";
import { style } from "./programs/style.ts";
import { types } from "./programs/types.ts";
import { prose } from "./prose/prose.ts";
import { cycles } from "./sources/cycles.ts";
import { folders } from "./sources/folders.ts";
import { regexes } from "./sources/regexes.ts";
import { returnAwait } from "./sources/return-await.ts";
import { testOnly } from "./sources/test-only.ts";

/** Steps that a canary proves by planting what they must refuse. */
const proven = [prose, folders, cycles, testOnly, commits];

/** Every step of `mio check`; the slow ones come first, so that they overlap with the rest. */
export const checks: readonly Check[] = [
  types,
  regexes,
  style,
  drift,
  deadCode,
  boundaries,
  createCanary(proven),
  ...proven,
  layers,
  coreNamesNoChannel,
  channelShape,
  returnAwait,
  references,
  versions,
  contract,
];
