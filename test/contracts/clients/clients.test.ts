import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ABORTS, BEHAVIOURS, setStage } from './client.contract.ts';
import { type ClientProcess, javaScriptProcess, pythonProcess } from './client-process.ts';
import { ScriptedBroker } from './scripted-broker.ts';

interface Language {
  readonly name: string;
  readonly start: (folder: string) => Promise<ClientProcess>;
  readonly canAbort: boolean;
}

const LANGUAGES: readonly Language[] = [
  { name: 'JavaScript', start: javaScriptProcess, canAbort: true },
  { name: 'Python, for threads', start: pythonProcess('sync'), canAbort: false },
  { name: 'Python, for asyncio', start: pythonProcess('aio'), canAbort: true },
];

describe.each(LANGUAGES)('the client in $name', ({ start, canAbort }) => {
  const folder = mkdtempSync(join(tmpdir(), 'client-'));
  let client: ClientProcess;
  let stages = 0;

  beforeAll(async () => {
    client = await start(folder);
  });
  afterAll(async () => {
    await client.stop();
    rmSync(folder, { recursive: true });
    expect(client.errors).toBe('');
  });

  it.concurrent.each([...BEHAVIOURS, ...(canAbort ? ABORTS : [])])('%s', async (_name, behave) => {
    const broker = new ScriptedBroker();
    try {
      await behave(await setStage(client, `broker-${++stages}`, broker, await broker.start()));
    } finally {
      broker.stop();
    }
  });
});
