import { CalendarEventError } from "./calendar-event-error.ts";

/** Reads a text from left to right, up to `end`. Positions count in the whole text, for messages. */
export class Scanner {
  position: number;
  readonly #text: string;

  constructor(text: string, { start, end }: { start: number; end: number }) {
    this.#text = text.slice(0, end);
    this.position = start;
  }

  get atEnd(): boolean {
    return this.position >= this.#text.length;
  }

  /** Whether the text goes on like this. The expression must be sticky. */
  sees(ahead: RegExp): boolean {
    return this.#match(ahead) !== "";
  }

  skip(literal: string): boolean {
    if (!this.#text.startsWith(literal, this.position)) return false;
    this.position += literal.length;
    return true;
  }

  skipBlanks(): void {
    this.#take(/[ \t]*/y);
  }

  /** The digits here; empty when there are none. */
  digits(): string {
    return this.#take(/[0-9]*/y);
  }

  /** The letters here; empty when there are none. */
  letters(): string {
    return this.#take(/[A-Za-z]*/y);
  }

  /** The text from here, at most `length` characters of it. */
  rest(length: number): string {
    return this.#text.slice(this.position, this.position + length);
  }

  /** What to say when `what` should stand here and does not. */
  missing(what: string, valid: string): CalendarEventError {
    return this.error(`${what} missing`, valid);
  }

  /** `<problem> at position <here>: <valid>` */
  error(problem: string, valid: string, position = this.position): CalendarEventError {
    return new CalendarEventError(`${problem} at position ${position}: ${valid}`, position);
  }

  #take(pattern: RegExp): string {
    const found = this.#match(pattern);
    this.position += found.length;
    return found;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    return pattern.exec(this.#text)?.[0] ?? "";
  }
}
