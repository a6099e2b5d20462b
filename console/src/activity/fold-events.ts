import type { BrokerEvent } from '../api/replies.ts';

/** A row of the activity list. */
export type ActivityRow =
  | { readonly kind: 'event'; readonly event: BrokerEvent }
  /** Steps of one account's rotation that follow each other: newest first, at least two. */
  | {
      readonly kind: 'rotation';
      readonly account: string;
      readonly events: readonly [BrokerEvent, ...BrokerEvent[]];
    };

/** Folds rotation events of one account that follow each other in the list into one row. @param events newest first. */
export function foldEvents(events: readonly BrokerEvent[]): ActivityRow[] {
  const runs: [BrokerEvent, ...BrokerEvent[]][] = [];
  for (const event of events) {
    const run = runs.at(-1);
    if (run !== undefined && isStep(event) && isStep(run[0]) && run[0].account === event.account)
      run.push(event);
    else runs.push([event]);
  }
  return runs.map((run) => {
    const [event] = run;
    return run.length > 1 && event.account !== null
      ? { kind: 'rotation', account: event.account, events: run }
      : { kind: 'event', event };
  });
}

function isStep({ type, account }: BrokerEvent): boolean {
  return type.startsWith('rotation-') && account !== null;
}
