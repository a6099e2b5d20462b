import { invalid, ok, type Rejection, type Result } from '../result.ts';

/** The schedules of the timers, by the setting that changes them. */
export const DEFAULT_SCHEDULES = {
  ROTATION_SCHEDULE: '0 */5 * * * *',
  PURGE_SCHEDULE: '0 17 * * * *',
} as const;

const SCHEDULE = /^[\d*,/A-Za-z-]+(?: +[\d*,/A-Za-z-]+){4,5}$/;

/** Azure Functions accepts time spans (`hh:mm:ss`) on App Service plans only, and the broker runs on Flex Consumption. */
export function readSchedule(text: string): Result<string, Rejection> {
  if (SCHEDULE.test(text)) return ok(text);
  return invalid('must be an NCRONTAB expression such as "0 */5 * * * *"; a time span is not supported');
}

/**
 * Returns the schedule to register a timer with, before the settings are read: the setting's, or its default if the setting is
 * absent or faulty. The host must not refuse the app because of it; the settings report the fault, and the timer does nothing.
 */
export function scheduleOf(
  environment: Readonly<Record<string, string | undefined>>,
  setting: keyof typeof DEFAULT_SCHEDULES,
): string {
  const schedule = readSchedule((environment[setting] ?? '').trim());
  return schedule.ok ? schedule.value : DEFAULT_SCHEDULES[setting];
}
