/** NetBox's limit for the name of a virtual machine. */
const longestName = 64;

export interface NamedGuest {
  readonly vmid: number;
  readonly sourceName: string;
  /** The name that its row has now, if there is one. */
  readonly storedName: string | null;
}

/**
 * Gives every guest a name that is unique in its cluster, ignoring case, as NetBox demands and Proxmox does not: the
 * guest that has a name keeps it, else the lowest vmid gets it, every other one is `name (vmid)`.
 * `taken` are names of rows that these guests cannot have. The same guests with the names given here get them again.
 */
export function assignGuestNames(
  guests: readonly NamedGuest[],
  taken: Iterable<string>,
): Map<number, string> {
  const used = new Set(Array.from(taken, (name) => name.toLowerCase()));
  const names = new Map<number, string>();
  const byVmid = guests.toSorted((a, b) => a.vmid - b.vmid);
  const isHolder = ({ sourceName, storedName }: NamedGuest) => storedName === shorten(sourceName, "");
  for (const guest of [...byVmid.filter(isHolder), ...byVmid.filter((one) => !isHolder(one))]) {
    const name = firstFree(guest, used);
    used.add(name.toLowerCase());
    names.set(guest.vmid, name);
  }
  return names;
}

function firstFree({ sourceName, vmid }: NamedGuest, used: ReadonlySet<string>): string {
  let name = shorten(sourceName, "");
  for (let attempt = 1; used.has(name.toLowerCase()); attempt += 1) {
    name = shorten(sourceName, attempt === 1 ? ` (${vmid})` : ` (${vmid}.${attempt})`);
  }
  return name;
}

/** Cut by characters, not by UTF-16 units, as PostgreSQL counts. */
function shorten(name: string, suffix: string): string {
  return (
    Array.from(name)
      .slice(0, longestName - suffix.length)
      .join("") + suffix
  );
}
