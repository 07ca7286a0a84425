import fc from "fast-check";

/** A generated schedule, with what it means by the rules of its generator; null is a field left open. */
export interface GeneratedSchedule {
  readonly text: string;
  readonly utc: boolean;
  readonly year: ReadonlySet<number> | null;
  readonly month: ReadonlySet<number> | null;
  readonly day: ReadonlySet<number> | null;
  /** 1 is Monday. */
  readonly weekday: ReadonlySet<number> | null;
  readonly hour: ReadonlySet<number> | null;
  readonly minute: ReadonlySet<number> | null;
  readonly second: ReadonlySet<number> | null;
}

interface GeneratedField {
  readonly text: string;
  readonly values: ReadonlySet<number> | null;
}

const midnight = new Set([0]);

function steps(first: number, last: number, step: number): number[] {
  if (step === 0) return [first];
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, index) => first + index * step);
}

function item(min: number, max: number): fc.Arbitrary<{ text: string; values: number[] }> {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 0, max: Math.min(max, 12) });
  const bounds = fc.tuple(value, value).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const digits = (number: number) => fc.constantFrom(String(number), String(number).padStart(2, "0"));
  return fc.oneof(
    value.chain((v) => digits(v).map((text) => ({ text, values: [v] }))),
    fc.tuple(value, step).map(([v, n]) => ({ text: `${v}/${n}`, values: steps(v, max, n) })),
    bounds.map(([a, b]) => ({ text: `${a}..${b}`, values: steps(a, b, 1) })),
    fc.tuple(bounds, step).map(([[a, b], n]) => ({ text: `${a}..${b}/${n}`, values: steps(a, b, n) })),
  );
}

function field(min: number, max: number): fc.Arbitrary<GeneratedField> {
  const everyNth = fc.integer({ min: 1, max: Math.min(max, 30) });
  return fc.oneof(
    fc.constant({ text: "*", values: null }),
    everyNth.map((n) => ({ text: `*/${n}`, values: new Set(steps(min, max, n)) })),
    fc.array(item(min, max), { minLength: 1, maxLength: 3 }).map((items) => ({
      text: items.map(({ text }) => text).join(","),
      values: new Set(items.flatMap(({ values }) => values)),
    })),
  );
}

const dayNames = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const;

const dayName = fc
  .tuple(fc.integer({ min: 1, max: 7 }), fc.constantFrom("short", "long", "capital", "shouted"))
  .map(([day, style]) => {
    const name = dayNames[day - 1] ?? "";
    const short = name.slice(0, 3);
    if (style === "long") return { day, text: name };
    if (style === "capital") return { day, text: short.charAt(0).toUpperCase() + short.slice(1) };
    return { day, text: style === "shouted" ? short.toUpperCase() : short };
  });

const dayItem = fc.oneof(
  dayName.map(({ day, text }) => ({ text, days: [day] })),
  fc.tuple(dayName, dayName).map(([first, last]) => ({
    text: `${first.text}..${last.text}`,
    days: steps(first.day, last.day < first.day ? last.day + 7 : last.day, 1).map(
      (day) => ((day - 1) % 7) + 1,
    ),
  })),
);

const weekdays: fc.Arbitrary<GeneratedField> = fc
  .array(dayItem, { minLength: 1, maxLength: 3 })
  .map((items) => ({
    text: items.map(({ text }) => text).join(","),
    values: new Set(items.flatMap(({ days }) => days)),
  }));

const years = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.constant({ text: "*", values: null }) },
  { weight: 1, arbitrary: field(2020, 2060).filter(({ text }) => !text.includes("/")) },
);

const date = fc.tuple(years, field(1, 12), field(1, 31)).map(([year, month, day]) => ({
  text: `${year === null ? "" : `${year.text}-`}${month.text}-${day.text}`,
  year: year?.values ?? null,
  month: month.values,
  day: day.values,
}));

const time = fc
  .tuple(fc.option(field(0, 23)), field(0, 59), fc.option(field(0, 59)))
  .map(([hour, minute, second]) => {
    if (hour === null) return { text: minute.text, hour: null, minute: minute.values, second: midnight };
    const text = `${hour.text}:${minute.text}`;
    if (second === null) return { text, hour: hour.values, minute: minute.values, second: midnight };
    return {
      text: `${text}:${second.text}`,
      hour: hour.values,
      minute: minute.values,
      second: second.values,
    };
  });

const noDate = { text: "", year: null, month: null, day: null };
const noTime = { text: "", hour: midnight, minute: midnight, second: midnight };
const noWeekdays = { text: "", values: null };

const blank = fc.constantFrom(" ", "  ", "\t");
const suffix = fc.constantFrom("", "", "", "UTC", " UTC");

/** Schedules of the whole grammar but for keywords. */
export const schedules: fc.Arbitrary<GeneratedSchedule> = fc
  .tuple(
    fc.option(weekdays, { nil: noWeekdays }),
    fc.option(date, { nil: noDate }),
    fc.option(time, { nil: noTime }),
    blank,
    suffix,
  )
  .map(([days, { text: dateText, ...dateFields }, { text: timeText, ...timeFields }, between, end]) => ({
    text: [days.text, dateText, timeText].filter((text) => text !== "").join(between) + end,
    utc: end !== "",
    weekday: days.values,
    ...dateFields,
    ...timeFields,
  }))
  .filter(({ text }) => text.replace(/ ?UTC$/, "") !== "");

/** A zone, with some seconds at which its clock was or will be changed. */
const zones: readonly (readonly [string, readonly number[]])[] = [
  ["UTC", [1_700_000_000]],
  ["Asia/Kolkata", [1_700_000_000]],
  ["Europe/Vienna", [1_743_296_400, 1_761_440_400, 1_711_846_800, 1_729_990_800]],
  ["America/New_York", [1_741_503_600, 1_762_063_200]],
  // Half an hour.
  ["Australia/Lord_Howe", [1_743_865_200, 1_759_591_800]],
  // Midnight does not exist, or comes twice.
  ["Africa/Cairo", [1_745_532_000, 1_761_858_000]],
  ["America/Santiago", [1_757_217_600, 1_775_358_000]],
  // December 30th, 2011 did not exist.
  ["Pacific/Apia", [1_325_239_200]],
];

/** A zone and a second, often one near a change of the zone's clock. */
export const moments: fc.Arbitrary<{ zone: string; after: number }> = fc
  .constantFrom(...zones)
  .chain(([zone, changes]) =>
    fc.oneof(
      fc.integer({ min: 1_700_000_000, max: 2_500_000_000 }).map((after) => ({ zone, after })),
      fc
        .tuple(fc.constantFrom(...changes), fc.integer({ min: -200_000, max: 20_000 }))
        .map(([change, distance]) => ({ zone, after: change + distance })),
    ),
  );
