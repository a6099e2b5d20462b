import { chooseLever, leverText } from './choose-lever.ts';
import type { Command, Run } from './command.ts';
import type { OptionSyntax } from './command-line.ts';
import { EXIT, refusal, usageFault } from './exit-codes.ts';
import { InputLines } from './input-lines.ts';
import { type Act, orderRevocation, revocationLines } from './order-revocation.ts';
import { readTarget, type Target, TARGET_FORMS } from './revocation-target.ts';
import { leverLines, type Plan, planLines, type PlannedLever } from './revocation-plan.ts';

const LEVER: OptionSyntax = {
  value: 'NAME',
  about: 'delete-policy, revoke-delegation-keys, regenerate-key or remove-role',
};
const BLOCK: OptionSyntax = { about: 'also block the caller; for the targets token and caller' };
const NOTHING_CHANGED = 'Nothing was changed.';

export const planCommand: Command = {
  name: 'plan',
  forms: TARGET_FORMS,
  about: 'Show what each lever would end; changes nothing',
  options: { lever: LEVER, block: BLOCK },
  run: async (run) => {
    const target = readTarget(run.words);
    await showPlan(run, await readPlan(run, target));
    return EXIT.ok;
  },
};

export const revokeCommand: Command = {
  name: 'revoke',
  forms: TARGET_FORMS,
  about: 'Show the plan, ask, and pull one lever',
  options: {
    lever: LEVER,
    on: { value: 'PLACE', about: 'which lever of this name, as the plan shows it under ON' },
    reason: { value: 'TEXT', about: 'why; required, and recorded' },
    block: BLOCK,
    force: { about: 'act without a plan; needs --lever, and is recorded' },
    yes: { about: 'do not ask' },
  },
  run: async (run) => {
    const target = readTarget(run.words);
    const { options } = run;
    const reason = options.text('reason');
    if (reason === undefined) throw usageFault('revoke needs --reason TEXT, which the broker records.');
    if (options.has('force') && (options.text('lever') === undefined || options.text('on') !== undefined))
      throw usageFault('--force needs --lever, and cannot be combined with --on.');
    const lines = new InputLines(run.world.input);
    try {
      const act = options.has('force') ? forcedAct(run) : await plannedAct(run, target, lines);
      await confirm(run, lines, act);
      const done = await orderRevocation(await run.api(), target, {
        ...act,
        reason,
        block: options.has('block'),
      });
      if (run.print.json) await run.print.records([done]);
      else await run.print.lines(['', ...revocationLines(done, act, run.print.width)]);
    } finally {
      await lines.close();
    }
    return EXIT.ok;
  },
};

async function readPlan({ api, options }: Run, target: Target): Promise<Plan> {
  const block = options.has('block') ? { block: true } : {};
  const body = { target, lever: options.text('lever'), dryRun: true, ...block };
  return (await (await api()).post('/revocations', body, 'any')) as Plan;
}

async function showPlan({ print, words }: Run, plan: Plan): Promise<void> {
  if (print.json) await print.records([plan]);
  else await print.lines(planLines(plan, words.join(' '), print.width));
}

function forcedAct({ options, words }: Run): Act {
  const lever = options.text('lever') ?? '';
  return { lever, plan: null, question: `Pull ${lever} for ${words.join(' ')} without a plan?` };
}

/** Shows the plan and finds out which of its levers is meant. */
async function plannedAct(run: Run, target: Target, lines: InputLines): Promise<Act> {
  const plan = await readPlan(run, target);
  await showPlan(run, plan);
  const choice = chooseLever(plan.levers, { lever: run.options.text('lever'), on: run.options.text('on') });
  const lever = choice.kind === 'one' ? choice.lever : await askWhich(run, choice.levers, lines);
  const { tokens, besides } = lever.kills;
  return {
    lever: lever.lever,
    plan: { planHash: lever.planHash, plannedAt: plan.asOf },
    question: `Pull ${leverText(lever)}? It ends ${tokens} of the target's tokens and ${besides} others.`,
  };
}

async function askWhich(run: Run, levers: readonly PlannedLever[], lines: InputLines): Promise<PlannedLever> {
  const list = leverLines(levers, run.print.width);
  if (run.options.has('yes'))
    throw usageFault([`Several levers are possible. Name one with --lever and --on:`, ...list].join('\n'));
  run.print.note(list.join('\n'));
  run.print.ask(`Which lever? Type its number, 1 to ${levers.length}:`);
  const answer = await readAnswer(run, lines);
  const lever = /^\d+$/.test(answer) ? levers[Number(answer) - 1] : undefined;
  if (lever === undefined) throw refusal(`That is not the number of a lever. ${NOTHING_CHANGED}`);
  return lever;
}

async function confirm(run: Run, lines: InputLines, { question }: Act): Promise<void> {
  const { options, print } = run;
  if (options.has('yes')) return;
  print.ask(`${question}${options.has('block') ? ' The caller is blocked first.' : ''} Type yes to do it:`);
  if ((await readAnswer(run, lines)) === 'yes') return;
  throw refusal(NOTHING_CHANGED);
}

/** Returns the next line without the spaces around it; empty at the end of standard input. */
async function readAnswer({ world, print }: Run, lines: InputLines): Promise<string> {
  const answer = await lines.next();
  // A terminal shows the line break that ends the answer.
  if (world.input.isTTY !== true || answer === null) print.note('');
  return answer?.trim() ?? '';
}
