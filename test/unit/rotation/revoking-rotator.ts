import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { continueRevocations } from '../../../shared/revocation/continue-revocations.ts';
import { delegationGeneration, planHash } from '../../../shared/revocation/lever.ts';
import { ProofMemory } from '../../../shared/revocation/proof-memory.ts';
import type { RevocationPorts } from '../../../shared/revocation/revocation-ports.ts';
import { type Revocation, revoke } from '../../../shared/revocation/revoke.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { DeathsAsEffects } from '../../fakes/deaths-as-effects.ts';
import type { Effect } from '../../fakes/effects.ts';
import { MemoryManagedKeys } from '../../fakes/memory-managed-keys.ts';
import type { DelegationStorage } from './delegation-storage.ts';
import { REQUEST_DEADLINE, type RotationWorld, Rotator, type TickEnd } from './rotation-world.ts';

const target = { account: 'media' };
const lever = { name: 'revoke-delegation-keys', on: target } as const;

/** A world that watches what these instances do. */
export interface RevocationWatch extends RotationWorld {
  readonly storage: DelegationStorage;
  /** A request for a death is sent, and answered by `until` on Azure's clock, in milliseconds. */
  noteSent(effect: Effect, death: string | null, until: number): void;
  /** A request takes effect. */
  land(death: string | null): void;
  noteDeaths(): void;
  /** Lets seconds pass while a call waits. */
  readonly pause: (seconds: number) => Promise<void>;
}

/** What an operator's call came to. */
export type Acted = { readonly reply: Revocation } | { readonly refusal: BrokerError };

/** A broker instance whose timer also continues revocations, and that revokes user delegation keys for operators. */
export class RevokingRotator extends Rotator {
  /** The id of the death that was ordered last. */
  death: string | null = null;
  readonly #ports: RevocationPorts;

  constructor(world: RevocationWatch, name: string, offset: number) {
    super(world, name, offset);
    const { effects } = this;
    const managedKeys = new MemoryManagedKeys(effects);
    const deaths = new DeathsAsEffects(effects, () => world.noteDeaths());
    const rotation: RotationPorts = {
      ...this.ports,
      managedKeys: {
        times: (account) => managedKeys.times(account),
        list: (account) => managedKeys.list(account),
        regenerate: (account, key, deadline) => managedKeys.regenerate(account, key, deadline),
        revokeDelegationKeys: (account, deadline) => {
          const { death } = this;
          const answer = managedKeys.revokeDelegationKeys(account, deadline, () => world.land(death));
          const sent = effects.calls.at(-1);
          // Without time left, nothing is sent.
          if (sent?.name === 'revokeDelegationKeys' && this.ports.clock() < deadline)
            world.noteSent(sent, death, deadline.getTime() - offset * 1000);
          return answer;
        },
      },
      deaths: {
        list: (account, deadline) => deaths.list(account, deadline),
        order: (death, deadline) => {
          this.death = death.id;
          return deaths.order(death, deadline);
        },
        setBack: (death, range, deadline) => deaths.setBack(death, range, deadline),
        prove: (death, proof, deadline) => deaths.prove(death, proof, deadline),
        withdraw: (death, deadline) => deaths.withdraw(death, deadline),
      },
    };
    let made = 0;
    const ports = {
      rotation,
      proofs: new ProofMemory(),
      random: () => `${name}-${++made}`,
      delegationProbes: world.storage.probesOf(effects),
      liveTokens: { scan: async () => ({ scannedAll: true }) },
      pause: (milliseconds: number) => world.pause(milliseconds / 1000),
      requestTimeoutSeconds: REQUEST_DEADLINE,
    };
    // Orders for user delegation keys use no other port.
    this.#ports = ports as unknown as RevocationPorts;
  }

  override tick(world: RevocationWatch): Promise<TickEnd> {
    return this.run(async () => {
      try {
        await advanceRotation(this.#ports.rotation, world.account, world.waits);
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
      }
      await continueRevocations(this.#ports, [world.account]);
    });
  }

  /** Revokes the account's user delegation keys for an operator, who has a plan or forces it. */
  async act(world: RevocationWatch, isPlanned: boolean, onEnd: (acted: Acted) => void): Promise<TickEnd> {
    const now = this.ports.clock();
    const generation = delegationGeneration(world.journal, world.azure.deaths.listNow('media'));
    const order = {
      ...{ target, lever, account: world.account, reason: 'leaked' },
      ...{ plannedAt: null, toBlock: null },
      planHash: isPlanned ? planHash(target, lever, generation) : null,
    };
    const call = { by: 'tests/operator', byName: null, now, deadline: addSeconds(now, REQUEST_DEADLINE) };
    return this.run(async () => {
      try {
        onEnd({ reply: await revoke(this.#ports, order, call) });
      } catch (error) {
        if (!(error instanceof BrokerError)) throw error;
        onEnd({ refusal: error });
      }
    });
  }
}
