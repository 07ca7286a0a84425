import { Inventory1764000000000 } from "./1764000000000-inventory.ts";
import { TagsAndCustomFields1764200000000 } from "./1764200000000-tags-and-custom-fields.ts";
import { Permissions1764300000000 } from "./1764300000000-permissions.ts";
import { WorstGap1764400000000 } from "./1764400000000-worst-gap.ts";
import { NetboxObjects1764500000000 } from "./1764500000000-netbox-objects.ts";

/** In the order in which they are applied. A merged migration is never edited. */
export const migrations = [
  Inventory1764000000000,
  TagsAndCustomFields1764200000000,
  Permissions1764300000000,
  WorstGap1764400000000,
  NetboxObjects1764500000000,
];
