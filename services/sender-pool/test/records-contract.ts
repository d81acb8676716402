import { newId } from "@mio/envelope";
import type { DeliveryEnd, Redrive } from "@mio/store";
import { expect, it } from "vitest";
import type { DeliveryRecords } from "../src/job/records.ts";

const accountId = newId();
const place = (commandId: string = newId()) => ({
  ...{ accountId, commandId, tenantId: newId(), channelType: "zoho_cliq", conversationId: newId() },
  ...{ owner: "a", operation: "send" },
});
const attemptOf = ({ commandId }: { readonly commandId: string }, attempt: number, owner = "a") => ({
  ...{ accountId, commandId, attempt, owner },
});
const waiting = (code = "delivery.transient") =>
  ({ state: "waiting", externalIds: [], code, reason: "r" }) as const;
const why = { code: "delivery.suppressed", reason: "superseded" };

type Records = () => DeliveryRecords;

/** What happens beside the commands. */
export interface RecordsWorld {
  readonly records: () => DeliveryRecords;
  recordRedrive(redrive: Pick<Redrive, "accountId" | "commandId" | "token">): Promise<void> | void;
  /** The gateway hears that a message of an account is gone. */
  deleteMessage(message: { readonly accountId: string; readonly externalId: string }): Promise<void> | void;
}

type RecordRedrive = RecordsWorld["recordRedrive"];

/** What the records in memory and those in Postgres must both do, so that the simulation simulates the real thing. */
export function recordsContract({ records, recordRedrive, deleteMessage }: RecordsWorld): void {
  attemptsContract(records);
  successorsContract(records);
  endingsContract(records);
  redrivesContract(records, recordRedrive);
  answersContract(records, deleteMessage);
}

function answersContract(records: Records, deleteMessage: RecordsWorld["deleteMessage"]): void {
  it("claims an answer only while the message that it answers is there", async () => {
    const [fresh, tried, unrelated, begun] = [place(), place(), place(), place()];
    const externalId = newId();
    const answers = { externalIds: [newId(), externalId] };
    await records().claim({ ...tried, answers });
    await records().end(attemptOf(tried, 1), waiting());
    await records().claim({ ...begun, answers });
    expect(await records().isAnsweredDeleted(accountId, answers)).toBe(false);
    await deleteMessage({ accountId, externalId });
    expect(await records().isAnsweredDeleted(accountId, answers)).toBe(true);
    expect(await records().isAnsweredDeleted(newId(), answers)).toBe(false);
    for (const command of [fresh, tried]) {
      expect(await records().claim({ ...command, answers })).toEqual({ kind: "target_deleted" });
    }
    expect(await records().claim({ ...begun, answers })).toMatchObject({ kind: "interrupted" });
    expect(await records().claim({ ...unrelated, answers: { externalIds: [newId()] } })).toMatchObject({
      kind: "claimed",
    });
    expect(await records().claim(tried)).toMatchObject({ kind: "claimed", attempt: 2 });
  });

  it("claims an edit of an answer to a deleted message once that answer is finished", async () => {
    const [post, early, last, late] = [place(), place(), place(), place()];
    const [externalId, first] = [newId(), newId()];
    const answers = { externalIds: [externalId], growingExternalId: first };
    await records().claim(post);
    const { commandId: interim } = post;
    await records().end(attemptOf(post, 1), { state: "sent", externalIds: [first], interim });
    await deleteMessage({ accountId, externalId });
    expect(await records().claim({ ...early, operation: "edit", answers })).toEqual({
      kind: "target_deleted",
    });
    await records().claim({ ...last, operation: "edit" });
    const edited = { firstExternalId: first, externalIds: [first] };
    await records().end(attemptOf(last, 1), { state: "sent", externalIds: [first], edited });
    expect(await records().claim({ ...late, operation: "edit", answers })).toMatchObject({ kind: "claimed" });
  });

  it("reports an answer that ended, also when its message is gone", async () => {
    const command = place();
    const externalId = newId();
    const answers = { externalIds: [externalId] };
    await records().claim({ ...command, answers });
    await records().end(attemptOf(command, 1), { state: "sent", externalIds: ["x"] });
    await deleteMessage({ accountId, externalId });
    expect(await records().claim({ ...command, answers })).toMatchObject({
      kind: "sent",
      externalIds: ["x"],
    });
  });
}

function attemptsContract(records: Records): void {
  it("claims a new command, and a waiting one under the next number", async () => {
    const command = place();
    expect(await records().claim(command)).toEqual({ kind: "claimed", attempt: 1, externalIds: [] });
    expect(await records().end(attemptOf(command, 1), waiting())).toBe(true);
    expect(await records().claim(command)).toEqual({ kind: "claimed", attempt: 2, externalIds: [] });
  });

  it("reports an attempt under way, and fences out its owner", async () => {
    const command = place();
    await records().claim(command);
    const other = await records().claim({ ...command, owner: "b" });
    expect(other).toMatchObject({ kind: "interrupted", attempt: 1, owner: "a", operation: "send" });
    expect(await records().takeOver(attemptOf(command, 1, "b"), ["x"])).toBe(2);
    expect(await records().takeOver(attemptOf(command, 1, "c"), [])).toBeUndefined();
    expect(await records().end(attemptOf(command, 1), waiting())).toBe(false);
    expect(await records().end(attemptOf(command, 2), waiting())).toBe(false);
    expect(await records().beat([attemptOf(command, 1), attemptOf(command, 2, "b")])).toEqual(new Set(["b"]));
    const sent = { state: "sent", externalIds: ["x"] } as const;
    expect(await records().end(attemptOf(command, 2, "b"), sent)).toBe(true);
    expect(await records().claim(command)).toEqual({ kind: "sent", attempt: 2, externalIds: ["x"] });
  });

  it("suppresses only commands that have done nothing", async () => {
    const [fresh, tried, unsure, sending] = [place(), place(), place(), place()];
    expect(await records().suppress(fresh, why)).toBe(true);
    expect(await records().claim(fresh)).toMatchObject({
      kind: "ended",
      state: "suppressed",
      reason: "superseded",
    });
    await records().claim(tried);
    await records().end(attemptOf(tried, 1), waiting());
    expect(await records().suppress(tried, why)).toBe(true);
    await records().claim(unsure);
    await records().end(attemptOf(unsure, 1), waiting("delivery.unknown"));
    await records().claim(unsure);
    await records().end(attemptOf(unsure, 2), waiting());
    expect(await records().suppress(unsure, why)).toBe(false);
    await records().claim(sending);
    expect(await records().suppress(sending, why)).toBe(false);
  });
}

function successorsContract(records: Records): void {
  const claimAndEnd = async (command: ReturnType<typeof place>, end: DeliveryEnd) => {
    await records().claim(command);
    await records().end(attemptOf(command, 1), end);
  };

  it("leaves a command out in favour of a new one, not of one that ended or was there before", async () => {
    const [ended, before, edit, fresh] = [place(), place(), place(), place()];
    await claimAndEnd(ended, { state: "sent", externalIds: [] });
    await records().schedule(before, { dueAt: new Date(1_900_000_000_000) });
    const inFavorOf = [ended.commandId, before.commandId];
    expect(await records().suppress(edit, { ...why, inFavorOf })).toBe(false);
    expect(await records().claim(edit)).toMatchObject({ kind: "claimed", attempt: 1 });
    await records().end(attemptOf(edit, 1), waiting());
    expect(await records().suppress(edit, { ...why, inFavorOf })).toBe(false);
    const withFresh = [...inFavorOf, fresh.commandId];
    expect(await records().suppress(edit, { ...why, inFavorOf: withFresh })).toBe(true);
  });

  it("leaves out edits that wait for a post once a later one is shown", async () => {
    const [post, early, shown, late, elsewhere] = [place(), place(), place(), place(), place()];
    const first = newId();
    const dueAt = new Date(1_900_000_000_000);
    const waitsFor = post.commandId;
    await records().schedule(early, { dueAt, waitsFor });
    await records().schedule(elsewhere, { dueAt, waitsFor: newId() });
    await claimAndEnd(post, { state: "sent", externalIds: [first] });
    await records().claim({ ...shown, operation: "edit" });
    await records().schedule(late, { dueAt, waitsFor });
    const edited = { firstExternalId: first, externalIds: [first] };
    await records().end(attemptOf(shown, 1), { state: "sent", externalIds: [first], edited });
    expect(await records().claim(early)).toMatchObject({ state: "suppressed", reason: "superseded" });
    expect(await records().claim(late)).toMatchObject({ kind: "claimed" });
    expect(await records().claim(elsewhere)).toMatchObject({ kind: "claimed" });
  });
}

function endingsContract(records: Records): void {
  it("schedules until it is claimed", async () => {
    const command = place();
    const dueAt = new Date(1_900_000_000_000);
    expect(await records().schedule(command, { dueAt })).toBe(true);
    expect(await records().schedule(command, { dueAt })).toBe(true);
    expect(await records().claim(command)).toMatchObject({ kind: "claimed", attempt: 1 });
    expect(await records().schedule(command, { dueAt })).toBe(false);
  });

  it("knows what a post shows and is made of", async () => {
    const [post, edit, last] = [place(), place(), place()];
    const first = newId();
    await records().claim(post);
    const { commandId: interim } = post;
    await records().end(attemptOf(post, 1), { state: "sent", externalIds: [first], interim });
    expect(await records().readInterim({ accountId, externalId: first })).toBe(interim);
    const end = async (command: typeof edit, shows: string) => {
      await records().claim({ ...command, operation: "edit" });
      const edited = { firstExternalId: first, externalIds: [first, "more"] };
      await records().end(attemptOf(command, 1), {
        state: "sent",
        externalIds: [first, "more"],
        edited,
        interim: shows,
      });
      return await records().readInterim({ accountId, externalId: first });
    };
    expect(await end(edit, edit.commandId)).toBe(edit.commandId);
    expect(await end(last, "")).toBe("");
    expect(await records().claim(post)).toMatchObject({ kind: "sent", externalIds: [first, "more"] });
    // The command of an edit stands for the post, also after a later edit.
    for (const { commandId } of [post, edit, last]) {
      expect(await records().find({ accountId, commandId })).toMatchObject({ externalIds: [first, "more"] });
    }
  });
}

function redrivesContract(records: Records, recordRedrive: RecordRedrive): void {
  it.each(["dead", "unknown"] as const)(
    "claims what is %s once for each redrive on record",
    async (state) => {
      const command = place();
      const dies = async (attempt: number) =>
        await records().end(attemptOf(command, attempt), { state, externalIds: [], code: "c", reason: "r" });
      const allow = async (token: string) => await recordRedrive({ ...command, token });
      await records().claim(command);
      await dies(1);
      expect(await records().claim(command)).toMatchObject({ kind: "ended", state });
      // A token that is not on record, or only for another command, is as good as none.
      expect(await records().claim({ ...command, redrive: "1" })).toMatchObject({ kind: "ended", state });
      await recordRedrive({ ...place(), token: "1" });
      expect(await records().claim({ ...command, redrive: "1" })).toMatchObject({ kind: "ended", state });
      await allow("1");
      expect(await records().claim(command)).toMatchObject({ kind: "ended", state });
      expect(await records().claim({ ...command, redrive: "1" })).toMatchObject({
        kind: "claimed",
        attempt: 2,
      });
      await dies(2);
      expect(await records().claim({ ...command, redrive: "1" })).toMatchObject({ kind: "ended" });
      await allow("2");
      expect(await records().claim({ ...command, redrive: "2" })).toMatchObject({
        kind: "claimed",
        attempt: 3,
      });
      await dies(3);
      // Neither the last token nor an earlier one works twice.
      for (const redrive of ["1", "2"])
        expect(await records().claim({ ...command, redrive })).toMatchObject({ kind: "ended" });
    },
  );

  it("uses a redrive up for a command that is on no record", async () => {
    const command = place();
    await recordRedrive({ ...command, token: "1" });
    const again = { ...command, redrive: "1" };
    expect(await records().claim(again)).toMatchObject({ kind: "claimed", attempt: 1 });
    await records().end(attemptOf(command, 1), { state: "dead", externalIds: [], code: "c", reason: "r" });
    expect(await records().claim(again)).toMatchObject({ kind: "ended" });
  });

  it.each(["sent", "suppressed"] as const)("claims what is %s for no redrive", async (state) => {
    const command = place();
    await records().claim(command);
    await records().end(attemptOf(command, 1), { state, externalIds: ["x"], code: "c", reason: "r" });
    await recordRedrive({ ...command, token: "1" });
    const kind = state === "sent" ? "sent" : "ended";
    expect(await records().claim({ ...command, redrive: "1" })).toMatchObject({ kind });
  });
}
