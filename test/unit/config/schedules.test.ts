import { expect, it } from 'vitest';
import { scheduleOf } from '../../../shared/config/schedules.ts';

it.each([
  [undefined, '0 */5 * * * *'],
  ['', '0 */5 * * * *'],
  [' 0 0 * * * * ', '0 0 * * * *'],
  // The settings report this fault. The host must register the timer all the same.
  ['hourly', '0 */5 * * * *'],
  ['00:00:30', '0 */5 * * * *'],
])('ROTATION_SCHEDULE %j registers the timer with %s', (text, expected) => {
  expect(scheduleOf({ ROTATION_SCHEDULE: text }, 'ROTATION_SCHEDULE')).toBe(expected);
});

it('each timer has its own default', () => {
  expect(scheduleOf({}, 'PURGE_SCHEDULE')).toBe('0 17 * * * *');
});
