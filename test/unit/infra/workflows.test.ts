import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = '.github/workflows';

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly environment?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly container?: string;
  readonly strategy?: { readonly matrix: { readonly node: readonly number[] } };
  readonly 'timeout-minutes'?: number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const names = readdirSync(FOLDER);
const texts = new Map(names.map((name) => [name, readFileSync(join(FOLDER, name), 'utf8')]));
const workflows = new Map([...texts].map(([name, text]) => [name, parse(text) as Workflow]));
const jobs = [...workflows].flatMap(([file, workflow]) =>
  Object.entries(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, file, job })),
);
const steps = jobs.flatMap(({ name, job }) => job.steps.map((step) => ({ name, step })));
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  engines: { node: string };
  scripts: Record<string, string>;
};
const guide = readFileSync('docs/deploy.md', 'utf8');
/** What the step before makes. */
const MADE = /^dist\/package(?:\/|$)/;

describe('the workflows', () => {
  it('are these', () => {
    expect(names.sort()).toEqual(['ci.yml', 'deploy.yml', 'provision.yml']);
    expect(jobs).toHaveLength(5);
  });

  it('may read the repository, and nothing else unless a job says so', () => {
    for (const [name, { permissions }] of workflows) expect(permissions, name).toEqual({ contents: 'read' });
    for (const { name, job } of jobs) {
      const { 'id-token': identity, ...others } = job.permissions ?? { contents: 'read' };
      expect(others, name).toEqual({ contents: 'read' });
      expect(identity ?? 'write', name).toBe('write');
    }
  });

  it('get an identity in a protected environment only, each job in its own', () => {
    const withIdentity = jobs.filter(({ job }) => job.permissions?.['id-token'] !== undefined);
    expect(withIdentity.map(({ name, job }) => [name, job.environment]).sort()).toEqual([
      ['deploy.yml: deploy', 'production'],
      ['deploy.yml: smoke', 'smoke'],
      ['provision.yml: provision', 'provision'],
    ]);
  });

  it('use no secrets, and put no expression into a shell', () => {
    for (const [name, text] of texts) expect(text, name).not.toMatch(/\bsecrets\b|password|client-secret|creds:/i);
    for (const { name, step } of steps) expect(step.run ?? '', name).not.toContain('${{');
  });

  it('are not started by strangers with an identity', () => {
    for (const [name, text] of texts) expect(text, name).not.toMatch(/pull_request_target|workflow_run/);
    expect(Object.keys(workflows.get('provision.yml')?.on ?? {})).toEqual(['workflow_dispatch']);
    expect(Object.keys(workflows.get('deploy.yml')?.on ?? {})).toEqual(['workflow_dispatch', 'push']);
    expect(workflows.get('deploy.yml')?.on['push']).toEqual({ tags: ['v*'] });
  });

  it('name each action by its commit, with the version for people', () => {
    const used = [...texts].flatMap(([, text]) => text.match(/^.*\buses:.*$/gm) ?? []);
    expect(used.length).toBe(steps.filter(({ step }) => step.uses !== undefined).length);
    for (const line of used) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    // One commit for each action.
    const actions = new Map<string, Set<string>>();
    for (const { step } of steps) {
      const [action = '', commit = ''] = step.uses?.split('@') ?? [];
      actions.set(action, (actions.get(action) ?? new Set()).add(commit));
    }
    for (const [action, commits] of actions) expect([action, commits.size]).toEqual([action, 1]);
  });

  it('run scripts and name files that exist', () => {
    const commands = steps.flatMap(({ step }) => step.run ?? []);
    const scripts = commands.flatMap((text) => [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)]);
    expect(scripts.map(([, name]) => name).sort()).toEqual(['check-config', 'package', 'smoke']);
    for (const [, name = ''] of scripts) expect(manifest.scripts).toHaveProperty([name]);
    const paths = commands.flatMap((text) => text.match(/(?<![\w"$])(?:\.ci|dist)\/[\w./-]+/g) ?? []);
    expect(paths).toContain('.ci/run');
    expect(paths.filter((path) => !MADE.test(path) && !existsSync(path))).toEqual([]);
  });

  it('deploy the file that npm run package makes, without code of npm packages beside the identity', () => {
    const { deploy, package: made } = workflows.get('deploy.yml')!.jobs;
    const run = (job: Job | undefined) => job!.steps.map((step) => step.run ?? '').join('\n');
    const [, file = ''] = /--from-package (\S+)/.exec(run(deploy)) ?? [];
    expect(readFileSync('build/package.mjs', 'utf8')).toContain(`'${file}'`);
    expect(run(deploy)).not.toMatch(/\b(?:npm|npx|node)\b/);
    expect(run(made)).toContain('npm run check-config -- --deploy\nnpm run package');
  });

  it('check each supported line of Node, and end in time', () => {
    const { strategy, container } = workflows.get('ci.yml')!.jobs['checks']!;
    const supported = [...manifest.engines.node.matchAll(/(?:\^|>=)(\d+)/g)].map(([, line]) => Number(line));
    expect(strategy?.matrix.node).toEqual(supported);
    expect(container).toBe('node:${{ matrix.node }}-bookworm');
    for (const { name, job } of jobs) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(90);
  });

  it('are described: each environment, and each variable', () => {
    const section = guide.slice(guide.indexOf('\n## Delivery'), guide.indexOf('\n## What was never run on Azure'));
    const variables = [...texts.values()].flatMap((text) => [...text.matchAll(/vars\.(\w+)/g)]);
    const named = new Set(variables.map(([, name]) => name));
    expect(named.size).toBeGreaterThan(5);
    for (const name of named) expect(section, name).toContain(`\`${name}\``);
    for (const { job } of jobs) if (job.environment !== undefined) expect(section).toContain(`\`${job.environment}\``);
    expect(guide).toContain('the workflows in `.github/`');
  });
});

describe('Dependabot', () => {
  const { version, updates } = parse(readFileSync('.github/dependabot.yml', 'utf8')) as {
    version: number;
    updates: {
      'package-ecosystem': string;
      directory?: string;
      directories?: string[];
      ignore?: { 'dependency-name': string }[];
    }[];
  };
  const manifests: Record<string, RegExp> = {
    npm: /^package\.json$/,
    'github-actions': /^\.github$/,
    nuget: /\.csproj$/,
  };

  it('looks at the actions, and at every package of npm and project of .NET', () => {
    expect(version).toBe(2);
    expect([...new Set(updates.map((one) => one['package-ecosystem']))]).toEqual(Object.keys(manifests));
    const folders = updates.flatMap((one) =>
      (one.directories ?? [one.directory ?? '']).map((folder) => [one['package-ecosystem'], folder] as const),
    );
    for (const [ecosystem, folder] of folders)
      expect(
        readdirSync(join('.', folder)).some((name) => manifests[ecosystem]!.test(name)),
        folder,
      ).toBe(true);
    const watched = folders.flatMap(([ecosystem, folder]) =>
      ecosystem !== 'github-actions' && folder.startsWith('/.ci') ? [folder] : [],
    );
    const own = readdirSync('.ci', { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.includes('node_modules') && /(?:\.csproj|package\.json)$/.test(name))
      .map((name) => `/.ci/${dirname(name)}`);
    expect(own.sort()).toEqual(watched.sort());
  });

  it('leaves out what this project does not support, which it has', () => {
    const ignored = updates.flatMap(({ ignore = [] }) => ignore.map((one) => one['dependency-name']));
    const { devDependencies } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    const isKnown = (name: string) =>
      Object.keys(devDependencies).some((one) => one.startsWith(name.replace('*', '')));
    expect(ignored.filter((name) => !isKnown(name))).toEqual([]);
  });
});
