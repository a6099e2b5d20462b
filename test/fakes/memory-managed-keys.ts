import type { KeyName, Service } from '../../shared/azure/services.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import type { StorageAccount } from '../../shared/config/broker-config.ts';
import { addSeconds } from '../../shared/iso-time.ts';
import { SecretText } from '../../shared/keys/signing-keys.ts';
import type {
  DelegationRevocation,
  KeyProbe,
  ManagedKeys,
  Regeneration,
  TimedKeys,
} from '../../shared/rotation/managed-keys.ts';
import type { Fault } from './effects.ts';
import type { MemoryEffects } from './memory-effects.ts';

/** Resource Manager of an Azure in memory. */
export class MemoryManagedKeys implements ManagedKeys {
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  times({ name }: StorageAccount): Promise<TimedKeys> {
    const { azure, clock } = this.#effects;
    const read = (): TimedKeys => {
      const { key1, key2 } = azure.listedKeys(name);
      const clockAhead = (clock().getTime() - azure.clock().getTime()) / 1000;
      return { times: { key1: key1.createdAt, key2: key2.createdAt }, clockAhead };
    };
    return this.#effects.perform({ name: 'times', account: name, detail: '' }, read, broken);
  }

  list({ name }: StorageAccount): Promise<Readonly<Record<KeyName, SecretText>>> {
    const read = (): Record<KeyName, SecretText> => {
      const { key1, key2 } = this.#effects.azure.listedKeys(name);
      return { key1: new SecretText(key1.value), key2: new SecretText(key2.value) };
    };
    return this.#effects.perform({ name: 'list', account: name, detail: '' }, read, broken);
  }

  regenerate({ name }: StorageAccount, key: KeyName, deadline: Date): Promise<Regeneration> {
    const { azure, clock } = this.#effects;
    if (clock() >= deadline)
      return Promise.resolve({
        outcome: 'refused',
        reason: 'the deadline passed before the request was sent',
        retryAt: null,
      });
    const act = (): Regeneration => {
      azure.regenerate(name, key);
      return { outcome: 'done' };
    };
    return this.#effects.perform({ name: 'regenerate', account: name, detail: key }, act, (fault) =>
      brokenRegeneration(fault, clock()),
    );
  }

  /** @param onRevoked called when the keys die, which may be long after the reply. */
  revokeDelegationKeys(
    { name }: StorageAccount,
    deadline: Date,
    onRevoked: () => void = () => undefined,
  ): Promise<DelegationRevocation> {
    const { azure, clock } = this.#effects;
    if (clock() >= deadline)
      return Promise.resolve({
        outcome: 'held-up',
        reason: 'the deadline passed before the request was sent',
        retryAt: null,
        mayHaveLanded: false,
      });
    const act = (): DelegationRevocation => {
      azure.account(name).delegationRevokedAt = azure.clock();
      onRevoked();
      return { outcome: 'done' };
    };
    return this.#effects.perform({ name: 'revokeDelegationKeys', account: name, detail: '' }, act, (fault) =>
      brokenDelegationRevocation(fault, clock()),
    );
  }
}

/** The storage of an Azure in memory. */
export class MemoryKeyProbe implements KeyProbe {
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  opens({ name }: StorageAccount, key: SecretText, service: Service): Promise<boolean> {
    const { azure } = this.#effects;
    if (azure.silent.has(service)) return Promise.resolve().then(() => broken({ kind: 'fail' }));
    const read = (): boolean => azure.probe(name, key.reveal());
    return this.#effects.perform({ name: 'opens', account: name, detail: service }, read, broken);
  }
}

function brokenRegeneration(fault: Fault, now: Date): Regeneration {
  if (fault.kind === 'refuse') return { outcome: 'refused', reason: 'told to refuse', retryAt: null };
  if (fault.kind === 'throttle')
    return { outcome: 'refused', reason: 'told to throttle', retryAt: addSeconds(now, fault.retryAfter) };
  return { outcome: 'unknown' };
}

function brokenDelegationRevocation(fault: Fault, now: Date): DelegationRevocation {
  if (fault.kind === 'refuse') return { outcome: 'turned-down', reason: 'told to refuse' };
  const retryAt = fault.kind === 'throttle' ? addSeconds(now, fault.retryAfter) : null;
  const mayHaveLanded = fault.kind !== 'throttle';
  return { outcome: 'held-up', reason: `told to ${fault.kind}`, retryAt, mayHaveLanded };
}

function broken(fault: Fault): never {
  throw new BrokerError(
    'storage_unavailable',
    'The broker currently cannot manage the keys of this account.',
    {
      reason: `told to ${fault.kind}`,
      ...(fault.kind === 'throttle' ? { retryAfter: fault.retryAfter } : {}),
    },
  );
}
