/** Seconds of a day that is neither lengthened nor shortened. */
export const DAY = 86_400;

/** Days after which weekdays and leap years repeat: 400 years. */
export const GREGORIAN_CYCLE = 146_097;

/** A date of the Gregorian calendar. */
export interface CivilDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

/** The number of days from 1970-01-01 to the date. */
export function toDayNumber({ year, month, day }: CivilDate): number {
  // Years are counted from March, so that the leap day is the last day of a year.
  const shiftedYear = month <= 2 ? year - 1 : year;
  const cycle = Math.floor(shiftedYear / 400);
  const yearOfCycle = shiftedYear - cycle * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100);
  return cycle * GREGORIAN_CYCLE + yearOfCycle * 365 + leapDays + dayOfYear - 719_468;
}

/** The inverse of {@link toDayNumber}. */
export function toCivilDate(dayNumber: number): CivilDate {
  const shifted = dayNumber + 719_468;
  const cycle = Math.floor(shifted / GREGORIAN_CYCLE);
  const dayOfCycle = shifted - cycle * GREGORIAN_CYCLE;
  const yearOfCycle = Math.floor(
    (dayOfCycle -
      Math.floor(dayOfCycle / 1460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / 146_096)) /
      365,
  );
  const dayOfYear =
    dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** 1 is Monday, 7 is Sunday. */
export function weekdayOf(dayNumber: number): number {
  return ((((dayNumber + 3) % 7) + 7) % 7) + 1;
}

export function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}
