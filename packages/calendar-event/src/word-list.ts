/** `a`, `a and b`, `a, b and c`. */
export function wordList(words: readonly string[], conjunction: "and" | "or" = "and"): string {
  if (words.length <= 1) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${conjunction} ${words.at(-1) ?? ""}`;
}

/** The same for ascending numbers, with three or more neighbours written as `a to c`. */
export function numberList(numbers: readonly number[], name: (value: number) => string): string {
  return wordList(runsOf(numbers).flatMap((run) => nameRun(run, name)));
}

/** Splits ascending numbers where one is missing. */
export function runsOf(numbers: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const value of numbers) {
    const run = runs.at(-1);
    if (run?.at(-1) === value - 1) run.push(value);
    else runs.push([value]);
  }
  return runs;
}

/** The parts of a list that name a run of neighbours. */
export function nameRun(run: readonly number[], name: (value: number) => string): string[] {
  const [first, ...others] = run;
  const last = others.at(-1);
  if (first === undefined || last === undefined || others.length === 1) return run.map(name);
  return [`${name(first)} to ${name(last)}`];
}
