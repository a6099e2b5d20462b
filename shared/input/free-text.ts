import { z } from 'zod';
import { hasAsciiControl } from './control-characters.ts';

/** Callers paste error messages with whole URLs here, and rows, events and replies keep and show this text. */
const SIGNATURE = /sig(?:=|%3d)/i;

/** A schema for text that the broker keeps: one line of at most `longest` characters, without a SAS. */
export function freeText(longest: number) {
  return z
    .string()
    .max(longest, `must be at most ${longest.toLocaleString('en-US')} characters`)
    .refine(
      (text) => !hasAsciiControl(text) && text.isWellFormed(),
      'must be well-formed text without control characters',
    )
    .refine(
      (text) => !SIGNATURE.test(text),
      'must not contain a SAS ("sig="), because the broker keeps and shows this text',
    );
}
