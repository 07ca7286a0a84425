const help = "Comes from Proxmox: the next sync overwrites what is written here.";

/** What OPTIONS says of fields that come from Proxmox: a value written here stays until the next sync (rule R6). */
export function writtenBySync<Name extends string>(names: readonly Name[]): Partial<Record<Name, string>> {
  const texts: Partial<Record<Name, string>> = {};
  for (const name of names) texts[name] = help;
  return texts;
}
