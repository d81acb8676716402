/** How a message was answered. */
export type Answer =
  | { readonly kind: "ack" }
  | { readonly kind: "retry"; readonly afterMs: number }
  | { readonly kind: "reject"; readonly code: string; readonly reason: string };

/** The one answer of one delivery: the first counts, later ones change nothing. */
export interface Settlement {
  settle(answer: Answer): Promise<void>;
  readonly isSettled: boolean;
}

export function createSettlement(give: (answer: Answer) => Promise<void>): Settlement {
  let given: Promise<void> | undefined;
  return {
    settle(answer) {
      given ??= give(answer);
      return given;
    },
    get isSettled() {
      return given !== undefined;
    },
  };
}
