import { expect, it } from "vitest";
import { askTogether } from "./ask-together.ts";

/** Statements that the test answers. */
function asked() {
  const statements: { readonly questions: readonly number[]; readonly end: PromiseWithResolvers<void> }[] =
    [];
  const ask = async (questions: readonly number[]): Promise<readonly string[]> => {
    const end = Promise.withResolvers<void>();
    statements.push({ questions, end });
    await end.promise;
    return questions.map((question) => `answer ${question}`);
  };
  return {
    statements,
    ask: askTogether(ask),
    sizes: () => statements.map(({ questions }) => questions.length),
  };
}

it("asks a lone question at once, and many together while statements are under way", async () => {
  const { statements, ask, sizes } = asked();
  const answers = Array.from({ length: 600 }, (_, question) => ask(question));
  expect(sizes()).toEqual([1, 1, 1, 1]);
  statements[0]?.end.resolve();
  expect(await answers[0]).toBe("answer 0");
  expect(sizes()).toEqual([1, 1, 1, 1, 256]);
  for (let at = 1; at < 7; at += 1) {
    statements[at]?.end.resolve();
    await answers[at];
    await new Promise(setImmediate);
  }
  expect(await Promise.all(answers)).toEqual(answers.map((_, question) => `answer ${question}`));
  expect(sizes()).toEqual([1, 1, 1, 1, 256, 256, 84]);
});

it("asks each question alone after a statement for several failed", async () => {
  const sizes: number[] = [];
  const ask = askTogether(async (questions: readonly string[]) => {
    sizes.push(questions.length);
    await new Promise(setImmediate);
    if (questions.includes("bad")) throw new Error("refused");
    return questions;
  });
  const all = ["1", "2", "3", "4", "5", "bad", "6"].map((question) => ask(question));
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.map((outcome) => (outcome.status === "fulfilled" ? outcome.value : "failed"))).toEqual([
    ...["1", "2", "3", "4", "5"],
    "failed",
    "6",
  ]);
  expect(sizes).toEqual([1, 1, 1, 1, 3, 1, 1, 1]);
});

it("fails a lone question whose statement fails, and asks the next", async () => {
  const { statements, ask } = asked();
  const lone = ask(1);
  statements[0]?.end.reject(new Error("away"));
  await expect(lone).rejects.toThrow("away");
  const next = ask(2);
  statements[1]?.end.resolve();
  expect(await next).toBe("answer 2");
});
