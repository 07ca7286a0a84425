import { Inventory1764000000000 } from "./1764000000000-inventory.ts";

/** In the order in which they are applied. A merged migration is never edited. */
export const migrations = [Inventory1764000000000];
