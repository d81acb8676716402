import type { ClaimedDelivery, DeliveryAttempt, DeliveryEnd, KnownDelivery, Redrive } from "@mio/store";
import type { DeliveryRecords } from "../../src/job/records.ts";

interface Row {
  readonly accountId: string;
  readonly commandId: string;
  readonly conversationId: string;
  state: KnownDelivery["state"];
  attempt: number;
  owner: string;
  operation: string;
  externalIds: readonly string[];
  code: string;
  reason: string;
  startedAt: number;
  beatAt: number;
  dueAt: number | undefined;
  redrive: string;
  interim: string;
  readonly createdAt: number;
  waitsFor: string;
}

/** The records of the table `deliveries`, in memory. */
export interface MemoryRecords extends DeliveryRecords {
  /** Records a redrive of an operator. */
  recordRedrive(redrive: Pick<Redrive, "accountId" | "commandId" | "token">): void;
  look(accountId: string, commandId: string): KnownDelivery | undefined;
  /** Records a deletion, as the gateway does. */
  deleteMessage(message: GoneMessage): void;
}

interface GoneMessage {
  readonly accountId: string;
  readonly externalId: string;
}

type Name = Pick<Row, "accountId" | "commandId">;
type Place = Name & Pick<Row, "conversationId">;

export function createMemoryRecords(now: () => number): MemoryRecords {
  const table = createTable(now);
  const redrives = createRedrives();
  const { recordRedrive } = redrives;
  const gone = createGoneMessages(table);
  return {
    ...attempts(table, { now, redrives, gone }),
    ...aside(table),
    ...queries(table),
    ...gone,
    recordRedrive,
  };
}

interface Table {
  readonly rows: () => readonly Row[];
  get(name: Name): Row | undefined;
  insert(place: Place, fields: Partial<Row>): Row;
}

function createTable(now: () => number): Table {
  const rows = new Map<string, Row>();
  const keyOf = ({ accountId, commandId }: Name): string => `${accountId}/${commandId}`;
  return {
    rows: () => [...rows.values()],
    get: (name) => rows.get(keyOf(name)),
    insert(place, fields) {
      const { accountId, commandId, conversationId } = place;
      const row: Row = {
        ...{ accountId, commandId, conversationId, state: "sending", attempt: 1, owner: "", operation: "" },
        ...{ externalIds: [], code: "", reason: "", startedAt: now(), beatAt: now(), dueAt: undefined },
        ...{ redrive: "", interim: "", createdAt: now(), waitsFor: "" },
        ...fields,
      };
      rows.set(keyOf(place), row);
      return row;
    },
  };
}

type Attempts = Pick<DeliveryRecords, "claim" | "takeOver" | "end" | "beat">;

interface Redrives extends Pick<MemoryRecords, "recordRedrive"> {
  /** The token, when it is on record and was not used; else nothing. */
  find(name: Name, token: string | undefined): string;
  use(name: Name, token: string): void;
}

/** As packages/store/src/deliveries/delivery-redrives.ts. */
function createRedrives(): Redrives {
  const open = new Set<string>();
  const keyOf = ({ accountId, commandId }: Name, token: string): string =>
    `${accountId}/${commandId}/${token}`;
  return {
    recordRedrive: ({ token, ...name }) => void open.add(keyOf(name, token)),
    find: (name, token = "") => (open.has(keyOf(name, token)) ? token : ""),
    use: (name, token) => void open.delete(keyOf(name, token)),
  };
}

type GoneMessages = Pick<MemoryRecords, "deleteMessage" | "isAnsweredDeleted">;

/** As packages/store/src/deliveries/answered-message.ts, but for Mio's own ids of messages, which nothing here has. */
function createGoneMessages(table: Table): GoneMessages {
  const gone = new Set<string>();
  const keyOf = ({ accountId, externalId }: GoneMessage): string => `${accountId}/${externalId}`;
  const grows = (accountId: string, externalId: string): boolean =>
    table
      .rows()
      .some((row) => row.accountId === accountId && row.externalIds[0] === externalId && row.interim !== "");
  return {
    deleteMessage: (message) => void gone.add(keyOf(message)),
    isAnsweredDeleted: async (accountId, answers) => {
      const { externalIds = [], growingExternalId: growing } = answers ?? {};
      const isGone = externalIds.some((externalId) => gone.has(keyOf({ accountId, externalId })));
      return isGone && (growing === undefined || grows(accountId, growing));
    },
  };
}

interface Around {
  readonly now: () => number;
  readonly redrives: Redrives;
  readonly gone: GoneMessages;
}

/** As packages/store/src/deliveries/delivery-ledger.ts, take-over.ts and delivery-leases.ts. */
function attempts(table: Table, { now, redrives, gone }: Around): Attempts {
  const ours = (attempt: DeliveryAttempt): Row | undefined => {
    const row = table.get(attempt);
    const isOurs = row?.attempt === attempt.attempt && row.owner === attempt.owner && row.state === "sending";
    return isOurs ? row : undefined;
  };
  const claimed = ({ attempt, externalIds }: Row): ClaimedDelivery => ({
    kind: "claimed",
    attempt,
    externalIds,
  });
  return {
    async claim(claim) {
      const { owner, operation } = claim;
      const redrive = redrives.find(claim, claim.redrive);
      const row = table.get(claim);
      if (row !== undefined && !isOpenTo(row, redrive)) return toClaimed(row, now());
      if (await gone.isAnsweredDeleted(claim.accountId, claim.answers)) return { kind: "target_deleted" };
      redrives.use(claim, redrive);
      if (row === undefined) return claimed(table.insert(claim, { owner, operation, redrive }));
      Object.assign(row, { state: "sending", attempt: row.attempt + 1, owner, operation });
      Object.assign(row, { startedAt: now(), beatAt: now(), redrive: redrive || row.redrive });
      return claimed(row);
    },
    async takeOver(interrupted, externalIds) {
      const row = table.get(interrupted);
      if (row === undefined || row.attempt !== interrupted.attempt || row.state !== "sending")
        return undefined;
      Object.assign(row, { attempt: row.attempt + 1, owner: interrupted.owner, externalIds });
      Object.assign(row, { startedAt: now(), beatAt: now() });
      return row.attempt;
    },
    async end(attempt, end) {
      const row = ours(attempt);
      if (row === undefined) return false;
      Object.assign(row, { state: end.state, externalIds: end.externalIds, ...toFields(row, end) });
      changeEdited(table, row, end);
      return true;
    },
    async beat(all) {
      const held = all.filter((attempt) => ours(attempt) !== undefined);
      for (const attempt of held) Object.assign(ours(attempt) ?? {}, { beatAt: now() });
      return new Set(held.map(({ owner }) => owner));
    },
  };
}

function toFields(row: Row, end: DeliveryEnd): Pick<Row, "code" | "reason" | "interim"> {
  const {
    code = "",
    reason = "",
    interim = "",
  } = { code: undefined, reason: undefined, interim: undefined, ...end };
  // What may have been done once stays so.
  const staysUnknown = end.state === "waiting" && row.code === "delivery.unknown";
  return { code: staysUnknown ? row.code : code, reason, interim: end.edited === undefined ? interim : "" };
}

function isOpenTo({ state, redrive: last }: Row, redrive: string): boolean {
  if (state === "waiting" || state === "scheduled") return true;
  return redrive !== "" && last !== redrive && (state === "dead" || state === "unknown");
}

/** What an edited post is made of now, and whether it is finished. */
function changeEdited(table: Table, row: Row, end: DeliveryEnd): void {
  if (end.edited === undefined) return;
  const { firstExternalId, externalIds } = end.edited;
  const isPost = (other: Row): boolean =>
    other !== row &&
    other.accountId === row.accountId &&
    ["sent", "unknown", "dead"].includes(other.state) &&
    other.externalIds[0] === firstExternalId;
  for (const other of table.rows().filter(isPost)) {
    other.externalIds = externalIds;
    if (end.state !== "sent") continue;
    other.interim = end.interim ?? "";
    for (const edit of table.rows().filter(({ waitsFor }) => waitsFor === other.commandId)) {
      if (edit.accountId !== row.accountId || edit.state !== "scheduled" || edit.createdAt >= row.createdAt)
        continue;
      Object.assign(edit, { state: "suppressed", code: "delivery.suppressed", reason: "superseded" });
    }
  }
}

/** As packages/store/src/deliveries/delivery-schedule.ts. */
function aside(table: Table): Pick<DeliveryRecords, "schedule" | "suppress"> {
  return {
    async schedule(command, { dueAt, waitsFor = "" }) {
      const row = table.get(command);
      if (row !== undefined && row.state !== "scheduled") return false;
      if (row === undefined)
        table.insert(command, { state: "scheduled", attempt: 0, dueAt: dueAt.getTime(), waitsFor });
      else row.dueAt = dueAt.getTime();
      return true;
    },
    async suppress(command, { inFavorOf, ...why }) {
      if (inFavorOf?.every((commandId) => cannotSupersede(table, command, commandId)) ?? false) return false;
      const row = table.get(command) ?? table.insert(command, { state: "waiting", attempt: 0 });
      const mayBeDone = row.code === "delivery.unknown";
      if ((row.state !== "scheduled" && row.state !== "waiting") || mayBeDone) return false;
      Object.assign(row, { state: "suppressed", ...why });
      return true;
    },
  };
}

/** Whether a command was known before the one whose place it would take, or has ended. */
function cannotSupersede(table: Table, command: Name, commandId: string): boolean {
  const successor = table.get({ ...command, commandId });
  if (successor === undefined) return false;
  const isEnded = ["sent", "unknown", "dead", "suppressed"].includes(successor.state);
  return isEnded || successor.createdAt < (table.get(command)?.createdAt ?? Number.POSITIVE_INFINITY);
}

/** As packages/store/src/deliveries/posted-ids.ts and delivery-schedule.ts. */
function queries(table: Table): Pick<MemoryRecords, "look" | "find" | "claimedExternalIds" | "readInterim"> {
  const look: MemoryRecords["look"] = (accountId, commandId) => {
    const row = table.get({ accountId, commandId });
    if (row === undefined) return undefined;
    const { conversationId, state, externalIds } = row;
    return { conversationId, state, externalIds, dueAt: toDate(row.dueAt) };
  };
  return {
    look,
    find: async ({ accountId, commandId }) => look(accountId, commandId),
    async claimedExternalIds({ accountId, conversationId, exceptCommandId }) {
      const others = table
        .rows()
        .filter((row) => row.accountId === accountId && row.conversationId === conversationId)
        .filter(({ commandId }) => commandId !== exceptCommandId);
      return new Set(others.flatMap(({ externalIds }) => externalIds));
    },
    async readInterim({ accountId, externalId }) {
      const post = table
        .rows()
        .find(
          (row) =>
            row.accountId === accountId && row.externalIds[0] === externalId && row.operation !== "edit",
        );
      return post?.interim ?? "";
    },
  };
}

function toClaimed(row: Row, now: number): ClaimedDelivery {
  const { attempt, externalIds, owner, operation, code, reason } = row;
  switch (row.state) {
    case "scheduled":
    case "sending":
    case "waiting": {
      const times = { startedAt: new Date(row.startedAt), silentMs: now - row.beatAt };
      return { kind: "interrupted", attempt, ...times, owner, operation, externalIds };
    }
    case "sent":
      return { kind: "sent", attempt, externalIds };
    case "unknown":
    case "dead":
    case "suppressed":
      return { kind: "ended", state: row.state, attempt, externalIds, code, reason };
  }
}

function toDate(ms: number | undefined): Date | undefined {
  return ms === undefined ? undefined : new Date(ms);
}
