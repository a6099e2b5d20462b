import { z } from 'zod';

// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Exceptions carry whole URLs, and what is pasted here is kept and shown: in rows, events and replies. */
const SIGNATURE = /sig(?:=|%3d)/i;

/** Words that a caller gives to be kept: at most `longest` characters on one line, and no SAS among them. */
export function freeText(longest: number) {
  return z
    .string()
    .max(longest, `must be at most ${longest.toLocaleString('en-US')} characters`)
    .refine(
      (text) => !CONTROL.test(text) && text.isWellFormed(),
      'must be well-formed text without control characters',
    )
    .refine(
      (text) => !SIGNATURE.test(text),
      'must hold no SAS ("sig="): what is said here is kept and shown',
    );
}
