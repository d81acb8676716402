import { canary } from "./canary.ts";
import type { Check } from "./check.ts";
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
import { regexes } from "./sources/regexes.ts";
import { returnAwait } from "./sources/return-await.ts";

/** Every step of `mio check`; the slow ones come first, so that they overlap with the rest. */
export const checks: readonly Check[] = [
  types,
  regexes,
  style,
  drift,
  deadCode,
  boundaries,
  canary,
  layers,
  coreNamesNoChannel,
  channelShape,
  returnAwait,
  references,
  versions,
  contract,
];
