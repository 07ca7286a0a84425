import { describe, expect, test } from "@jest/globals";
import { createGuessBrake } from "../src/guess-brake.ts";

/** A brake whose clock stands, unless it is moved; answers the waiting time of each guess. */
function standing() {
  let time = 1_000_000;
  const waits: number[] = [];
  const brake = createGuessBrake({
    now: () => time,
    wait: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  const guess = async (address: string | undefined, count = 1): Promise<number> => {
    let latest = 0;
    for (let guesses = 0; guesses < count; guesses++) {
      waits.length = 0;
      await brake.failed(address);
      latest = waits[0] ?? 0;
    }
    return latest;
  };
  return { guess, pass: (ms: number) => void (time += ms) };
}

describe("the guess brake", () => {
  test("the first wrong guesses cost nothing, the others more and more, but not without end", async () => {
    const { guess, pass } = standing();
    expect(await guess("192.0.2.1", 20)).toBe(0);
    const waits: number[] = [];
    for (let guesses = 0; guesses < 7; guesses++) {
      waits.push(await guess("192.0.2.1"));
      pass(60_000);
    }
    expect(waits).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  test("guesses at the same time wait for each other, ten seconds at most", async () => {
    const { guess } = standing();
    await guess("192.0.2.1", 20);
    expect([await guess("192.0.2.1"), await guess("192.0.2.1"), await guess("192.0.2.1")]).toEqual([
      250, 750, 1750,
    ]);
    expect(await guess("192.0.2.1", 50)).toBe(10_000);
  });

  test("every source counts for itself", async () => {
    const { guess } = standing();
    await guess("192.0.2.1", 25);
    expect(await guess("192.0.2.2")).toBe(0);
    expect(await guess(undefined)).toBe(0);
    expect(await guess("::ffff:192.0.2.1")).toBeGreaterThan(0);
  });

  test("an IPv6 network of 64 bits is one source", async () => {
    const { guess } = standing();
    await guess("2001:db8::1", 20);
    expect(await guess("2001:DB8:0:0:ffff::2")).toBe(250);
    expect(await guess("2001:db8:0:1::1")).toBe(0);
    expect(await guess("::1")).toBe(0);
    expect(await guess("fe80::1%eth0")).toBe(0);
  });

  test("who guesses no more is forgotten", async () => {
    const { guess, pass } = standing();
    await guess("192.0.2.1", 30);
    pass(600_000);
    expect(await guess("192.0.2.1")).toBe(0);
  });

  test("of too many sources the quietest is forgotten", async () => {
    const { guess } = standing();
    await guess("192.0.2.1", 21);
    await guess("192.0.2.2", 20);
    for (let index = 0; index < 9_999; index++) await guess(`10.${index >> 8}.${index & 255}.1`);
    expect(await guess("192.0.2.2")).toBe(250);
    expect(await guess("192.0.2.1")).toBe(0);
  });
});
