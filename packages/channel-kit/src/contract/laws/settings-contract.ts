import { MioError } from "@mio/failure";
import { isKnownChannelType } from "@mio/proto";
import { expect, it } from "vitest";
import { z } from "zod";
import type { ChannelUnderTest } from "../under-test/channel-under-test.ts";

const looksSecret = /(SECRET|TOKEN|PASSWORD|_KEY)$/;

export function settingsContract({ channel, settings, outbound }: ChannelUnderTest): void {
  it("has a known type that is safe as a subject token", () => {
    expect(channel.channelType).toMatch(/^[A-Za-z0-9_-]+$/);
    expect(isKnownChannelType(channel.channelType)).toBe(true);
  });

  it("names its settings as environment variables, describes them and marks the secret ones", () => {
    for (const [name, field] of Object.entries(channel.settings.shape)) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/);
      const meta = metaOf(field);
      expect(meta?.["description"], `${name} has a description`).toBeTruthy();
      if (looksSecret.test(name)) expect(meta?.["secret"], `${name} is marked secret`).toBe(true);
    }
  });

  it("reads its settings the same way twice, because a service reads them before the channel does", () => {
    const once = channel.settings.parse(settings);
    expect(channel.settings.parse(once)).toEqual(once);
  });

  it("opens without any credentials, and says what is missing", () => {
    const open = channel.open({});
    if (open.outbound === undefined) expect(open.notes?.length ?? 0).toBeGreaterThan(0);
  });

  it("opens every part with the settings of the test", () => {
    expect(channel.open(settings).outbound !== undefined).toBe(outbound !== undefined);
  });

  it("refuses settings of a wrong shape as config.invalid", () => {
    expect(() => channel.open("nonsense")).toThrow(MioError);
  });
}

/** NOTE: a wrapper such as `.default()` has no metadata itself, so the suite reads the declared field. */
function metaOf(field: unknown): Readonly<Record<string, unknown>> | undefined {
  return field instanceof z.ZodType ? z.globalRegistry.get(field) : undefined;
}
