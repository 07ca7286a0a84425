import type { UnusableCondition } from "@proxbox/netbox-api";
import type { Logger } from "@proxbox/service";

/** Warns of conditions of permissions that cannot be asked: once of each, because every request meets them again. */
export function warnOnce(log: Pick<Logger, "warn">): (unusable: UnusableCondition) => void {
  const told = new Set<string>();
  return (unusable) => {
    const key = JSON.stringify(unusable);
    // Such conditions come from whoever writes permissions, who sets no limit to their number.
    if (told.has(key) || told.size >= 1_000) return;
    told.add(key);
    log.warn("a permission has a condition that cannot be asked, and lets nothing through", { ...unusable });
  };
}
