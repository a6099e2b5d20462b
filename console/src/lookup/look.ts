import type { LookupReply } from '../api/replies.ts';
import type { Pasted, Question } from '../read-sas.ts';
import type { Readable } from './pasted-words.ts';

/** Where a look-up is. Nothing in it is secret, so it may stay while the text is gone. */
export type Look =
  | { readonly is: 'idle' | 'asking' }
  | { readonly is: 'found'; readonly what: string; readonly reply: LookupReply }
  /** The broker has no record. What was pasted is still in the box. */
  | { readonly is: 'missing'; readonly canCheck: boolean }
  /** The search ran out of time. */
  | { readonly is: 'unfinished'; readonly question: Question }
  /** No key that the broker tried signed it. */
  | { readonly is: 'not-ours'; readonly what: string }
  | { readonly is: 'failed'; readonly error: unknown };

/** Returns what a reply to a question means. A search that was cut short found nothing yet. */
export function lookOf(reply: LookupReply, question: Question, what: string): Look {
  if (reply.verdict === 'unknown' && reply.records.length === 0 && !reply.scannedAll)
    return { is: 'unfinished', question };
  return { is: 'found', what, reply };
}

/** True if the signature itself can be sent to be checked. A fingerprint can't. */
export const canCheck = (pasted: Pasted): boolean => pasted.kind === 'url' || pasted.kind === 'token';

/** Returns the body of *Check the signature*: the one request that holds what was pasted. */
export function checkBody(pasted: Readable, text: string): { url: string } | { token: string } {
  return pasted.kind === 'url' ? { url: text } : { token: text };
}
