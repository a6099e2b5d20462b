import { useRef, useState } from 'react';
import { callApi } from '../api/api.ts';
import { ApiProblem, isWorthRetrying, retryDelayMs } from '../api/problem.ts';
import type { LookupReply } from '../api/replies.ts';
import { type Question, questionOf } from '../read-sas.ts';
import { canCheck, checkBody, type Look, lookOf } from './look.ts';
import { kindText, type Readable } from './pasted-words.ts';

interface Looking {
  readonly look: Look;
  /** Asks with the fingerprint. @param around when the token was seen, if the search needs it. */
  readonly ask: (pasted: Readable, around?: string) => void;
  /** Sends what was pasted, so that the broker tries its keys. */
  readonly check: (pasted: Readable, text: string) => void;
  readonly clear: () => void;
}

/**
 * Looks a token up. No cache holds what is asked, and an answer that comes after the next question is dropped.
 * @param onAnswered called once the text is no longer needed.
 */
export function useLook(onAnswered: () => void): Looking {
  const [look, setLook] = useState<Look>({ is: 'idle' });
  const turn = useRef(0);

  const run = async (work: () => Promise<Look>) => {
    const mine = (turn.current += 1);
    setLook({ is: 'asking' });
    const next = await work().catch((error: unknown): Look => ({ is: 'failed', error }));
    if (mine !== turn.current) return;
    setLook(next);
    if (next.is === 'found' || next.is === 'not-ours') onAnswered();
  };
  const ask = (pasted: Readable, around?: string) =>
    void run(async () => {
      const { fingerprint, ...rest } = await questionOf(pasted);
      const question = around === undefined ? { fingerprint, ...rest } : { fingerprint, around };
      const reply = await lookUp(question);
      return reply === null
        ? { is: 'missing', canCheck: canCheck(pasted) }
        : lookOf(reply, question, kindText(pasted));
    });
  const check = (pasted: Readable, text: string) =>
    void run(async () => {
      const reply = await lookUp(checkBody(pasted, text));
      const what = kindText(pasted);
      return reply === null ? { is: 'not-ours', what } : { is: 'found', what, reply };
    });
  const clear = () => {
    turn.current += 1;
    setLook({ is: 'idle' });
  };
  return { look, ask, check, clear };
}

/** Returns null if the broker has no record. Repeats a read that was refused because the broker was busy. */
async function lookUp(body: Question | { url: string } | { token: string }): Promise<LookupReply | null> {
  for (let failures = 0; ; failures += 1) {
    try {
      return await callApi<LookupReply>('tokens/lookup', { method: 'POST', body, scans: true });
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 404) return null;
      if (!isWorthRetrying(failures, error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs(failures, error)));
    }
  }
}
