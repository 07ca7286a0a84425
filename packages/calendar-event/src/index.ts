export type { CalendarEvent, CalendarField, FieldRange } from "./calendar-event.ts";
export { CalendarEventError } from "./calendar-event-error.ts";
export { describeCalendarEvent } from "./describe-calendar-event.ts";
export { nextEvent, nextEvents, type Instant } from "./next-event.ts";
export { parseCalendarEvent } from "./parse-calendar-event.ts";
export { worstGap } from "./worst-gap.ts";
