import { createHash } from "node:crypto";

/** The releases that a world can be built for; each stands for one exact version. */
export type Flavour = "6.4" | "7.4" | "8.1" | "8.4" | "9.2";

/** The exact version behind each flavour. 8.1 is the last release that refuses partial views (contract section 7). */
export const FLAVOUR_VERSIONS: Readonly<Record<Flavour, string>> = {
  "6.4": "6.4-15",
  "7.4": "7.4-20",
  "8.1": "8.1.3",
  "8.4": "8.4.14",
  "9.2": "9.2.6",
};

/** Everything that one version does differently from another (contract section 10). */
export interface Behaviour {
  version: string;
  release: string;
  repoid: string;
  major: number;
  /** Hidden jobs make the whole list a 403, or are left out. */
  hiddenJobsInCluster: "refuse" | "leave out";
  hiddenJobsOnNode: "refuse" | "leave out";
  textInBody: boolean;
  oneTextFor401: boolean;
  qemuVmidIsString: boolean;
  lxcVmidIsString: boolean;
  memoryIsString: boolean;
  hasTags: boolean;
  hasNetworkEntries: boolean;
  redirectsPlainHttp: boolean;
  /** Since 7.2: keywords, dates and seconds in schedules, third retry after 15 minutes. */
  newSchedules: boolean;
  percentInCommentsIsSafe: boolean;
}

/** Compares versions such as `7.4-20` and `8.1.4` part by part, as numbers; negative when a is older. */
function compareVersions(a: string, b: string): number {
  const left = a.split(/[.-]/).map(Number);
  const right = b.split(/[.-]/).map(Number);
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

const known = new Map<string, Behaviour>();

/** What a node of this version does; the same object for the same version. */
export function behaviourOf(version: string): Behaviour {
  const found = known.get(version);
  if (found) return found;
  const behaviour = describe(version);
  known.set(version, behaviour);
  return behaviour;
}

function describe(version: string): Behaviour {
  const since = (boundary: string) => compareVersions(version, boundary) >= 0;
  return {
    version,
    release: version.split(/[.-]/).slice(0, 2).join("."),
    repoid: createHash("sha1")
      .update(version)
      .digest("hex")
      .slice(0, since("8") ? 16 : 8),
    major: Number.parseInt(version, 10),
    hiddenJobsInCluster: since("8.1.4") ? "leave out" : "refuse",
    hiddenJobsOnNode: since("9.0") ? "leave out" : "refuse",
    textInBody: since("8.4"),
    oneTextFor401: since("9") ? since("9.1.5") : since("8.4.17"),
    qemuVmidIsString: !since("7"),
    lxcVmidIsString: !since("8.2"),
    memoryIsString: since("8.1"),
    hasTags: since("7.3"),
    hasNetworkEntries: since("9.0.12"),
    redirectsPlainHttp: since("7.4"),
    newSchedules: since("7.2"),
    percentInCommentsIsSafe: since("8.2"),
  };
}
