/** An answer that is not the wanted one: status, body and headers as they go over the wire. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    super(`HTTP ${status}: ${JSON.stringify(body)}`);
    this.name = "ApiError";
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** Messages per field, or per query parameter. */
export type FieldErrors = Record<string, unknown>;

/** An error with a `detail` text. */
export function refuse(status: number, detail: string): ApiError {
  return new ApiError(status, { detail });
}

/** 403 for who may not do this, whoever it is (contract section 2.3). */
export function permissionDenied(): ApiError {
  return refuse(403, "You do not have permission to perform this action.");
}

/** 404 for a path or an id that is not even one. */
export function notFound(): ApiError {
  return refuse(404, "Not found.");
}

/** 404 for an id that no object of this model has; `model` is the class name of NetBox. */
export function noSuchObject(model: string): ApiError {
  return refuse(404, `No ${model} matches the given query.`);
}

/** 400 with messages per field. */
export function invalidInput(errors: FieldErrors): ApiError {
  return new ApiError(400, errors);
}
