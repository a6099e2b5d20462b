/** What a lever acts on. */
export interface LeverPlace {
  readonly account: string;
  readonly key?: string;
  readonly service?: string;
  readonly container?: string;
  readonly policy?: string;
}

/** Returns what a lever acts on as `--on` accepts it: `media`, `media/key1`, `media/blob/photos/<policy>`. */
export function placeText({ account, key, service, container, policy }: LeverPlace): string {
  return [account, key, service, container, policy].filter((part) => part !== undefined).join('/');
}
