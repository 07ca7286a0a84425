import { QueryFailedError } from "typeorm";
import { z } from "zod";

/** A value is taken; `constraint` is the name of the unique constraint or index. */
export class UniqueViolationError extends Error {
  readonly code = "unique-violation";
  readonly constraint: string;

  constructor(constraint: string, options: ErrorOptions) {
    super(`A value is taken (${constraint})`, options);
    this.name = "UniqueViolationError";
    this.constraint = constraint;
  }
}

/** Several rows were to be written, and some of them have values that are taken. */
export class BatchRefusedError extends Error {
  readonly code = "batch-refused";
  readonly violations: readonly { readonly index: number; readonly constraint: string }[];

  constructor(violations: readonly { readonly index: number; readonly constraint: string }[]) {
    super(`${violations.length} rows have values that are taken`);
    this.name = "BatchRefusedError";
    this.violations = violations;
  }
}

const uniqueViolation = z.object({ code: z.literal("23505"), constraint: z.string() });

/** Throws UniqueViolationError where the work violates a unique constraint. */
export async function translatingViolations<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const driverError: unknown = error instanceof QueryFailedError ? error.driverError : null;
    const parsed = uniqueViolation.safeParse(driverError);
    if (parsed.success) throw new UniqueViolationError(parsed.data.constraint, { cause: error });
    throw error;
  }
}
