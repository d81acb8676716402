import { boundaries } from "./boundaries.ts";
import { canary } from "./canary.ts";
import { channelShape } from "./channel-shape.ts";
import type { Check } from "./check.ts";
import { contract } from "./contract.ts";
import { coreNamesNoChannel } from "./core-names-no-channel.ts";
import { deadCode } from "./dead-code.ts";
import { drift } from "./drift.ts";
import { layers } from "./layers.ts";
import { references } from "./references.ts";
import { regexes } from "./regexes.ts";
import { returnAwait } from "./return-await.ts";
import { style } from "./style.ts";
import { types } from "./types.ts";
import { versions } from "./versions.ts";

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
