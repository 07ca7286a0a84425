import type { Restriction } from "@proxbox/domain";
import type { Caller } from "./caller.ts";
import { compileConstraint, type UnusableCondition } from "./compile-constraint.ts";
import type { Resource } from "./resource.ts";
import type { ResourceStore } from "./resource-store.ts";

/** What a method does to an object (contract A-7). */
export function actionOf(method: string): string {
  return actions[method] ?? "view";
}

const actions: Readonly<Record<string, string>> = {
  POST: "add",
  PUT: "change",
  PATCH: "change",
  DELETE: "delete",
};

/** Whether the caller may do something to any object of a type at all. */
export function may(caller: Caller, { objectType }: Pick<Resource, "objectType">, action: string): boolean {
  if (action !== "view" && !caller.writeEnabled) return false;
  return caller.isSuperuser || permissionsFor(caller, objectType, action).length > 0;
}

export interface Target {
  readonly resource: Resource;
  readonly store: Pick<ResourceStore, "answers">;
  readonly action: string;
}

/**
 * The objects to which a caller may do something; null: all of them. A constraint that cannot be asked lets no object
 * through, and is told to `onUnusable`.
 */
export function restrictionOf(
  caller: Caller,
  { resource, store, action }: Target,
  onUnusable: (condition: UnusableCondition) => void,
): Restriction | null {
  if (caller.isSuperuser) return null;
  const permissions = permissionsFor(caller, resource.objectType, action);
  if (permissions.some(({ constraints }) => constraints === null)) return null;
  return permissions.flatMap(({ name, constraints }) =>
    (constraints ?? []).flatMap((constraint) => {
      const compiled = compileConstraint(constraint, { resource, store, userId: caller.user.id });
      if ("terms" in compiled) return [compiled.terms];
      onUnusable({ permission: name, objectType: resource.objectType, condition: compiled.unusable });
      return [];
    }),
  );
}

function permissionsFor({ permissions }: Caller, objectType: string, action: string) {
  return permissions.filter(
    ({ objectTypes, actions }) => objectTypes.includes(objectType) && actions.includes(action),
  );
}
