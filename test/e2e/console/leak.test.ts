import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../../local/sample-callers.ts';
import { clearResourceManagerFaults, resourceManagerFault } from '../../stack-client.ts';
import { expectNoLeak } from '../leaks.ts';
import { downloadStatus, rotationOf, tick } from '../rotated-account.ts';
import { call, TWO_OPERATORS } from '../test-broker.ts';
import { openPhotoConsole, PHOTO, type PhotoStage } from './console-stage.ts';
import { unexpectedLines } from './console-lines.ts';
import type { Person } from './people.ts';
import { showAnew, showPlace } from './show-place.ts';

const REASON = 'Incident 4711: URL in a public build log';
const PROVED = /dead, proved \d\d:\d\d:\d\d UTC/;

const reader = sampleCallers['reader']!;

let stage: PhotoStage;
let auditor: Person;
let operator: Person;

beforeAll(async () => {
  stage = await openPhotoConsole(TWO_OPERATORS);
  const { accounts, people } = stage;
  const photos = await accounts.container('photos');
  await photos.getBlockBlobClient(PHOTO).upload('a photo', 7);
  [auditor, operator] = await Promise.all([people.signedIn('auditor'), people.signedIn('operator')]);
});

afterAll(() => stage.stop());

async function lookUp({ page }: Person, text: string): Promise<void> {
  await showAnew(page, '#/lookup');
  await page.getByLabel(/SAS URL, token, fingerprint/).fill(text);
  await page.getByRole('button', { name: 'Look up', exact: true }).click();
}

/** Confirms the lever that is chosen. */
async function confirm({ page }: Person, word: string, button: string): Promise<void> {
  await page.getByRole('button', { name: `${button}…` }).click();
  const act = page.getByRole('alertdialog').getByRole('button', { name: button });
  await expect.poll(() => act.isDisabled()).toBe(true);
  await page.getByLabel(/Reason/).fill(REASON);
  await page.getByLabel(/to confirm/).fill(word);
  await act.click();
}

const textOf = ({ page }: Person) => page.locator('main').innerText();

/** Everything that a browser may keep or send of a signature. */
async function expectSecretKept({ page, watch, addresses }: Person, signature: string): Promise<void> {
  const forms = [signature, encodeURIComponent(signature), signature.slice(0, 20)];
  const kept = await page.evaluate(
    'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href, document.title])',
  );
  const sent = watch.requests.map(({ url, body }) => `${url} ${body}`);
  for (const text of [String(kept), ...addresses, ...sent, ...watch.messages])
    for (const form of forms) expect(text).not.toContain(form);
}

const signatureOf = (url: string): string => new URL(url).searchParams.get('sig') ?? '';

/** Lets every regeneration fail until the faults are cleared. */
const holdUpRegeneration = (): Promise<void> =>
  resourceManagerFault({
    operation: 'regenerateKey',
    name: stage.accounts.media.name,
    fault: 'refuse',
    status: 503,
    times: 100,
  });

/** Orders the end of the key that signed a token. */
async function order({ id }: { readonly id: string }, key: string): Promise<void> {
  await showAnew(operator.page, `#/plan?token=${id}`);
  await operator.page.getByRole('radio', { name: `Regenerate ${key}` }).click();
  await confirm(operator, `${stage.accounts.media.name}/${key}`, `Regenerate ${key}`);
}

/** What the call did not reach, on a busy machine or after a fault, the timer does. */
const expectProof = (): Promise<void> =>
  expect
    .poll(async () => (await tick(stage.broker), operator.page.getByText(PROVED).count()), {
      timeout: 60_000,
      interval: 1000,
    })
    .toBeGreaterThan(0);

/** Expects the order that the operator watches to be proved once regenerations succeed, and not before. */
async function expectProofAfterRecovery({ url }: { readonly url: string }): Promise<void> {
  const { page } = operator;
  await page.getByText('ending · not proved dead yet').waitFor();
  expect(await textOf(operator)).not.toMatch(/dead, proved/);
  await clearResourceManagerFaults(stage.accounts.media.name);
  await expectProof();
  expect(await downloadStatus(url)).toBe(403);
}

describe('a leaked URL', () => {
  it('is looked up by its hash, ended by an operator, and watched until storage is proved to refuse it', async () => {
    const leaked = await stage.issue();
    const { page } = auditor;
    await lookUp(auditor, `please revoke ${leaked.url} now`);
    await page.getByText('You may look, not act.').waitFor();
    const found = await textOf(auditor);
    expect(found).toContain(reader.name);
    expect(found).toContain('What you pasted is no longer kept.');
    expect(found).toContain('Issued by this broker');
    expect(found).not.toMatch(/dead, proved/);
    expect(await page.getByRole('radio', { name: /Wait until it expires/ }).isChecked()).toBe(true);
    await page.getByRole('radio', { name: /Regenerate key1/ }).click();
    expect(await page.getByRole('button', { name: /Regenerate key1/ }).count()).toBe(0);
    expect(await page.content()).not.toContain(signatureOf(leaked.url).slice(0, 20));
    await page.getByRole('button', { name: 'Copy link for an operator' }).click();
    const link = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(link).toBe(`${stage.address}#/plan?token=${leaked.id}`);

    await operator.page.goto(link);
    await operator.page.getByRole('radio', { name: /Regenerate key1/ }).click();
    expect(await textOf(operator)).toContain(reader.name);
    expect(await downloadStatus(leaked.url)).toBe(200);
    await confirm(operator, `${stage.accounts.media.name}/key1`, 'Regenerate key1');
    await expectProof();
    expect(await downloadStatus(leaked.url)).toBe(403);
    const acts = operator.watch.requests.filter(({ body }) => body.includes('"dryRun":false'));
    expect(acts).toHaveLength(1);
    expect(JSON.parse(acts[0]!.body)).toMatchObject({
      lever: 'regenerate-key',
      reason: REASON,
      target: { token: leaked.id },
    });
    expect(acts[0]!.body).toMatch(/"planHash":"[0-9a-f]{64}"/);

    await lookUp(auditor, leaked.url);
    await page.getByText('revoked', { exact: true }).waitFor();
    expect(await page.getByText('End it', { exact: true }).count()).toBe(0);
    for (const person of [auditor, operator]) await expectSecretKept(person, signatureOf(leaked.url));
    await expectNoLeak(stage.accounts, stage.broker, [leaked.token]);
  }, 120_000);

  it('isn’t called dead while storage is not proved to refuse it', async () => {
    const leaked = await stage.issue();
    await holdUpRegeneration();
    await order(leaked, 'key2');
    await expectProofAfterRecovery(leaked);
  }, 120_000);

  it('is called dead with the proof of an order that another operator gave earlier', async () => {
    const leaked = await stage.issue();
    await holdUpRegeneration();
    const target = { account: stage.accounts.media.name, key: 'key1' };
    const earlier = await call(stage.broker, 'backup', 'POST', '/revocations', {
      target,
      lever: 'regenerate-key',
      reason: REASON,
      force: true,
      dryRun: false,
    });
    expect(earlier).toMatchObject({ status: 202, body: { deaths: [expect.any(String)] } });
    await order(leaked, 'key1');
    await expectProofAfterRecovery(leaked);
    const { ended } = await rotationOf(stage.broker, stage.accounts.media);
    const by = `local/${sampleCallers['backup']!.oid}`;
    expect(ended).toContainEqual(
      expect.objectContaining({ id: (earlier.body['deaths'] as string[])[0], by, proved: true }),
    );
  }, 120_000);
});

describe('a text that the broker has no record of', () => {
  const foreign = () =>
    `${stage.accounts.media.blob}/photos/${PHOTO}?sv=2025-11-05&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig=${encodeURIComponent(`${'A'.repeat(43)}=`)}`;

  it('is told so, and is sent only if it is to be checked', async () => {
    const { page, watch } = auditor;
    await lookUp(auditor, foreign());
    await page.getByText('This broker has no record of it.').waitFor();
    const before = watch.requests.filter(({ body }) => body.includes('sig='));
    expect(before).toEqual([]);
    await page.getByRole('button', { name: 'Check the signature' }).click();
    await page.getByText('none of the keys that it tried signed it').waitFor();
    const sent = watch.requests.filter(({ body }) => body.includes('sig='));
    expect(sent.map(({ url, body }) => [url, JSON.parse(body) as unknown])).toEqual([
      [`${stage.broker.url}/tokens/lookup`, { url: foreign() }],
    ]);
    expect(await page.content()).not.toContain('A'.repeat(20));
  }, 60_000);

  it('is told if it is no SAS at all, and nothing is asked', async () => {
    const { page, watch } = auditor;
    await showPlace(page, '#/overview');
    await page.keyboard.press('/');
    const box = page.getByLabel(/SAS URL, token, fingerprint/);
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe(await box.getAttribute('id'));
    const asked = watch.requests.length;
    await page.keyboard.type('hello');
    await page.getByText('There is no sig= and no fingerprint in this.').waitFor();
    await page.keyboard.press('Enter');
    expect(watch.requests.slice(asked).filter(({ method }) => method === 'POST')).toEqual([]);
  }, 60_000);
});

describe('a plan', () => {
  const targets = (): [string, string][] => [
    [`issuer=local&subject=${reader.oid}`, `End the tokens of ${reader.oid}`],
    ['grant=read', 'End the tokens of the grant read'],
    [`account=${stage.accounts.media.name}&service=blob&container=photos`, 'End the tokens for'],
    [`account=${stage.accounts.media.name}&key=key1`, `End key1 of ${stage.accounts.media.name}`],
    [`account=${stage.accounts.media.name}`, `End every token of ${stage.accounts.media.name}`],
  ];

  it('of a caller, a grant, a container, an account or a key is shown by its link', async () => {
    await stage.issue();
    const { page } = operator;
    for (const [parameters, title] of targets()) {
      await showPlace(page, `#/plan?${parameters}`);
      await page.getByRole('heading', { name: title }).waitFor();
      await page
        .getByRole('radio', { name: /Regenerate/ })
        .first()
        .waitFor();
      expect(await page.getByRole('radio', { name: /Wait until/ }).isChecked()).toBe(true);
    }
  }, 60_000);

  it('blocks a caller and says what that does not end', async () => {
    const { page } = operator;
    await showPlace(page, `#/plan?issuer=local&subject=${reader.oid}`);
    await page.getByRole('radio', { name: /Block the caller/ }).click();
    await confirm(operator, reader.name, 'Block the caller');
    await page.getByRole('heading', { name: `${reader.name} is blocked` }).waitFor();
    expect((await call(stage.broker, 'auditor', 'GET', '/callers/blocks')).body['items']).toMatchObject([
      { subject: reader.oid, reason: REASON },
    ]);
    await page.getByRole('button', { name: 'Look at a new plan' }).click();
    await page.getByText('The caller is blocked already.').waitFor();
  }, 60_000);
});

describe('the leak journey', () => {
  it('leaves no message in the browser but its own line for a look-up that finds nothing', async () => {
    const lines = (who: Person, provoked: string[]) =>
      unexpectedLines(who.watch.messages, stage.address, provoked);
    expect(lines(auditor, ['404 tokens/lookup'])).toEqual([]);
    expect(lines(operator, [])).toEqual([]);
  });

  it('calls nobody but the broker and the issuer, and nothing that a role lacks', async () => {
    const hosts = (await stage.people.all()).flatMap(({ watch }) =>
      watch.requests.map(({ url }) => new URL(url).host),
    );
    expect(new Set(hosts).size).toBeLessThanOrEqual(2);
    const { body } = await call(stage.broker, 'auditor', 'GET', '/events?type=denial');
    expect(body['items']).toEqual([]);
  });
});
