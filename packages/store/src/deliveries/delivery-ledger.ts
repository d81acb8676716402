import type { Db } from "../connection/store.ts";
import { createGroupCommit, type GroupEntry } from "../group-commit/group-commit.ts";
import { createTurns } from "../group-commit/turns.ts";
import { writeBatch } from "../group-commit/write-batch.ts";
import { claimAttempts } from "./claim-attempts.ts";
import type { ClaimedDelivery, DeliveryAttempt, DeliveryClaim, DeliveryEnd } from "./delivery.ts";
import { type AttemptEnd, endAttempts } from "./end-attempts.ts";
import { readUnclaimed } from "./read-unclaimed.ts";

/** Records the attempts of commands. Calls that arrive while a statement runs share the next one and its commit. */
export interface DeliveryLedger {
  /**
   * Records the intent before the platform is called; resolves after the commit. Claims a command that is new, waiting
   * or scheduled, and an ended one once per {@link recordRedrive}. For any other command it returns the current state.
   *
   * @throws MioError `store.overloaded` at capacity, and the errors of {@link Db}
   */
  claim(claim: DeliveryClaim): Promise<ClaimedDelivery>;
  /**
   * Records the end of an attempt; resolves after the commit. Returns false if a later attempt owns the command by now.
   *
   * @throws MioError `store.overloaded` at capacity, and the errors of {@link Db}
   */
  end(attempt: DeliveryAttempt, end: DeliveryEnd): Promise<boolean>;
}

/**
 * At most two connections are in use for claims and two for ends. The second one never waits for company: a statement
 * that gets no answer must not hold up the next command.
 */
const limits = { maxBatch: 256, maxInFlight: 2, minBeside: 1, maxQueued: 8_192, inOrder: false } as const;

/** Creates the ledger on a pool. */
export function createDeliveryLedger(db: Db): DeliveryLedger {
  const claims = createBatches((rows: readonly DeliveryClaim[]) => claimAttempts(db, rows));
  const ends = createBatches((rows: readonly AttemptEnd[]) => endAttempts(db, rows));
  return {
    async claim(claim) {
      for (;;) {
        const claimed = (await claims([nameOf(claim)], claim)) ?? (await readUnclaimed(db, claim));
        if (claimed !== undefined) return claimed;
      }
    },
    end(attempt, end) {
      const post = end.edited && `post\n${attempt.accountId}\n${end.edited.firstExternalId}`;
      return ends([nameOf(attempt), ...(post === undefined ? [] : [post])], { attempt, end });
    },
  };
}

interface Entry<Row> extends GroupEntry {
  readonly row: Row;
}

/** Writes rows in batches. Rows with a common name are written one after the other, and the first name is the key. */
function createBatches<Row, Result>(
  write: (rows: readonly Row[]) => Promise<readonly Result[]>,
): (names: readonly [string, ...string[]], row: Row) => Promise<Result> {
  const inTurn = createTurns();
  const group = createGroupCommit<Entry<Row>, Result>({
    ...limits,
    write: (batch) =>
      writeBatch(
        batch.map(({ row }) => row),
        { write, toError: (cause) => cause },
      ),
  });
  return (names, row) => inTurn(names, async () => (await group.submit({ key: names[0], row })).result);
}

function nameOf({ accountId, commandId }: Pick<DeliveryAttempt, "accountId" | "commandId">): string {
  return `${accountId}\n${commandId}`;
}
