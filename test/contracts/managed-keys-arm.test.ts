import { ManagedIdentityCredential } from '@azure/identity';
import { inject, vi } from 'vitest';
import { ArmAccountKeys } from '../../shared/rotation/arm-account-keys.ts';
import { StorageKeyProbe } from '../../shared/rotation/storage-key-probe.ts';
import { account } from '../fakes/configuration.ts';
import type { Fault } from '../fakes/effects.ts';
import {
  newAccount,
  resourceManagerCalls,
  resourceManagerFault,
  useManagedIdentity,
} from '../stack-client.ts';
import { managedKeysContract } from './managed-keys.contract.ts';

const OPERATIONS = {
  times: 'read',
  list: 'listKeys',
  regenerate: 'regenerateKey',
  revokeDelegationKeys: 'revokeUserDelegationKeys',
} as const;

managedKeysContract('Resource Manager', async ({ old } = { old: false }) => {
  useManagedIdentity();
  const { resourceManager, rotatorClientId } = inject('stack');
  const { name, blob, queue, table } = await newAccount(
    undefined,
    old ? { key1: null, key2: null } : undefined,
  );
  const options = {
    credential: new ManagedIdentityCredential({ clientId: rotatorClientId }),
    endpoint: resourceManager,
    cloud: 'public' as const,
    callTimeoutMs: 5000,
  };
  const regenerations = async () => (await resourceManagerCalls(name))['regenerateKey'];
  return {
    keys: new ArmAccountKeys({ ...options, clock: () => new Date() }),
    keysAhead: (seconds) =>
      new ArmAccountKeys({ ...options, clock: () => new Date(Date.now() + seconds * 1000) }),
    probe: new StorageKeyProbe({ callTimeoutMs: 5000 }),
    account: account({ name, endpoints: { blob, queue, table, file: blob } }),
    // Reads are tried twice.
    breakNext: async (call, fault) =>
      resourceManagerFault({
        operation: OPERATIONS[call],
        name,
        ...standInFault(fault, call === 'times' || call === 'list'),
      }),
    landLate: () => vi.waitFor(async () => expectDone(await regenerations()), 30_000),
    regenerations: async () => (await regenerations())?.asked ?? 0,
  };
});

function standInFault(fault: Fault, tried: boolean) {
  switch (fault.kind) {
    case 'fail':
      return { fault: 'refuse', status: 500, times: tried ? 2 : 1 } as const;
    case 'refuse':
      return { fault: 'refuse' } as const;
    case 'throttle':
      return { fault: 'throttle', retryAfter: fault.retryAfter } as const;
    case 'lose':
      return { fault: 'lose-reply' } as const;
    case 'late':
      return { fault: 'lose-reply', delayMs: 1000 } as const;
  }
}

function expectDone(calls: { done: number } | undefined): void {
  if ((calls?.done ?? 0) === 0) throw new Error('It has not landed yet');
}
