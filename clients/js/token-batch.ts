import type { TokenRequest } from './api.ts';
import { type BrokerCalls, unexpectedReply } from './broker-calls.ts';
import { toProblem } from './broker-problem.ts';
import { readIssued } from './read-issued.ts';
import { SharedCall } from './shared-call.ts';
import type { Issue, Issued } from './token-cycler.ts';

/** The broker's limit. */
const MOST_IN_A_CALL = 100;

/** A call for up to 100 tokens. */
interface Chunk {
  readonly requests: TokenRequest[];
  call: SharedCall<Results> | null;
}
interface Results {
  readonly items: readonly unknown[];
  readonly sentAt: number;
}

/** Issues many tokens with few calls, one call at a time. */
export class TokenBatch {
  readonly #calls: BrokerCalls;
  readonly #chunks: Chunk[] = [];
  readonly #issues = new Map<string, Issue>();

  constructor(calls: BrokerCalls) {
    this.#calls = calls;
  }

  /** Adds a request under its key. */
  add(key: string, request: TokenRequest): void {
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.requests.length === MOST_IN_A_CALL) {
      chunk = { requests: [], call: null };
      this.#chunks.push(chunk);
    }
    const place = this.#chunks.length - 1;
    const index = chunk.requests.push(request) - 1;
    this.#issues.set(key, async (signal) => {
      const { items, sentAt } = await this.#callOf(place).join(signal);
      return readItem(items[index], sentAt);
    });
  }

  /** Returns what issues the token of a key together with others; undefined if the key was not added. */
  issueOf(key: string): Issue | undefined {
    return this.#issues.get(key);
  }

  #callOf(place: number): SharedCall<Results> {
    const chunk = this.#chunks[place];
    if (chunk === undefined) throw new RangeError('no such chunk');
    return (chunk.call ??= new SharedCall(async (signal) => {
      await this.#chunks[place - 1]?.call?.settled;
      const { body, sentAt } = await this.#calls.post('/tokens/batch', { requests: chunk.requests }, signal);
      const { results } = body;
      if (!Array.isArray(results))
        throw unexpectedReply(200, 'The reply has no results. Check the endpoint.');
      return { items: results as unknown[], sentAt };
    }));
  }
}

function readItem(item: unknown, sentAt: number): Issued {
  const { status, token, problem } = Object(item) as Readonly<Record<string, unknown>>;
  if (status === 201) return readIssued(token, sentAt);
  if (typeof status !== 'number') throw unexpectedReply(200, 'The reply lacks a result.');
  throw toProblem(status, Object(problem) as Readonly<Record<string, unknown>>, null);
}
