import { KEY_NAMES } from '../../../shared/azure/services.ts';
import { hasOrder } from '../../../shared/rotation/rotation-journal.ts';
import {
  type Command,
  type Hand,
  OUTAGES,
  type Play,
  type RevokeDelegationKeys,
} from './rotation-commands.ts';
import { DelegationWorld } from './delegation-world.ts';
import { RevokingRotator } from './revoking-rotator.ts';
import { RotationWorld, SETTINGS, TICK } from './rotation-world.ts';
import { StagedRotator } from './staged-rotator.ts';

/**
 * Plays one interleaving and then lets the account come to rest. Returns what was wrong at any time or at the end.
 * @param reached gets what has happened to user delegation keys and tokens.
 */
export async function playOut(script: Play, reached = new Set<string>()): Promise<string[]> {
  const model = new RotationModel(script, reached);
  for (const command of script.commands) {
    await model.run(command);
    model.check();
  }
  await model.calm();
  return model.wrongs;
}

class RotationModel {
  readonly #world: RotationWorld;
  /** The same world; null if no user delegation tokens are issued. */
  readonly #delegations: DelegationWorld | null;
  #stage: StagedRotator[];
  #born = 0;
  /** The instants by which each late effect takes place, on Azure's clock. */
  readonly #landBy: number[] = [];
  #disturbed = false;
  /** By when every front end answers from the present state; null if they all do. */
  #freshBy: number | null = null;

  constructor({ takeOver, settings, times, rowsPerCount, judgedBy }: Play, reached: Set<string>) {
    const options = { takeOver, settings: { ...SETTINGS, ...settings }, times };
    this.#delegations = judgedBy === null ? null : new DelegationWorld({ ...options, judgedBy, reached });
    this.#world = this.#delegations ?? new RotationWorld(options);
    if (this.#delegations !== null) this.#delegations.pause = (seconds) => this.#pass(seconds);
    this.#world.rowsPerCount = rowsPerCount;
    this.#stage = [0, 1, 2].map((place) => this.#newcomer(place));
  }

  get wrongs(): string[] {
    return this.#world.azure.wrongs;
  }

  /** Checks that the journal can be read and that nothing has gone wrong so far. */
  check(): void {
    if (this.#world.journal === null && this.#world.events.length > 0 && !this.#disturbed)
      throw new Error('It is gone');
    this.#delegations?.checkDelegated();
    if (this.wrongs.length > 0) throw new Error(this.wrongs.join('\n'));
  }

  async run(command: Command): Promise<void> {
    const world = this.#world;
    switch (command.do) {
      case 'tick':
        await this.#stage[command.who]!.finish();
        break;
      case 'effects':
        await this.#effects(this.#stage[command.who]!, command.count);
        break;
      case 'break':
        await this.#stage[command.who]!.advance(command.fault);
        break;
      case 'die':
        await this.#die(command.who, command.withEffect, command.late);
        break;
      case 'pass':
        await this.#pass(command.seconds);
        break;
      case 'leap':
        await this.#leap(command.seconds);
        break;
      case 'back':
        this.#back(command.seconds);
        break;
      case 'issue':
        world.instances[command.who]!.handOut();
        world.instances[command.who]!.sign(command.ttl);
        break;
      case 'land':
        this.#land();
        break;
      case 'outage':
        for (const { rotator } of this.#stage) rotator.effects.always(command.of, { kind: 'fail' });
        break;
      case 'calls answered again':
        this.#answerAgain();
        break;
      case 'order':
      case 'takeOver':
        this.#order(command.do === 'takeOver');
        break;
      case 'revoke':
        if (world.journal !== null) world.revoke(...command.keys);
        break;
      case 'forget':
        this.#forget();
        break;
      case 'stale':
        this.#fallBehind(command);
        break;
      case 'stray':
        await world.strayRotator(command.seconds).tick(world);
        break;
      case 'lower settings':
        this.#lowerSettings();
        break;
      case 'hand':
        this.#hand(command.what);
        break;
      case 'revoke delegation keys':
        await this.#revokeDelegationKeys(command);
        break;
    }
    if (world.journal?.drainWaits === null && world.isLowered) await this.#restoreSettings();
    this.#noteLate();
  }

  /** Plays on without faults, crashes and changes from outside the broker: the account must come to rest. */
  async calm(): Promise<void> {
    const world = this.#world;
    for (const one of this.#stage) await one.die(false);
    this.#land();
    world.restoreSettings();
    const pair = [world.rotator('calm', true), world.rotator('calmer', false)];
    let rest = 0;
    for (let ticks = 0; ticks < 150 && rest < 2; ticks += 1) {
      await this.#pass(3 * TICK);
      await pair[ticks % 2]!.tick(world);
      rest = this.#isAtRest() ? rest + 1 : 0;
      this.check();
    }
    if (rest < 2) this.#world.azure.wrong(`it never came to rest: ${JSON.stringify(world.journal)}`);
    else if (!this.#disturbed)
      this.wrongs.splice(
        0,
        Infinity,
        ...world.faultsAtRest(world.journal?.takenOver === true ? 'steady' : 'observed'),
      );
    this.wrongs.push(...(this.#delegations?.delegatedFaultsAtRest() ?? []));
    this.check();
  }

  #isAtRest(): boolean {
    const { journal, azure } = this.#world;
    if (journal === null || journal.outbox.length > 0 || hasOrder(journal)) return false;
    if (!['steady', 'paused', 'observed'].includes(journal.phase) || journal.request !== null) return false;
    if (journal.phase === 'paused' && journal.lastError === null) azure.wrong('it is paused for no reason');
    if (journal.phase === 'paused' && !journal.takenOver) return true;
    return azure.published() === this.#world.value(journal.active);
  }

  #newcomer(place: number): StagedRotator {
    return new StagedRotator(this.#world, `instance${++this.#born}`, place % 2 === 0);
  }

  async #effects(one: StagedRotator, count: number): Promise<void> {
    if (one.at === null) await one.begin();
    for (let had = 0; had < count; had += 1) await one.advance();
  }

  async #die(place: number, withEffect: boolean, late: boolean): Promise<void> {
    const one = this.#stage[place]!;
    if (one.at === null) return;
    await one.die(withEffect, late ? { kind: 'late' } : null);
    this.#stage[place] = this.#newcomer(place);
  }

  #answerAgain(): void {
    for (const { rotator } of this.#stage) for (const of of OUTAGES) rotator.effects.always(of, null);
  }

  /** A late effect takes place within `settle` after the end of its call. */
  #noteLate(): void {
    const { callTimeoutSeconds, settle } = this.#world.waits;
    const latest = this.#world.now + (callTimeoutSeconds + settle) * 1000;
    for (const { effect } of this.#world.azure.late.slice(this.#landBy.length))
      this.#landBy.push(this.#delegations?.landsBy.get(effect) ?? latest);
  }

  #land(): void {
    this.#landBy.length = 0;
    // What is late and what is out of date last no longer than `settle` together.
    this.#catchUp();
    this.#world.azure.landLate();
  }

  /** Some front ends answer from the present state for a share of `settle`. */
  #fallBehind({ lists, probes, share }: Extract<Command, { do: 'stale' }>): void {
    if (this.#freshBy !== null) return;
    this.#world.azure.fallBehind({ lists, probes });
    this.#freshBy = this.#world.now + share * this.#world.waits.settle * 1000;
  }

  /** Once nothing drains, instances with lower settings end: a demotion by one of them would not know of the others. */
  async #restoreSettings(): Promise<void> {
    this.#world.restoreSettings();
    for (const place of this.#stage.keys()) await this.#die(place, false, false);
  }

  #catchUp(): void {
    this.#freshBy = null;
    this.#world.azure.catchUp();
  }

  /** New settings reach the instances that rotate; those that issue tokens still run with the former ones. */
  #lowerSettings(): void {
    if ((this.#world.journal?.demotedAt ?? null) !== null) this.#world.lowerSettings();
  }

  async #pass(seconds: number): Promise<void> {
    for (let gone = 0; gone < seconds; gone += TICK) {
      const next = this.#world.now + Math.min(TICK, seconds - gone) * 1000;
      this.#landUntil(next);
      this.#world.now = next;
      this.#loseStrays();
      this.#world.issue();
      await this.#delegations?.issueDelegated();
    }
  }

  /** Lets time pass in which no instance issues or rotates. */
  async #leap(seconds: number): Promise<void> {
    const next = this.#world.now + seconds * 1000;
    this.#landUntil(next);
    for (const instance of this.#delegations?.delegators ?? []) await instance.handOut();
    for (const instance of this.#world.instances) instance.handOut();
    this.#world.now = next;
    this.#loseStrays();
  }

  #landUntil(next: number): void {
    if (this.#freshBy !== null && this.#freshBy <= next) this.#catchUp();
    const last = Math.min(...this.#landBy);
    if (last > next) return;
    this.#world.now = Math.max(this.#world.now, last);
    this.#land();
  }

  /** Drops calls that were not sent in time, because they would come too late for the guarantees. */
  #loseStrays(): void {
    const { callTimeoutSeconds, settle } = this.#world.waits;
    for (const [place, one] of this.#stage.entries()) {
      const { at } = one;
      const strays = ['regenerate', 'publish', 'revokeDelegationKeys'].includes(at?.name ?? '');
      const latest = one.since + (callTimeoutSeconds + settle) * 1000;
      if (at === null || !strays || this.#world.now < (this.#delegations?.landsBy.get(at) ?? latest))
        continue;
      void one.die(false);
      this.#stage[place] = this.#newcomer(place);
    }
  }

  /** Sets every clock back at once, so that what lasts lasts longer. No instance treats its cached key as younger. */
  #back(seconds: number): void {
    // What user delegation keys died of is judged by time.
    if (this.#delegations !== null) return;
    for (const instance of this.#world.instances) {
      instance.handOut();
      instance.forget();
    }
    this.#world.now -= seconds * 1000;
    if (this.#freshBy !== null) this.#freshBy -= seconds * 1000;
    this.#world.azure.setBack(seconds * 1000);
    for (const [index, at] of this.#landBy.entries()) this.#landBy[index] = at - seconds * 1000;
    for (const one of this.#stage) one.since -= seconds * 1000;
  }

  #order(takeOver: boolean): void {
    const { journal, now } = this.#world;
    if (journal?.request !== null) return;
    const request = { by: 'tests/operator', byName: null, reason: 'asked', at: new Date(now) };
    if (journal.phase === 'steady') this.#world.write({ request });
    else if (takeOver && (journal.phase === 'paused' || journal.phase === 'observed'))
      this.#world.write({ request, phase: 'steady', takenOver: true, lastError: null });
  }

  /**
   * Loses the journal, except while a request is in flight or an instance runs with settings that only the journal knows,
   * and once user delegation keys are revoked: that is beyond the guarantees.
   */
  #forget(): void {
    if (this.#isBusy() || (this.#world.journal?.delegationRevokedAt ?? null) !== null) return;
    this.#world.restoreSettings();
    this.#disturbed = true;
    this.#world.azure.journals.delete(this.#world.account.name);
  }

  #isBusy(): boolean {
    const { azure, journal } = this.#world;
    const isClaimed = (journal?.attempt ?? null) !== null;
    return isClaimed || azure.late.length > 0 || this.#stage.some(({ at }) => at !== null);
  }

  /** Starts an operator's call and plays it for a while; the rest of it is played as that of a tick is. */
  async #revokeDelegationKeys({ who, planned, upTo, fault }: RevokeDelegationKeys): Promise<void> {
    const one = this.#stage[who]!;
    const { rotator } = one;
    const world = this.#delegations;
    if (world === null || !(rotator instanceof RevokingRotator) || world.journal === null) return;
    if (one.at !== null) await one.finish();
    const beganAt = world.now;
    await one.begin(() => rotator.act(world, planned, (acted) => world.judge(acted, rotator.death, beganAt)));
    if (upTo === 'its first effect') return;
    while (one.at !== null && one.at.name !== 'revokeDelegationKeys') await one.advance();
    if (upTo === 'its request') return;
    await one.advance(fault);
    if (upTo === 'its end' && one.at !== null) await one.finish();
  }

  #hand(what: Hand): void {
    const { azure, account } = this.#world;
    if (!this.#mayTouch(what)) return;
    this.#disturbed = true;
    azure.byHand(() => {
      if (what === 'delete') azure.deleteSecret(account);
      else if (what === 'disable') azure.disableSecret(account);
      else if (what !== 'key1' && what !== 'key2' && what !== 'both') this.#overwrite(what);
      else
        for (const key of KEY_NAMES) if (what === key || what === 'both') azure.regenerate(account.name, key);
    });
  }

  #overwrite(what: 'garbage' | 'a key' | 'standby' | 'tag' | 'name' | 'right name'): void {
    const { azure, account, journal } = this.#world;
    const active = journal?.active ?? 'key1';
    const standby = active === 'key1' ? 'key2' : 'key1';
    if (what === 'garbage') azure.setSecret(account, 'not a key');
    else if (what === 'a key') azure.setSecret(account, Buffer.alloc(64, 7).toString('base64'));
    else if (what === 'standby') azure.setSecret(account, this.#world.value(standby));
    else if (what === 'name') azure.setSecret(account, this.#world.value(active), { CredentialId: standby });
    else if (what === 'right name')
      azure.setSecret(account, this.#world.value(active), { CredentialId: active });
    else azure.setSecret(account, this.#world.value(active), { ManagedBy: 'another' });
  }

  /**
   * Returns true if a change is allowed now. The broker notices each change of the secret before the next one. The standby
   * is not published by hand while the broker is about to regenerate it. The names in the secret's tags change at any time.
   */
  #mayTouch(what: Hand): boolean {
    const { azure, journal } = this.#world;
    if (['key1', 'key2', 'both'].includes(what)) return true;
    if (journal === null) return azure.published() === null && what !== 'standby';
    const isSeen = azure.published() === this.#world.value(journal.active);
    const resting = ['steady', 'draining', 'observed', 'paused'].includes(journal.phase);
    return isSeen && (what !== 'standby' || (resting && !this.#isBusy()));
  }
}
