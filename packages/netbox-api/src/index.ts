export { addResource, type ResourceRoutes } from "./add-resource.ts";
export {
  ApiError,
  type FieldErrors,
  invalidInput,
  noSuchObject,
  notFound,
  permissionDenied,
  refuse,
} from "./api-error.ts";
export type { Authenticate, Caller, Credentials, Permission } from "./caller.ts";
export { choice, type ChoiceOptions, type Choices } from "./choice-field.ts";
export type { UnusableCondition } from "./compile-constraint.ts";
export { computed, constant, customFields } from "./computed-fields.ts";
export { findRows, type ResourceOfType } from "./custom-fields-field.ts";
export { type CheckedValue, checkCustomFieldValue, compilePattern } from "./custom-field-values.ts";
export { type Api, type ApiOptions, createApiApp, type Route, type RouteMethod } from "./create-route.ts";
export type { Exchange, Handler, Reply } from "./exchange.ts";
export type { Field, WireContext, WriteOptions, WriteRule } from "./field.ts";
export type { Filter, FilterInput, FilterResult, Lookup } from "./filter.ts";
export {
  choiceFilter,
  multipleChoiceFilter,
  multipleReferenceFilter,
  referenceFilter,
} from "./filters-of-relations.ts";
export { caselessTextFilter, exactTextFilter, singleTextFilter, textFilter } from "./filters-of-text.ts";
export {
  booleanFilter,
  decimalFilter,
  instantFilter,
  integerFilter,
  periodFilter,
  rangeFilter,
  uuidFilter,
} from "./filters-of-values.ts";
export { instantToWire } from "./instants.ts";
export { list, referenceList } from "./list-fields.ts";
export type { Links } from "./links.ts";
export { parseWrite } from "./parse-write.ts";
export { actionOf, may } from "./permissions.ts";
export { requireObject } from "./read-body.ts";
export { nestedToWire, type NestedForm, reference, type ReferenceOptions } from "./reference-field.ts";
export type { RequestQuery } from "./request-query.ts";
export {
  changeLogFilters,
  defineResource,
  type Resource,
  type ResourceDeclaration,
  settle,
  toWire,
} from "./resource.ts";
export type { Change, ResourceStore, Row, StoreLookup, Values, WritableStore } from "./resource-store.ts";
export { changeOf } from "./write-parts.ts";
export type { ResourceLookup } from "./viewable-stores.ts";
export { tags } from "./tags-field.ts";
export { secret, text, type TextOptions } from "./text-fields.ts";
export { type CurrentResource, type FindCustomFields, withCustomFields } from "./with-custom-fields.ts";
export {
  boolean,
  decimal,
  type DecimalOptions,
  float,
  instant,
  integer,
  json,
  type NumberOptions,
} from "./value-fields.ts";
