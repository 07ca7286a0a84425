import type { Field, WireContext } from "./field.ts";
import { integerFilter } from "./filters-of-values.ts";
import type { Row } from "./resource-store.ts";

/** A value made from the whole row; neither written, filtered nor sorted by. */
export function computed(toWire: (row: Row, context: WireContext) => unknown): Field {
  return { toWire: (_, context) => toWire(context.row, context), filter: null, sortable: false };
}

/** A key that is always there, with nothing behind it that could be written. */
export function constant(value: unknown): Field {
  return computed(() => value);
}

/** The object's id. */
export function id(): Field {
  return {
    toWire: (value) => value,
    metadata: { type: "integer" },
    filter: integerFilter,
    sortable: true,
  };
}

/** The object's own address in the API. */
export function url(path: string): Field {
  return computed((row, { links }) => links.api(`${path}/${row.id}/`));
}

/** The address of the object's page. */
export function displayUrl(path: string): Field {
  return computed((row, { links }) => links.page(`${path}/${row.id}/`));
}

/** The operator's custom field values. */
export function customFields(): Field {
  return {
    source: "customFieldData",
    toWire: (value) => value ?? {},
    filter: null,
    sortable: false,
    toLog: (value) => value ?? {},
  };
}
