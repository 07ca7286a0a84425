export { schedulerSettings } from "./config.ts";
export { type SweepOptions, startSweep, sweepOnce } from "./sweep.ts";
