import { describe, expect, it } from "vitest";
import { hideSecrets } from "./hide-secrets.ts";

describe("hideSecrets", () => {
  it.each([
    ["postgres://me:hunter2@h:5432/db?sslmode=off", "postgres://[redacted]@h:5432/db?sslmode=off"],
    ["postgres://me:hunt@er/2@h/db", "postgres://[redacted]@h/db"],
    ["nats://a:4222,nats://me:hunter2@b:4222", "nats://a:4222,nats://[redacted]@b:4222"],
    ['connect to "nats://hunter2@h" failed', 'connect to "nats://[redacted]@h" failed'],
    [
      "POST https://z/token?refresh_token=hunter2&grant=x",
      "POST https://z/token?refresh_token=[redacted]&grant=x",
    ],
    ["host=h password=hunter2 user=me", "host=h password=[redacted] user=me"],
  ])("%s", (text, expected) => {
    expect(hideSecrets(text)).toBe(expected);
  });

  it.each(["mail me@example.org", "https://h/a?b=c", "12 tokens left", "nats://h:4222"])(
    "keeps: %s",
    (text) => {
      expect(hideSecrets(text)).toBe(text);
    },
  );
});
