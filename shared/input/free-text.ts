import * as z from 'zod/mini';
import { hasAsciiControl } from './control-characters.ts';
import { groupedDigits } from './grouped-digits.ts';
import { looksSecret, SECRET_RULE } from './secret-text-rule.ts';

/**
 * A schema for text that the broker keeps: one line of at most `longest` characters, without a SAS or a key. Callers
 * paste error messages with whole URLs here, and rows, events and replies keep and show this text.
 */
export function freeText(longest: number) {
  return z.string().check(
    z.maxLength(longest, `must be at most ${groupedDigits(longest)} characters`),
    z.refine(
      (text) => !hasAsciiControl(text) && text.isWellFormed(),
      'must be well-formed text without control characters',
    ),
    z.refine((text) => !looksSecret(text), SECRET_RULE),
  );
}
