type Resource = AsyncDisposable | undefined;

/**
 * Opens two resources at the same time, so that a start does not wait for one after the other. `opening` disposes what has
 * opened, also if the other fails: the second first.
 *
 * @throws the error of the first that failed, in the order of the arguments
 */
export async function openTogether<One extends Resource, Other extends Resource>(
  opening: AsyncDisposableStack,
  one: Promise<One>,
  other: Promise<Other>,
): Promise<readonly [One, Other]> {
  const [first, second] = await Promise.allSettled([one, other]);
  if (first.status === "fulfilled") opening.use(first.value);
  if (second.status === "fulfilled") opening.use(second.value);
  if (first.status === "rejected") throw first.reason;
  if (second.status === "rejected") throw second.reason;
  return [first.value, second.value];
}
