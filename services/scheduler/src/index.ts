export { type SweepOptions, startSweep, sweepOnce } from "./sweep.ts";
